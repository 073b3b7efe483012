/** Colour changes as one affine map of RGB, so that any combination costs one pass. */
import type { Image } from './image.ts';
import type { Random } from './random.ts';

export interface ColourShift {
  /** Added grey levels. */
  brightness: number;
  /** Factor around mid-grey. */
  contrast: number;
  /** Factor of the distance from grey. */
  saturation: number;
  /** Rotation around the grey axis in radians. */
  hue: number;
  /** Gain of red against blue: positive is warmer. */
  temperature: number;
  /** Gain of green against red and blue. */
  tint: number;
}

export const NO_SHIFT: ColourShift = {
  brightness: 0,
  contrast: 1,
  saturation: 1,
  hue: 0,
  temperature: 0,
  tint: 0,
};

/** @param strength 1 gives changes that are visible, 0.3 ones that are hardly so */
export function randomColourShift(random: Random, strength: number): ColourShift {
  return {
    brightness: random.normal(0, 12 * strength),
    contrast: Math.exp(random.normal(0, 0.12 * strength)),
    saturation: Math.exp(random.normal(0, 0.22 * strength)),
    hue: random.normal(0, 0.1 * strength),
    temperature: random.normal(0, 0.06 * strength),
    tint: random.normal(0, 0.03 * strength),
  };
}

/** Nine factors and three offsets, row-major. */
type ColourMatrix = readonly [number[], number[]];

function colourMatrix(shift: ColourShift): ColourMatrix {
  // Hue: Rodrigues' rotation around (1, 1, 1). Saturation: scale of what is orthogonal to the luma weights.
  const cos = Math.cos(shift.hue);
  const axis = Math.sin(shift.hue) / Math.sqrt(3);
  const rest = (1 - cos) / 3;
  const hue = [
    cos + rest,
    rest - axis,
    rest + axis,
    rest + axis,
    cos + rest,
    rest - axis,
    rest - axis,
    rest + axis,
    cos + rest,
  ];
  const luma = [0.299, 0.587, 0.114];
  const gains = [1 + shift.temperature, 1 + shift.tint, 1 - shift.temperature];
  const factors: number[] = [];
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) {
      let value = 0;
      for (let inner = 0; inner < 3; inner++) {
        const saturation = (row === inner ? shift.saturation : 0) + (1 - shift.saturation) * luma[inner]!;
        value += saturation * hue[inner * 3 + column]!;
      }
      factors.push(value * gains[row]! * shift.contrast);
    }
  }
  const offset = 128 * (1 - shift.contrast) + shift.brightness;
  return [factors, [offset, offset, offset]];
}

/** In place. */
export function applyColourShift(image: Image, shift: ColourShift): void {
  const [[rr, rg, rb, gr, gg, gb, br, bg, bb], [or, og, ob]] = colourMatrix(shift) as [
    number[],
    number[],
  ] as [[number, number, number, number, number, number, number, number, number], [number, number, number]];
  const { data } = image;
  for (let at = 0; at < data.length; at += 3) {
    const red = data[at]!;
    const green = data[at + 1]!;
    const blue = data[at + 2]!;
    data[at] = rr * red + rg * green + rb * blue + or;
    data[at + 1] = gr * red + gg * green + gb * blue + og;
    data[at + 2] = br * red + bg * green + bb * blue + ob;
  }
}

/**
 * Gives `image` the mean and deviation of `reference`, per channel, where the mask weighs (Reinhard et al. 2001, in RGB).
 * In place. `amount` 1 matches fully, 0 not at all.
 */
export function matchColour(image: Image, reference: Image, mask: Float32Array, amount: number): void {
  for (let channel = 0; channel < 3; channel++) {
    const own = weightedMoments(image.data, mask, channel);
    const other = weightedMoments(reference.data, mask, channel);
    const ratio = Math.min(2, Math.max(0.5, other.deviation / Math.max(1, own.deviation)));
    const factor = 1 + amount * (ratio - 1);
    const offset = own.mean + amount * (other.mean - own.mean) - factor * own.mean;
    for (let at = channel; at < image.data.length; at += 3)
      image.data[at] = factor * image.data[at]! + offset;
  }
}

function weightedMoments(
  data: Float32Array,
  mask: Float32Array,
  channel: number,
): { mean: number; deviation: number } {
  let weight = 1e-6;
  let sum = 0;
  let squares = 0;
  for (let pixel = 0, at = channel; pixel < mask.length; pixel++, at += 3) {
    const share = mask[pixel]!;
    const value = data[at]!;
    weight += share;
    sum += share * value;
    squares += share * value * value;
  }
  const mean = sum / weight;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / weight - mean * mean)) };
}
