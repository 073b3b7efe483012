/**
 * Everything between a face and the network: framing, light, lens, resolution, sensor noise, codec. Drawn once per pair
 * and applied to the real and to the fake alike, after blending, so that none of it tells them apart.
 */
import { compress } from './block-codec.ts';
import type { Compression } from './block-codec.ts';
import { applyColourShift, NO_SHIFT, randomColourShift } from './colour.ts';
import type { ColourShift } from './colour.ts';
import { denoise, gaussianBlur, resize, unsharp } from './filter.ts';
import { addNoise, copyImage } from './image.ts';
import type { Image } from './image.ts';
import { Random } from './random.ts';
import type { Face } from './still.ts';
import { motionMap, movePoints, warp } from './warp.ts';
import type { Motion } from './warp.ts';

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

/** What a webcam or a phone makes of its picture before anybody edits it: few pixels, noise taken away, edges drawn harder, a codec. */
export interface Camera {
  /** Side in pixels. */
  side: number;
  /** Deviation in levels. */
  noise: number;
  radius: number;
  deviation: number;
  sharpening: number;
  codec: Compression | undefined;
}

export const randomCamera = (random: Random, size: number): Camera => ({
  side: random.chance(0.6) ? Math.round(size * Math.exp(random.uniform(Math.log(0.3), 0))) : size,
  noise: random.chance(0.5) ? random.uniform(1, 6) : 0,
  radius: 1 + random.below(4),
  deviation: Math.exp(random.uniform(Math.log(3), Math.log(16))),
  sharpening: random.chance(0.6) ? random.uniform(0.2, 1.5) : 0,
  codec: random.chance(0.4) ? randomCompression(random) : undefined,
});

export function throughCamera(image: Image, camera: Camera, noiseSeed: number): Image {
  const size = image.width;
  let picture = camera.side < size ? resize(image, camera.side, camera.side) : copyImage(image);
  if (camera.noise > 0) addNoise(picture, camera.noise, 0.6, new Random(noiseSeed, 78));
  picture = denoise(picture, camera.radius, camera.deviation);
  if (camera.sharpening > 0) picture = unsharp(picture, 1, camera.sharpening);
  if (camera.codec !== undefined) picture = compress(picture, camera.codec);
  return camera.side < size ? resize(picture, size, size) : picture;
}

/**
 * @param size side of the network's input in pixels
 * @param strength how often a pair loses something, 0..1
 */
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
  const capture: Capture = {
    motion,
    colour: random.chance(0.6 * strength) ? randomColourShift(random, 0.6) : undefined,
    grey: random.chance(0.03 * strength),
    blur: random.chance(0.15 * strength) ? random.uniform(0.3, 1) : 0,
    noise: random.chance(0.25 * strength) ? random.uniform(0.5, 5) : 0,
    workingSize: random.chance(0.4 * strength) ? Math.round(size * random.uniform(0.5, 1)) : size,
    codecs,
  };
  return capture;
}

/**
 * Cuts the network's view out of a stored crop, border included. The blend of a pseudo-fake comes after this: it is
 * cheaper on the smaller picture.
 * @returns a new face of `size` x `size`, key points moved along
 */
export function frameFace(face: Face, motion: Motion, size: number): Face {
  return {
    image: warp(face.image, motionMap(motion, face.image.width, size), size),
    keypoints: movePoints(face.keypoints, motion, face.image.width, size),
    landmarks: face.landmarks && movePoints(face.landmarks, motion, face.image.width, size),
  };
}

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
