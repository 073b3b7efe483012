import { Random } from './random.ts';

/** A square-pixel RGB picture, interleaved, nominally 0..255; intermediate steps may leave that range. */
export interface Image {
  width: number;
  height: number;
  data: Float32Array;
}

export function imageFromBytes(bytes: Uint8Array, width: number, height: number): Image {
  if (bytes.length !== width * height * 3)
    throw new RangeError(`${bytes.length} bytes for ${width}x${height} RGB`);
  return { width, height, data: Float32Array.from(bytes) };
}

export function imageToBytes(image: Image): Uint8Array {
  return Uint8Array.from(Uint8ClampedArray.from(image.data));
}

export const copyImage = (image: Image): Image => ({ ...image, data: image.data.slice() });

/** The central `size` x `size` pixels of a stored crop: what inference sees, byte for byte. */
export function centralCrop<T extends Uint8Array | Float32Array>(crop: T, stored: number, size: number): T {
  if (size > stored)
    throw new RangeError(
      `the network wants crops of ${size} pixels, the store holds ${stored}: prepare larger ones (--size)`,
    );
  const border = Math.floor((stored - size) / 2);
  const result = crop.slice(0, size * size * 3) as T;
  for (let y = 0; y < size; y++) {
    const from = ((y + border) * stored + border) * 3;
    result.set(crop.subarray(from, from + size * 3), y * size * 3);
  }
  return result;
}

/** mask * inside + (1 - mask) * outside; the mask has one value in 0..1 per pixel. */
export function blend(inside: Image, outside: Image, mask: Float32Array): Image {
  const data = new Float32Array(outside.data.length);
  for (let pixel = 0, at = 0; pixel < mask.length; pixel++, at += 3) {
    const weight = mask[pixel]!;
    for (let channel = at; channel < at + 3; channel++) {
      data[channel] = outside.data[channel]! + weight * (inside.data[channel]! - outside.data[channel]!);
    }
  }
  return { ...outside, data };
}

/** Standard normal deviates, drawn once: looking them up is much faster than drawing them for every pixel. */
const DEVIATES = ((): Float32Array => {
  const random = new Random(1);
  return Float32Array.from({ length: 1 << 16 }, () => random.normal());
})();

/** Adds normal noise in place: `deviation` in grey levels, `correlated` is the share that all three channels have in common. */
export function addNoise(image: Image, deviation: number, correlated: number, random: Random): void {
  const common = deviation * Math.sqrt(correlated);
  const own = deviation * Math.sqrt(1 - correlated);
  const { data, width, height } = image;
  for (let y = 0, at = 0; y < height; y++) {
    // Every row reads the table from another place, so that no pattern repeats.
    let next = random.bits() & 0xffff;
    for (let x = 0; x < width; x++, at += 3) {
      const grey = common * DEVIATES[next]!;
      data[at] = data[at]! + grey + own * DEVIATES[(next + 1) & 0xffff]!;
      data[at + 1] = data[at + 1]! + grey + own * DEVIATES[(next + 2) & 0xffff]!;
      data[at + 2] = data[at + 2]! + grey + own * DEVIATES[(next + 3) & 0xffff]!;
      next = (next + 4) & 0xffff;
    }
  }
}
