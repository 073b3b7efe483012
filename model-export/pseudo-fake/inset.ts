/** The square in the middle of a crop, which a generator makes anew, and how it is put back. */
import { gaussianBlur } from './filter.ts';
import { centralCrop } from './image.ts';
import type { Image } from './image.ts';
import type { Random } from './random.ts';

/** The middle of a stored crop that a network makes anew: the face from forehead to chin. Share of the side. */
export const FACE_SHARE = 0.7;
/** Pixels over which what was made goes over into the picture around it, as a share of its side. */
const BORDER = 0.06;

/** The square in the middle of a picture. @param side pixels */
export function middle({ width, data }: Image, side: number): Image {
  return { width: side, height: side, data: centralCrop(data, width, side) };
}

/** Lays a square over the middle of a picture, softly at its border. */
export function layOver(image: Image, square: Image): Image {
  const { width } = image;
  const side = square.width;
  const margin = Math.floor((width - side) / 2);
  const data = image.data.slice();
  const soft = Math.max(1, BORDER * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const share = Math.min(1, (1 + Math.min(x, y, side - 1 - x, side - 1 - y)) / soft);
      const to = 3 * ((y + margin) * width + x + margin);
      const from = 3 * (y * side + x);
      for (let channel = 0; channel < 3; channel++) {
        data[to + channel] =
          data[to + channel]! + share * (square.data[from + channel]! - data[to + channel]!);
      }
    }
  }
  return { ...image, data };
}

/** How much of a picture's own detail is put back: good manipulations keep or regain some. */
export interface Detail {
  /** Pixels of the stored crop; what a blur of this size takes away is detail. */
  sigma: number;
  amount: number;
}

export function randomDetail(random: Random): Detail {
  return { sigma: random.uniform(1, 2), amount: random.chance(0.6) ? random.uniform(0.1, 0.9) : 0 };
}

/** Puts detail of `original` back into what a network made of it; pictures of one size. Changes and returns `made`. */
export function withDetail(made: Image, original: Image, { sigma, amount }: Detail): Image {
  if (amount > 0) {
    const soft = gaussianBlur(original, sigma);
    const { data } = made;
    for (let at = 0; at < data.length; at++) {
      data[at] = data[at]! + amount * (original.data[at]! - soft.data[at]!);
    }
  }
  return made;
}
