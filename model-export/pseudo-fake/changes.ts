/** Where a fake differs from its real: what the trunk is taught beside whether a frame is fake. */
import type { Image } from './image.ts';

/** Mean change of a place in grey levels up to which it counts as noise, and from which it counts as changed. */
const NOISE = 1;
const CHANGED = 4;

/**
 * A place is what lies around one activation of the trunk: with a stride of 16, the first is centred on pixel 0 and the next on 16
 * (`src/detector/padding.ts` pads both sides alike).
 * @param real, fake square pictures of one size
 * @param side places per side
 * @returns `side * side` values in 0..1: 0 for an unchanged place, 1 for a changed one
 */
export function changedPlaces(real: Image, fake: Image, side: number): Float32Array {
  const size = real.width;
  const sums = new Float32Array(side * side);
  const counts = new Float32Array(side * side);
  const placeOf = (pixel: number): number => Math.min(side - 1, Math.floor((pixel * side) / size + 0.5));
  for (let y = 0; y < size; y++) {
    const row = placeOf(y) * side;
    for (let x = 0; x < size; x++) {
      const at = 3 * (y * size + x);
      let difference = 0;
      for (let channel = at; channel < at + 3; channel++) {
        difference += Math.abs(fake.data[channel]! - real.data[channel]!);
      }
      const place = row + placeOf(x);
      sums[place]! += difference / 3;
      counts[place]! += 1;
    }
  }
  return sums.map((sum, place) =>
    Math.min(1, Math.max(0, (sum / counts[place]! - NOISE) / (CHANGED - NOISE))),
  );
}
