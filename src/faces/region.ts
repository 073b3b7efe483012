import type { Picture } from './types.ts';

type Region = 'full' | 'left-half' | 'right-half';

/** Width of a half; the middle column of an odd width belongs to neither. */
const half = (width: number): number => Math.floor(width / 2);

/** Where in a picture of this width a region begins, in pixels from its left edge. */
export const leftOf = (width: number, region: Region): number =>
  region === 'right-half' ? width - half(width) : 0;

/** The whole picture or one half of it, for side-by-side comparisons. Halves are copies. */
export function frameRegion(picture: Picture, region: Region): Picture {
  if (region === 'full') return picture;
  const width = half(picture.width);
  const left = leftOf(picture.width, region);
  const data = new Uint8ClampedArray(4 * width * picture.height);
  for (let y = 0; y < picture.height; y++) {
    const start = 4 * (y * picture.width + left);
    data.set(picture.data.subarray(start, start + 4 * width), 4 * y * width);
  }
  return { width, height: picture.height, data };
}
