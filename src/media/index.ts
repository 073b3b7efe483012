/** The media stage: files in, hashes and upright RGBA frames out. Runs in a worker. */
export { openVideo } from './open.ts';
export { hashFile } from './hash.ts';
export { PixelReader } from './pixel-reader.ts';
export type { Rotation } from './planes/picture-converter.ts';
export * from './types.ts';
