/** Takes a face down to what a network for super-resolution is given, and up again by it. */
import * as tf from '@tensorflow/tfjs-core';
import { FACE_SHARE, layOver, middle } from '../pseudo-fake/inset.ts';
import { resize } from '../pseudo-fake/filter.ts';
import type { Image } from '../pseudo-fake/image.ts';
import type { SuperResolutionNetwork } from './network.ts';

/**
 * @param image a stored crop, square
 * @param shrink side of the face that comes out, as a share of the face's in the crop
 * @returns the crop with the network's face in its middle
 */
export function restore(image: Image, network: SuperResolutionNetwork, shrink: number): Image {
  const side = 2 * Math.round((FACE_SHARE * image.width) / 2);
  const small = Math.max(8, Math.round((shrink * side) / network.factor));
  const face = resize(middle(image, side), small, small);
  const large = small * network.factor;
  const data = tf.tidy(() => network.apply(tf.tensor4d(face.data, [1, small, small, 3])).dataSync());
  return layOver(image, resize({ width: large, height: large, data: data as Float32Array }, side, side));
}
