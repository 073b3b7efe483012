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
  const halvings = Math.max(0, Math.floor(Math.log2(map.scale)));
  const source = halvings === 0 ? whole(picture) : halved(picture, map, halvings);
  const factor = 2 ** halvings;
  const scale = map.scale / factor;
  const samples = Math.max(1, Math.ceil(scale));
  const weight = 1 / (samples * samples);
  const crop = new Uint8Array(3 * size * size);
  const pixel = new Float64Array(3);
  for (let row = 0, at = 0; row < size; row++) {
    for (let column = 0; column < size; column++, at += 3) {
      pixel.fill(0);
      for (let sy = 0; sy < samples; sy++) {
        const v = (row - size / 2 + (sy + 0.5) / samples) * scale;
        for (let sx = 0; sx < samples; sx++) {
          const u = (column - size / 2 + (sx + 0.5) / samples) * scale;
          const x = centre.x / factor + u * right.x - v * right.y;
          const y = centre.y / factor + u * right.y + v * right.x;
          addBilinear(source, x - 0.5, y - 0.5, pixel);
        }
      }
      for (let c = 0; c < 3; c++) crop[at + c] = Math.round(pixel[c]! * weight);
    }
  }
  return crop;
}

/** Part of a picture at some halving; `left` and `top` in pixels of that halving. */
interface Patch {
  left: number;
  top: number;
  width: number;
  height: number;
  /** Values per pixel: 4 in the picture itself, 3 in a halved patch. */
  stride: number;
  data: ArrayLike<number>;
}

function whole({ width, height, data }: Picture): Patch {
  return { left: 0, top: 0, width, height, stride: 4, data };
}

/** The part that the crop can touch, averaged over boxes of 2^halvings pixels that lie on a grid fixed to the picture. */
function halved(picture: Picture, { size, centre, scale }: CropMap, halvings: number): Patch {
  const box = 2 ** halvings;
  // The crop's corners lie at most half a diagonal from its centre; two boxes more serve the bilinear samples.
  const reach = (size * scale * Math.SQRT2) / 2 + 2 * box;
  const clampTo = (value: number, limit: number): number => Math.min(Math.max(value, 0), limit);
  const columns = Math.ceil(picture.width / box);
  const rows = Math.ceil(picture.height / box);
  const left = clampTo(Math.floor((centre.x - reach) / box), columns - 1);
  const top = clampTo(Math.floor((centre.y - reach) / box), rows - 1);
  const width = clampTo(Math.ceil((centre.x + reach) / box), columns) - left || 1;
  const height = clampTo(Math.ceil((centre.y + reach) / box), rows) - top || 1;
  const data = new Float32Array(3 * width * height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3)
      averageBox(picture, (left + x) * box, (top + y) * box, box, data, at);
  }
  return { left, top, width, height, stride: 3, data };
}

function averageBox(
  picture: Picture,
  x0: number,
  y0: number,
  box: number,
  out: Float32Array,
  at: number,
): void {
  const x1 = Math.min(x0 + box, picture.width);
  const y1 = Math.min(y0 + box, picture.height);
  let r = 0;
  let g = 0;
  let b = 0;
  for (let y = y0; y < y1; y++) {
    for (let i = 4 * (y * picture.width + x0), end = i + 4 * (x1 - x0); i < end; i += 4) {
      r += picture.data[i]!;
      g += picture.data[i + 1]!;
      b += picture.data[i + 2]!;
    }
  }
  const count = (x1 - x0) * (y1 - y0);
  out[at] = r / count;
  out[at + 1] = g / count;
  out[at + 2] = b / count;
}

function addBilinear(
  { left, top, width, height, stride, data }: Patch,
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
  const step = x0 + 1 < width ? stride : 0;
  const i = stride * (y0 * width + x0);
  const j = y0 + 1 < height ? i + stride * width : i;
  for (let c = 0; c < 3; c++) {
    const upper = data[i + c]! * (1 - fx) + data[i + step + c]! * fx;
    const lower = data[j + c]! * (1 - fx) + data[j + step + c]! * fx;
    sum[c]! += upper * (1 - fy) + lower * fy;
  }
}
