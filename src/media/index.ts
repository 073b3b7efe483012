/** The media stage: files in, hashes and upright RGBA frames out. Runs in a worker. */
export { openVideo, type OpenOptions } from './open.ts';
export { hashFile, type HashOptions } from './hash.ts';
export { PixelReader } from './pixel-reader.ts';
export type { Rotation } from './planes/picture-converter.ts';
export { sniffContainer, SNIFF_BYTES, type Sniffed } from './sniff.ts';
export * from './types.ts';
