import type { ActivationMap } from '../analysis/index.ts';

/** Rows and columns that a map is put into words with. */
export const REGIONS = 3;

/**
 * How a map is spread over its crop, in 3 × 3 fields from the upper left to the lower right.
 * @returns nine shares, positive where the field speaks for a manipulation, negative where against; without their signs
 *   they add up to 1. Null for a map of nothing.
 */
export function regionShares({ side, cells }: ActivationMap): number[] | null {
  const fields = new Array<number>(REGIONS ** 2).fill(0);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const value = cells[y * side + x]!;
      for (let row = 0; row < REGIONS; row++) {
        for (let column = 0; column < REGIONS; column++) {
          const part = overlap(y / side, (y + 1) / side, row) * overlap(x / side, (x + 1) / side, column);
          fields[row * REGIONS + column]! += value * part * side ** 2;
        }
      }
    }
  }
  const sum = fields.reduce((total, value) => total + Math.abs(value), 0);
  return sum > 0 ? fields.map((value) => value / sum) : null;
}

/** Length that [from, to] has in common with the n-th of three equal parts of [0, 1]. */
function overlap(from: number, to: number, n: number): number {
  return Math.max(0, Math.min(to, (n + 1) / REGIONS) - Math.max(from, n / REGIONS));
}
