import type { CropMap } from './alignment.ts';
import type { Picture } from './types.ts';

/**
 * Cuts a crop out of a picture: RGB, 8 bit, `3 * size * size` bytes.
 *
 * Arithmetic only, no canvas: the same picture gives the same bytes on every machine. Minification averages areas: first
 * by halving the picture around the crop (2x2 boxes on a grid fixed to the picture), then by a few bilinear samples per
 * pixel. Outside the picture its edge is repeated. Because sample positions count from the crop's centre, a crop with
 * 1.25 times the size and margin holds the smaller one, byte for byte, in its middle.
 */
export function cutCrop(picture: Picture, map: CropMap): Uint8Array {
  const { size, centre, right } = map;
  const box = 2 ** Math.max(0, Math.floor(Math.log2(map.scale)));
  const patch = averaged(picture, map, box);
  const scale = map.scale / box;
  const samples = Math.ceil(scale);
  const crop = new Uint8Array(3 * size * size);
  const sum = new Float64Array(3);
  for (let row = 0, at = 0; row < size; row++) {
    for (let column = 0; column < size; column++, at += 3) {
      sum[0] = sum[1] = sum[2] = 0;
      for (let sy = 0; sy < samples; sy++) {
        const v = (row - size / 2 + (sy + 0.5) / samples) * scale;
        for (let sx = 0; sx < samples; sx++) {
          const u = (column - size / 2 + (sx + 0.5) / samples) * scale;
          const x = centre.x / box + u * right.x - v * right.y;
          const y = centre.y / box + u * right.y + v * right.x;
          addBilinear(patch, x - 0.5, y - 0.5, sum);
        }
      }
      const count = samples * samples;
      crop[at] = Math.round(sum[0]! / count);
      crop[at + 1] = Math.round(sum[1]! / count);
      crop[at + 2] = Math.round(sum[2]! / count);
    }
  }
  return crop;
}

/** The part of a picture around a crop, each pixel the average of a box of the picture's; RGB. */
interface Patch {
  /** Place in the picture, in boxes. */
  left: number;
  top: number;
  width: number;
  height: number;
  data: Float32Array;
}

/** Averages boxes of `box` x `box` pixels that lie on a grid fixed to the picture, as far as the crop can reach. */
function averaged(picture: Picture, { size, centre, scale }: CropMap, box: number): Patch {
  // The crop's corners lie at most half a diagonal from its centre; two boxes more serve the bilinear samples.
  const reach = (size * scale * Math.SQRT2) / 2 + 2 * box;
  const clampTo = (value: number, limit: number): number => Math.min(Math.max(value, 0), limit);
  const columns = Math.ceil(picture.width / box);
  const rows = Math.ceil(picture.height / box);
  const left = clampTo(Math.floor((centre.x - reach) / box), columns - 1);
  const top = clampTo(Math.floor((centre.y - reach) / box), rows - 1);
  const width = Math.max(1, clampTo(Math.ceil((centre.x + reach) / box), columns) - left);
  const height = Math.max(1, clampTo(Math.ceil((centre.y + reach) / box), rows) - top);
  const data = new Float32Array(3 * width * height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3)
      averageBox(picture, (left + x) * box, (top + y) * box, box, data, at);
  }
  return { left, top, width, height, data };
}

function averageBox(
  picture: Picture,
  x0: number,
  y0: number,
  box: number,
  out: Float32Array,
  at: number,
): void {
  const { data } = picture;
  const x1 = Math.min(x0 + box, picture.width);
  const y1 = Math.min(y0 + box, picture.height);
  let r = 0;
  let g = 0;
  let b = 0;
  for (let y = y0; y < y1; y++) {
    for (let i = 4 * (y * picture.width + x0), end = i + 4 * (x1 - x0); i < end; i += 4) {
      r += data[i]!;
      g += data[i + 1]!;
      b += data[i + 2]!;
    }
  }
  const count = (x1 - x0) * (y1 - y0);
  out[at] = r / count;
  out[at + 1] = g / count;
  out[at + 2] = b / count;
}

/** Adds the colour at (x, y), in boxes of the picture, to `sum`. */
function addBilinear(
  { left, top, width, height, data }: Patch,
  x: number,
  y: number,
  sum: Float64Array,
): void {
  const px = Math.min(Math.max(x - left, 0), width - 1);
  const py = Math.min(Math.max(y - top, 0), height - 1);
  const x0 = Math.floor(px);
  const y0 = Math.floor(py);
  const fx = px - x0;
  const fy = py - y0;
  const a = 3 * (y0 * width + x0);
  const b = x0 + 1 < width ? a + 3 : a;
  const below = y0 + 1 < height ? 3 * width : 0;
  const wa = (1 - fx) * (1 - fy);
  const wb = fx * (1 - fy);
  const wc = (1 - fx) * fy;
  const wd = fx * fy;
  const c = a + below;
  const d = b + below;
  sum[0]! += data[a]! * wa + data[b]! * wb + data[c]! * wc + data[d]! * wd;
  sum[1]! += data[a + 1]! * wa + data[b + 1]! * wb + data[c + 1]! * wc + data[d + 1]! * wd;
  sum[2]! += data[a + 2]! * wa + data[b + 2]! * wb + data[c + 2]! * wc + data[d + 2]! * wd;
}
