import type { Probe } from './ffmpeg-probe.ts';

/** From so many pixels to decode on, more than one worker is worth starting: some seconds of work. */
const MUCH = 3e8;
const MOST_WORKERS = 4;
/** Decoded pictures that a worker holds: references, those on the way out, and what ffmpeg itself takes. */
const PICTURES = 20;
/** Share of the device's memory that all workers together may take. */
const MEMORY_SHARE = 1 / 8;
/** GB, where the browser does not say. */
const USUAL_MEMORY = 4;

/** The part of `navigator` that tells what there is. */
export interface Device {
  hardwareConcurrency: number;
  /** GB; only Chromium tells. */
  deviceMemory?: number;
}

/** Whether a file's pictures are so large, or so many, that workers are to share them. The same on every device. */
export const isMuch = (pixels: number): boolean => pixels >= MUCH;

/** How many workers decode side by side, where they can. */
export function workersFor({ planes, frame }: Probe, { hardwareConcurrency, deviceMemory }: Device): number {
  const { width, height } = planes ?? frame;
  const picture = width * height * 1.5 * ((planes?.format.depth ?? 8) > 8 ? 2 : 1);
  const fitting = ((deviceMemory ?? USUAL_MEMORY) * 2 ** 30 * MEMORY_SHARE) / (PICTURES * picture);
  return Math.max(1, Math.min(MOST_WORKERS, hardwareConcurrency, Math.floor(fitting)));
}
