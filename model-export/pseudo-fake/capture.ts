/**
 * Everything between a face and the network: framing, light, lens, resolution, sensor noise, codec. Drawn once per pair
 * and applied to the real and to the fake alike, after blending, so that none of it tells them apart.
 */
import { compress } from './block-codec.ts';
import type { Compression } from './block-codec.ts';
import { applyColourShift, NO_SHIFT, randomColourShift } from './colour.ts';
import type { ColourShift } from './colour.ts';
import { gaussianBlur, resize } from './filter.ts';
import { addNoise, copyImage } from './image.ts';
import type { Image } from './image.ts';
import { Random } from './random.ts';
import type { Face } from './still.ts';
import { compose, IDENTITY, motionMap, movePoints, warp } from './warp.ts';
import type { Affine, Motion } from './warp.ts';

export interface Capture {
  motion: Motion;
  colour: ColourShift | undefined;
  grey: boolean;
  blur: number;
  noise: number;
  /** Side in pixels at which noise and codec act: the size of the face in the video. */
  workingSize: number;
  codecs: Compression[];
}

function randomCompression(random: Random): Compression {
  const video = random.chance(0.7);
  return {
    quality: video ? random.uniform(35, 90) : random.uniform(50, 97),
    gridX: random.below(8),
    gridY: random.below(8),
    deblock: video ? random.uniform(0.3, 0.9) : 0,
  };
}

/** @param size side of the network's input in pixels @param strength how often a pair loses something, 0..1 */
export function randomCapture(random: Random, size: number, strength = 1): Capture {
  const motion: Motion = {
    rotation: random.normal(0, 0.07),
    scale: Math.exp(random.normal(0, 0.06)),
    shiftX: random.normal(0, 0.02 * size),
    shiftY: random.normal(0, 0.02 * size),
    flip: random.chance(0.5),
  };
  const codecs: Compression[] = [];
  if (random.chance(0.55 * strength)) codecs.push(randomCompression(random));
  if (random.chance(0.1 * strength)) codecs.push(randomCompression(random));
  return {
    motion,
    colour: random.chance(0.6 * strength) ? randomColourShift(random, 0.6) : undefined,
    grey: random.chance(0.03 * strength),
    blur: random.chance(0.15 * strength) ? random.uniform(0.3, 1) : 0,
    noise: random.chance(0.25 * strength) ? random.uniform(0.5, 5) : 0,
    workingSize: random.chance(0.4 * strength) ? Math.round(size * random.uniform(0.5, 1)) : size,
    codecs,
  };
}

/**
 * Cuts the network's view out of a stored crop, border included. The blend of a pseudo-fake comes after this: it is
 * cheaper on the smaller picture.
 * @returns a new face of `size` x `size`, key points moved along
 */
export function frameFace(face: Face, motion: Motion, size: number): Face {
  return {
    image: frameImage(face.image, motion, size),
    keypoints: movePoints(face.keypoints, motion, face.image.width, size),
    landmarks: face.landmarks && movePoints(face.landmarks, motion, face.image.width, size),
  };
}

/**
 * The picture of `frameFace`.
 * @param from where the picture has what another one shows, which the motion is of
 */
export const frameImage = (image: Image, motion: Motion, size: number, from: Affine = IDENTITY): Image =>
  warp(image, compose(from, motionMap(motion, image.width, size)), size);

/**
 * Light, lens, resolution, noise and codec.
 * @param noiseSeed the same for the two of a pair, so that even the noise is the same
 * @returns a new picture of the same size
 */
export function record(image: Image, settings: Capture, noiseSeed: number): Image {
  const size = image.width;
  let picture = settings.blur > 0 ? gaussianBlur(image, settings.blur) : copyImage(image);
  if (settings.colour !== undefined || settings.grey) {
    const shift = settings.colour ?? NO_SHIFT;
    applyColourShift(picture, settings.grey ? { ...shift, saturation: 0, temperature: 0, tint: 0 } : shift);
  }
  if (settings.workingSize < size) picture = resize(picture, settings.workingSize, settings.workingSize);
  if (settings.noise > 0) addNoise(picture, settings.noise, 0.6, new Random(noiseSeed, 77));
  for (const codec of settings.codecs) picture = compress(picture, codec);
  if (settings.workingSize < size) picture = resize(picture, size, size);
  return picture;
}
