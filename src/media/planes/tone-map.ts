/** High dynamic range to what a screen of standard range shows: ITU-R BT.2100 and BT.2390, in tables. */
import type { YuvColours } from './colours.ts';

/** Light (cd/m²) of the brightest that is told apart, and of white on a screen of standard range (ITU-R BT.2408). */
const PEAK = 1000;
const WHITE = 203;
/** Bits of a sample that is mapped. */
export const TONE_MAP_DEPTH = 12;
/** Entries of a table. */
const ENTRIES = 4096;
/** What a screen of standard range makes of a level (ITU-R BT.1886). */
const SCREEN_GAMMA = 2.4;
/** How a screen of `PEAK` shows HLG: light of the scene to that of the screen (ITU-R BT.2100). */
const HLG_GAMMA = 1.2;

/** Of red and of blue in the brightness. */
const LUMA = { bt601: [0.299, 0.114], bt709: [0.2126, 0.0722], bt2020: [0.2627, 0.0593] } as const;

/** What `planes.as` needs, light counted from 0 to 1 = `PEAK`; tables that ask for light are asked for its square root. */
export interface ToneMap {
  black: number;
  yScale: number;
  grey: number;
  colourScale: number;
  vToRed: number;
  uToGreen: number;
  vToGreen: number;
  uToBlue: number;
  /** A signal from 0 to 1 to light: of the scene for HLG, of the screen for PQ. */
  toLinear: Float32Array;
  /** What light is multiplied by, by its luminance, to be a screen's. */
  byLuminance: Float32Array;
  /** What it is multiplied by then, by the brightest of its colours, to be from 0 to 1 = `WHITE`. */
  byBrightest: Float32Array;
  /** Light of that screen to a level from 0 to 255. */
  toLevel: Uint32Array;
}

const table = (value: (share: number) => number): Float32Array =>
  Float32Array.from({ length: ENTRIES }, (_, i) => value(i / (ENTRIES - 1)));

export function makeToneMap({ matrix, fullRange, transfer }: YuvColours): ToneMap {
  const [red, blue] = LUMA[matrix];
  const green = 1 - red - blue;
  const ones = 2 ** TONE_MAP_DEPTH - 1;
  const step = 2 ** (TONE_MAP_DEPTH - 8);
  return {
    black: fullRange ? 0 : 16 * step,
    yScale: 1 / (fullRange ? ones : 219 * step),
    grey: 128 * step,
    colourScale: 1 / (fullRange ? ones : 224 * step),
    vToRed: 2 * (1 - red),
    uToGreen: (2 * (1 - blue) * blue) / green,
    vToGreen: (2 * (1 - red) * red) / green,
    uToBlue: 2 * (1 - blue),
    toLinear: table(transfer === 'hlg' ? hlgToLight : (signal) => Math.min(1, pqToLight(signal) / PEAK)),
    byLuminance: table((root) => (transfer === 'hlg' ? root ** (2 * (HLG_GAMMA - 1)) : 1)),
    byBrightest: table((root) =>
      root === 0 ? PEAK / WHITE : compressed(root ** 2 * PEAK) / WHITE / root ** 2,
    ),
    toLevel: Uint32Array.from(table((root) => Math.round(255 * root ** (2 / SCREEN_GAMMA)))),
  };
}

/** ITU-R BT.2100, table 5: the inverse of HLG's opto-electronic transfer function. */
function hlgToLight(signal: number): number {
  const [a, b, c] = [0.17883277, 0.28466892, 0.55991073];
  return signal <= 0.5 ? signal ** 2 / 3 : (Math.exp((signal - c) / a) + b) / 12;
}

const [M1, M2] = [2610 / 16384, (128 * 2523) / 4096];
const [C1, C2, C3] = [3424 / 4096, (32 * 2413) / 4096, (32 * 2392) / 4096];

/** ITU-R BT.2100, table 4: PQ's electro-optical transfer function, in cd/m². */
function pqToLight(signal: number): number {
  const power = signal ** (1 / M2);
  return 10_000 * (Math.max(power - C1, 0) / (C2 - C3 * power)) ** (1 / M1);
}

function lightToPq(light: number): number {
  const power = (light / 10_000) ** M1;
  return ((C1 + C2 * power) / (1 + C3 * power)) ** M2;
}

/** ITU-R BT.2390, 5.4.1: light up to `PEAK` to light up to `WHITE`; what is well below stays. */
function compressed(light: number): number {
  const peak = lightToPq(PEAK);
  const signal = lightToPq(light) / peak;
  const most = lightToPq(WHITE) / peak;
  const knee = 1.5 * most - 0.5;
  if (signal < knee) return light;
  const t = (signal - knee) / (1 - knee);
  const spline =
    (2 * t ** 3 - 3 * t ** 2 + 1) * knee +
    (t ** 3 - 2 * t ** 2 + t) * (1 - knee) +
    (-2 * t ** 3 + 3 * t ** 2) * most;
  return pqToLight(spline * peak);
}
