import { luma } from './quality.ts';
import type { Picture } from './types.ts';

/** Thumbnail cells per side: coarse enough that moving heads change few of them. */
const CELLS = 16;
/**
 * Mean change of a cell, in luma steps (0..255) after the overall brightness is taken out, from which two frames belong
 * to different shots.
 */
const CHANGE = 28;

/** Notices cuts between sampled frames. A flash changes all cells alike and is no cut. */
export class ShotChangeDetector {
  /** Of this shot, the latest last. */
  #before: Float32Array[] = [];

  /** @param stride pictures for each that the number above was chosen for: a dissolve changes little from one of many to the next */
  constructor(private readonly stride = 1) {}

  /** True when the picture does not continue those before it. */
  push(picture: Picture): boolean {
    const current = thumbnail(picture);
    const over = [this.#before[0], this.#before.at(-1)].some(
      (earlier) => earlier !== undefined && changeOf(earlier, current) > CHANGE,
    );
    this.#before = over ? [current] : [...this.#before, current].slice(-this.stride);
    return over;
  }
}

function changeOf(before: Float32Array, after: Float32Array): number {
  let change = 0;
  for (let i = 0; i < after.length; i++) change += Math.abs(after[i]! - before[i]!);
  return change / after.length;
}

/** Mean luma of 16 x 16 cells, from at most 8 x 8 samples each, minus the mean of all. */
function thumbnail({ width, height, data }: Picture): Float32Array {
  const cells = new Float32Array(CELLS * CELLS);
  const samples = CELLS * 8;
  for (let row = 0; row < samples; row++) {
    const y = Math.floor(((row + 0.5) * height) / samples);
    for (let column = 0; column < samples; column++) {
      const i = 4 * (y * width + Math.floor(((column + 0.5) * width) / samples));
      cells[(row >> 3) * CELLS + (column >> 3)]! += luma(data[i]!, data[i + 1]!, data[i + 2]!) / 64;
    }
  }
  const mean = cells.reduce((sum, value) => sum + value, 0) / cells.length;
  return cells.map((value) => value - mean);
}
