/** What planes of brightness and colour mean, and how they become red, green and blue. */

export interface YuvColours {
  matrix: 'bt601' | 'bt709' | 'bt2020';
  /** Brightness from 0 to 255, not from 16 to 235 (of 8 bit). */
  fullRange: boolean;
  /** Of high dynamic range: brighter than a screen shows. */
  transfer?: 'pq' | 'hlg';
}

/** Matrices as WebCodecs and ffmpeg call them. */
export const MATRICES: Readonly<Record<string, YuvColours['matrix']>> = {
  bt709: 'bt709',
  smpte170m: 'bt601',
  bt470bg: 'bt601',
  'bt2020-ncl': 'bt2020',
  bt2020nc: 'bt2020',
};

/** Of one matrix and range, in 1/64 of a level; `y` in 1/257 of that for a brightness of 257 times the sample. */
export interface Factors {
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
/** ITU-R BT.601, BT.709 and BT.2020, rounded as libyuv, and so Chromium, does: what is above 128 it cuts off there. */
const FACTORS: Record<YuvColours['matrix'], { limited: Factors; full: Factors }> = {
  bt601: {
    limited: { ...LIMITED, uToBlue: 128, uToGreen: 25, vToGreen: 52, vToRed: 102 },
    full: { ...FULL, uToBlue: 113, uToGreen: 22, vToGreen: 46, vToRed: 90 },
  },
  bt709: {
    limited: { ...LIMITED, uToBlue: 128, uToGreen: 14, vToGreen: 34, vToRed: 115 },
    full: { ...FULL, uToBlue: 119, uToGreen: 12, vToGreen: 30, vToRed: 101 },
  },
  bt2020: {
    limited: { ...LIMITED, y: 19003, uToBlue: 128, uToGreen: 12, vToGreen: 42, vToRed: 107 },
    full: { ...FULL, uToBlue: 120, uToGreen: 11, vToGreen: 37, vToRed: 94 },
  },
};

export const factorsOf = ({ matrix, fullRange }: YuvColours): Factors =>
  FACTORS[matrix][fullRange ? 'full' : 'limited'];
