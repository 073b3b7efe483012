/**
 * Planes of brightness and colour to RGBA, bit for bit as Chromium does it (libyuv, in 1/64 and with every colour sample for two by two
 * pixels): a decoder that gives its pictures in planes then shows the very pixels that the browser's own shows. Small differences
 * matter: faces are judged by their finest detail.
 */

/** What the planes mean. */
export interface YuvColours {
  matrix: 'bt601' | 'bt709';
  /** Brightness from 0 to 255, not from 16 to 235. */
  fullRange: boolean;
}

/** Of one matrix and range, in 1/64 of a level; `y` in 1/257 of that for a brightness of 257 times the sample. */
interface Factors {
  y: number;
  /** Added once. */
  offset: number;
  uToBlue: number;
  uToGreen: number;
  vToGreen: number;
  vToRed: number;
}

const LIMITED = { y: 18997, offset: -1160 };
const FULL = { y: 16320, offset: 32 };
/** ITU-R BT.601 and BT.709, rounded as libyuv does: what is above 128 it cuts off there. */
const FACTORS: Record<YuvColours['matrix'], { limited: Factors; full: Factors }> = {
  bt601: {
    limited: { ...LIMITED, uToBlue: 128, uToGreen: 25, vToGreen: 52, vToRed: 102 },
    full: { ...FULL, uToBlue: 113, uToGreen: 22, vToGreen: 46, vToRed: 90 },
  },
  bt709: {
    limited: { ...LIMITED, uToBlue: 128, uToGreen: 14, vToGreen: 34, vToRed: 115 },
    full: { ...FULL, uToBlue: 119, uToGreen: 12, vToGreen: 30, vToRed: 101 },
  },
};

/** Bytes of a picture in planes of 4:2:0: brightness, then both colours at half the side, rounded up. */
export const planarBytes = (width: number, height: number): number =>
  width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);

/** @param planes `planarBytes` of them, 8 bit, row by row @returns RGBA, opaque */
export function yuvToRgba(
  planes: Uint8Array,
  width: number,
  height: number,
  { matrix, fullRange }: YuvColours,
): Uint8ClampedArray<ArrayBuffer> {
  const { y, offset, uToBlue, uToGreen, vToGreen, vToRed } = FACTORS[matrix][fullRange ? 'full' : 'limited'];
  const brightness = Int32Array.from({ length: 256 }, (_, sample) => ((257 * sample * y) >> 16) + offset);
  const chromaWidth = Math.ceil(width / 2);
  const uStart = width * height;
  const vStart = uStart + chromaWidth * Math.ceil(height / 2);
  const rgba = new Uint8ClampedArray(4 * width * height);
  for (let row = 0, at = 0; row < height; row++) {
    const chroma = (row >> 1) * chromaWidth;
    for (let column = 0, pixel = row * width; column < width; column++, pixel++, at += 4) {
      const u = planes[uStart + chroma + (column >> 1)]! - 128;
      const v = planes[vStart + chroma + (column >> 1)]! - 128;
      const level = brightness[planes[pixel]!]!;
      rgba[at] = (level + v * vToRed) >> 6;
      rgba[at + 1] = (level - (u * uToGreen + v * vToGreen)) >> 6;
      rgba[at + 2] = (level + u * uToBlue) >> 6;
      rgba[at + 3] = 255;
    }
  }
  return rgba;
}
