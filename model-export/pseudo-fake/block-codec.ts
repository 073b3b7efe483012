/**
 * What lossy block codecs do to a picture, without the bitstream: 8x8 DCT, quantisation as in JPEG (ITU-T T.81, tables
 * of annex K), chroma at half resolution, and optionally the smoothing of block edges that video codecs add.
 */
import type { Image } from './image.ts';

export interface Compression {
  /** JPEG quality 1..100, on the scale of the Independent JPEG Group. */
  quality: number;
  /** Where the block grid begins, 0..7: crops are cut anywhere in a coded picture. */
  gridX: number;
  gridY: number;
  /** Share of the step at block edges that is smoothed away, 0..1. 0 is JPEG; about 0.6 looks like H.264. */
  deblock: number;
}

const LUMA_TABLE = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22,
  29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103,
  121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
const CHROMA_TABLE = [
  17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

function scaledTable(table: number[], quality: number): Float32Array {
  const scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  return Float32Array.from(table, (step) =>
    Math.min(255, Math.max(1, Math.floor((step * scale + 50) / 100))),
  );
}

/** Orthonormal DCT-II, `C[k][n]`, row-major. */
const BASIS = Float32Array.from({ length: 64 }, (_, index) => {
  const frequency = index >> 3;
  const sample = index & 7;
  return (frequency === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * sample + 1) * frequency * Math.PI) / 16);
});

const buffer = new Float32Array(64);

/** block = A . block . A^T with A the basis (forward) or its transpose (inverse); even/odd symmetry halves the work. */
function forward(block: Float32Array): void {
  for (let pass = 0; pass < 2; pass++) {
    for (let line = 0; line < 8; line++) {
      const at = line * 8;
      const s0 = block[at]! + block[at + 7]!;
      const s1 = block[at + 1]! + block[at + 6]!;
      const s2 = block[at + 2]! + block[at + 5]!;
      const s3 = block[at + 3]! + block[at + 4]!;
      const d0 = block[at]! - block[at + 7]!;
      const d1 = block[at + 1]! - block[at + 6]!;
      const d2 = block[at + 2]! - block[at + 5]!;
      const d3 = block[at + 3]! - block[at + 4]!;
      // The result is written transposed, so that two passes do both directions.
      for (let k = 0; k < 8; k += 2) {
        const even = k * 8;
        const odd = even + 8;
        buffer[k * 8 + line] =
          BASIS[even]! * s0 + BASIS[even + 1]! * s1 + BASIS[even + 2]! * s2 + BASIS[even + 3]! * s3;
        buffer[odd + line] =
          BASIS[odd]! * d0 + BASIS[odd + 1]! * d1 + BASIS[odd + 2]! * d2 + BASIS[odd + 3]! * d3;
      }
    }
    block.set(buffer);
  }
}

function inverse(block: Float32Array): void {
  for (let pass = 0; pass < 2; pass++) {
    for (let line = 0; line < 8; line++) {
      const at = line * 8;
      for (let n = 0; n < 4; n++) {
        const even =
          BASIS[n]! * block[at]! +
          BASIS[16 + n]! * block[at + 2]! +
          BASIS[32 + n]! * block[at + 4]! +
          BASIS[48 + n]! * block[at + 6]!;
        const odd =
          BASIS[8 + n]! * block[at + 1]! +
          BASIS[24 + n]! * block[at + 3]! +
          BASIS[40 + n]! * block[at + 5]! +
          BASIS[56 + n]! * block[at + 7]!;
        buffer[n * 8 + line] = even + odd;
        buffer[(7 - n) * 8 + line] = even - odd;
      }
    }
    block.set(buffer);
  }
}

const block = new Float32Array(64);

/** Codes one plane in place; the grid begins at (-gridX, -gridY), borders are repeated. */
function codePlane(
  plane: Float32Array,
  width: number,
  height: number,
  table: Float32Array,
  gridX: number,
  gridY: number,
): void {
  for (let top = -gridY; top < height; top += 8) {
    for (let left = -gridX; left < width; left += 8) {
      for (let y = 0; y < 8; y++) {
        const row = Math.min(height - 1, Math.max(0, top + y)) * width;
        for (let x = 0; x < 8; x++)
          block[y * 8 + x] = plane[row + Math.min(width - 1, Math.max(0, left + x))]! - 128;
      }
      forward(block);
      let alive = false;
      for (let index = 0; index < 64; index++) {
        const step = table[index]!;
        const level = Math.round(block[index]! / step);
        if (index > 0 && level !== 0) alive = true;
        block[index] = level * step;
      }
      if (alive) inverse(block);
      else block.fill(block[0]! / 8);
      const fromY = Math.max(0, -top);
      const toY = Math.min(8, height - top);
      const fromX = Math.max(0, -left);
      const toX = Math.min(8, width - left);
      for (let y = fromY; y < toY; y++) {
        const row = (top + y) * width + left;
        for (let x = fromX; x < toX; x++) plane[row + x] = block[y * 8 + x]! + 128;
      }
    }
  }
}

/** Draws the two samples on either side of every block edge together where the step is small: larger ones are content. */
function deblockPlane(
  plane: Float32Array,
  width: number,
  height: number,
  grid: number,
  other: number,
  share: number,
  limit: number,
): void {
  const smooth = (a: number, step: number): void => {
    const p = plane[a - step]!;
    const q = plane[a]!;
    const jump = q - p;
    if (jump > limit || jump < -limit) return;
    const change = share * jump * 0.5;
    plane[a - step] = p + change * 0.8;
    plane[a] = q - change * 0.8;
    plane[a - 2 * step] = plane[a - 2 * step]! + change * 0.3;
    plane[a + step] = plane[a + step]! - change * 0.3;
  };
  for (let x = (8 - grid) % 8 || 8; x < width - 1; x += 8)
    for (let y = 0; y < height; y++) if (x >= 2) smooth(y * width + x, 1);
  for (let y = (8 - other) % 8 || 8; y < height - 1; y += 8)
    for (let x = 0; x < width; x++) if (y >= 2) smooth(y * width + x, width);
}

/** A new image that has been through the codec. About 1.5 ms for 128x128. */
export function compress(image: Image, settings: Compression): Image {
  const { width, height } = image;
  const halfWidth = (width + 1) >> 1;
  const halfHeight = (height + 1) >> 1;
  const luma = new Float32Array(width * height);
  const blueness = new Float32Array(halfWidth * halfHeight).fill(128);
  const redness = new Float32Array(halfWidth * halfHeight).fill(128);
  const source = image.data;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      const red = Math.min(255, Math.max(0, source[at]!));
      const green = Math.min(255, Math.max(0, source[at + 1]!));
      const blue = Math.min(255, Math.max(0, source[at + 2]!));
      const grey = 0.299 * red + 0.587 * green + 0.114 * blue;
      luma[y * width + x] = grey;
      const half = (y >> 1) * halfWidth + (x >> 1);
      // Odd sizes: a sample alone in its column or row counts for the missing ones.
      const share =
        (x === width - 1 && (x & 1) === 0 ? 0.5 : 0.25) * (y === height - 1 && (y & 1) === 0 ? 2 : 1);
      blueness[half] = blueness[half]! + share * 0.564 * (blue - grey);
      redness[half] = redness[half]! + share * 0.713 * (red - grey);
    }
  }
  const { gridX, gridY, quality, deblock } = settings;
  const lumaTable = scaledTable(LUMA_TABLE, quality);
  const chromaTable = scaledTable(CHROMA_TABLE, quality);
  codePlane(luma, width, height, lumaTable, gridX, gridY);
  codePlane(blueness, halfWidth, halfHeight, chromaTable, gridX >> 1, gridY >> 1);
  codePlane(redness, halfWidth, halfHeight, chromaTable, gridX >> 1, gridY >> 1);
  if (deblock > 0) deblockPlane(luma, width, height, gridX, gridY, deblock, 2 * lumaTable[0]!);
  const data = new Float32Array(source.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      const half = (y >> 1) * halfWidth + (x >> 1);
      const grey = luma[y * width + x]!;
      const cb = blueness[half]! - 128;
      const cr = redness[half]! - 128;
      data[at] = grey + 1.402 * cr;
      data[at + 1] = grey - 0.344 * cb - 0.714 * cr;
      data[at + 2] = grey + 1.772 * cb;
    }
  }
  return { width, height, data };
}
