import type { Picture } from './types.ts';

/** The whole picture or one half of it, for side-by-side comparisons. Halves are copies. */
export function frameRegion(picture: Picture, region: 'full' | 'left-half' | 'right-half'): Picture {
  if (region === 'full') return picture;
  const width = Math.floor(picture.width / 2);
  const left = region === 'left-half' ? 0 : picture.width - width;
  const data = new Uint8ClampedArray(4 * width * picture.height);
  for (let y = 0; y < picture.height; y++) {
    const start = 4 * (y * picture.width + left);
    data.set(picture.data.subarray(start, start + 4 * width), 4 * y * width);
  }
  return { width, height: picture.height, data };
}
