/**
 * A network may have a companion, which sees the same crops at half their side: it has learnt from other crops and errs on
 * other faces. Every member is a plain network with a trunk, an LSTM and a head of its own; a frame's logit is the weighted mean
 * of theirs.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from './config.ts';

/** Before a companion's parameters in a model. */
export const COMPANION = 'companion.';

export interface Member {
  /** Without a companion. */
  config: DetectorConfig;
  /** Before the names of its parameters. */
  prefix: '' | typeof COMPANION;
}

/** The network itself, then its companion. */
export function members({ companion, ...config }: DetectorConfig): Member[] {
  const own: Member = { config, prefix: '' };
  if (companion === undefined) return [own];
  return [own, { config: { ...config, ...companion, inputSize: config.inputSize / 2 }, prefix: COMPANION }];
}

/**
 * What each member's logits weigh, in the order of `members`; the sum is 1. The smaller a face was in the video, the more of
 * the crop's pixels are invented, and the companion needs fewer: every halving of the face below `evenFrom` takes a quarter from
 * the network's own half, until nothing is left of it.
 * @param faceSize side of the face in source pixels
 */
export function sharesOf({ companion }: DetectorConfig, faceSize: number): number[] {
  if (companion === undefined) return [1];
  const halvings = Math.max(0, Math.log2(companion.evenFrom / faceSize));
  const own = Math.max(0, 0.5 - 0.25 * halvings);
  return [own, 1 - own];
}

/** A member's parameters by the names that it has alone. */
export function paramsOf<T>(params: ReadonlyMap<string, T>, { prefix }: Member): ReadonlyMap<string, T> {
  if (prefix === '') return params;
  const own = [...params].filter(([name]) => name.startsWith(prefix));
  return new Map(own.map(([name, value]) => [name.slice(prefix.length), value]));
}

/**
 * What a member sees of a crop: the companion means of two by two pixels, rounded half up.
 * @param crop RGB, 8 bit, `size * size * 3`
 */
export function viewOf(crop: Uint8Array, size: number, { prefix }: Pick<Member, 'prefix'>): Uint8Array {
  if (prefix === '') return crop;
  const half = size / 2;
  const view = new Uint8Array(half * half * 3);
  const row = size * 3;
  for (let y = 0, at = 0; y < half; y++) {
    for (let x = 0; x < half; x++) {
      const from = 2 * (y * row + x * 3);
      for (let channel = from; channel < from + 3; channel++, at++)
        view[at] =
          (crop[channel]! + crop[channel + 3]! + crop[channel + row]! + crop[channel + row + 3]! + 2) >> 2;
    }
  }
  return view;
}

/** `viewOf` for `[N, S, S, 3]` levels 0..255. */
export function viewOfLevels(levels: tf.Tensor4D, { prefix }: Pick<Member, 'prefix'>): tf.Tensor4D {
  if (prefix === '') return levels;
  // Means are multiples of a quarter: between 0.5 and 0.75 no rounding error of the sum matters.
  return tf.tidy(() => tf.floor(tf.add(tf.avgPool(levels, 2, 2, 'valid'), 0.6)));
}
