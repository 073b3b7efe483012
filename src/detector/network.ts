import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from './config.ts';
import { lstm } from './lstm.ts';
import { members, networks, paramsOf, sharesOf, viewOfLevels } from './members.ts';
import { param, trunkSpec, type Params } from './params.ts';
import { trunkFeatures, type Mode } from './resnext.ts';

export { pooled, trunkActivations, trunkFeatures, type Mode } from './resnext.ts';

/** Length of a feature vector: of all members together. */
export function featureCount(config: DetectorConfig): number {
  return members(config).reduce((sum, member) => sum + trunkSpec(member.config).features, 0);
}

/**
 * Features of crops, of all members one after the other.
 * @param levels `[N, S, S, 3]`, 0..255
 * @param normalise levels to a network's input
 * @returns `[N, F]`
 */
export function cropFeatures(
  params: Params,
  levels: tf.Tensor4D,
  config: DetectorConfig,
  mode: Mode,
  normalise: (levels: tf.Tensor4D) => tf.Tensor4D,
): tf.Tensor2D {
  return tf.tidy(() => {
    const features = networks(config).flatMap((network) => {
      const views = members(config)
        .filter(({ prefix }) => prefix === network.prefix)
        .map((member) => viewOfLevels(levels, member));
      // A network's looks are of one size: they are given to a GPU as one batch.
      const looks = normalise(tf.concat4d(views, 0));
      const seen = trunkFeatures(paramsOf(params, network), looks, network.config, mode);
      return tf.split<tf.Tensor2D>(seen, views.length, 0);
    });
    return features.length === 1 ? features[0]! : tf.concat2d(features, 1);
  });
}

/**
 * Logits of all frames of sequences: the weighted sum of the members'.
 * @param features `[B, T, F]`
 * @param faceSize side of the face in pixels of the decoded frame, for what a companion weighs
 * @returns logits `[B, T]`; positive speaks for a manipulation
 */
export function sequenceLogits(
  params: Params,
  features: tf.Tensor3D,
  config: DetectorConfig,
  faceSize: number,
): tf.Tensor2D {
  const all = members(config);
  if (all.length === 1) return memberLogits(params, features, config);
  return tf.tidy(() => {
    const parts: tf.Tensor3D[] = tf.split(
      features,
      all.map((member) => trunkSpec(member.config).features),
      2,
    );
    const shares = sharesOf(config, faceSize);
    const logits = all.map((member, at) =>
      tf.mul<tf.Tensor2D>(memberLogits(paramsOf(params, member), parts[at]!, member.config), shares[at]!),
    );
    return tf.addN(logits);
  });
}

/**
 * Logits of all frames of sequences, of a network without a companion: (Bi)LSTM over the features, then one linear layer per step.
 * @param features `[B, T, F]`
 * @returns logits `[B, T]`
 */
export function memberLogits(params: Params, features: tf.Tensor3D, config: DetectorConfig): tf.Tensor2D {
  return tf.tidy(() => {
    const outputs = lstm(params, features, config.lstm);
    const [batch, steps, units] = outputs.shape;
    const flat = tf.matMul(
      tf.reshape(outputs, [batch * steps, units]),
      param<tf.Tensor2D>(params, 'head.weight'),
    );
    return tf.reshape(tf.add(flat, param<tf.Tensor1D>(params, 'head.bias')), [batch, steps]);
  });
}

/**
 * A whole network without a companion.
 * @param x normalised crops of B sequences of T frames each, `[B * T, S, S, 3]`
 * @param steps T
 * @returns logits `[B, T]`
 */
export function forward(
  params: Params,
  x: tf.Tensor4D,
  steps: number,
  config: DetectorConfig,
  mode: Mode,
): tf.Tensor2D {
  return tf.tidy(() => {
    const features = trunkFeatures(params, x, config, mode);
    return memberLogits(params, tf.reshape(features, [-1, steps, features.shape[1]]), config);
  });
}
