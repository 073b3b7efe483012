/** A second view of the same picture: what a manipulation's own pixels differ in from the footage around them. */
import { compress } from './block-codec.ts';
import { applyColourShift, randomColourShift } from './colour.ts';
import type { ColourShift } from './colour.ts';
import { gaussianBlur, resize, unsharp } from './filter.ts';
import { addNoise, copyImage } from './image.ts';
import type { Image } from './image.ts';
import type { Random } from './random.ts';
import { motionMap, randomDeformation, STILL, warp } from './warp.ts';
import type { Deformation, Motion } from './warp.ts';

export interface ViewChange {
  colour: ColourShift | undefined;
  /** Working resolution as a share of the picture's: an autoencoder's face has 64 to 256 pixels. */
  resolution: number;
  /** Sigma in pixels; 0 for none. */
  blur: number;
  /** Amount of the unsharp mask; 0 for none. */
  sharpen: number;
  /** Deviation of the noise in grey levels; 0 for none. */
  noise: number;
  /** JPEG quality; 0 for none. */
  quality: number;
  motion: Motion;
  deformation: Deformation | undefined;
}

/**
 * @param strength 1 for an obvious difference, less for a subtle one
 * @param unit size of the face in pixels (eyes to mouth): geometry is in proportion to it
 */
export function randomViewChange(random: Random, strength: number, unit: number): ViewChange {
  const change: ViewChange = {
    colour: random.chance(0.75) ? randomColourShift(random, strength) : undefined,
    resolution: random.chance(0.45) ? random.uniform(0.35, 0.9) : 1,
    blur: 0,
    sharpen: 0,
    noise: random.chance(0.15) ? random.uniform(1, 5) : 0,
    quality: random.chance(0.15) ? random.uniform(35, 90) : 0,
    motion: STILL,
    deformation: undefined,
  };
  const sharpness = random.uniform();
  if (sharpness < 0.35) change.blur = random.uniform(0.4, 1.4);
  else if (sharpness < 0.6) change.sharpen = random.uniform(0.3, 1.2);
  if (random.chance(0.75)) {
    change.motion = {
      rotation: random.normal(0, 0.02),
      scale: Math.exp(random.normal(0, 0.02)),
      shiftX: random.normal(0, 0.04 * unit),
      shiftY: random.normal(0, 0.04 * unit),
      flip: false,
    };
  }
  if (random.chance(0.5)) change.deformation = randomDeformation(random, 5, 0.025 * unit);
  return change;
}

/** A new picture; `random` is used for the noise only. */
export function changeView(image: Image, change: ViewChange, random: Random): Image {
  const { width, height } = image;
  let view = copyImage(image);
  if (change.motion !== STILL || change.deformation !== undefined) {
    view = warp(view, motionMap(change.motion, width, width), width, change.deformation);
  }
  if (change.resolution < 1) {
    const small = Math.max(16, Math.round(width * change.resolution));
    view = resize(resize(view, small, small), width, height);
  }
  if (change.blur > 0) view = gaussianBlur(view, change.blur);
  if (change.sharpen > 0) view = unsharp(view, 1, change.sharpen);
  if (change.colour !== undefined) applyColourShift(view, change.colour);
  if (change.noise > 0) addNoise(view, change.noise, 0.5, random);
  if (change.quality > 0) view = compress(view, { quality: change.quality, gridX: 3, gridY: 5, deblock: 0 });
  return view;
}
