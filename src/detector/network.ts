import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from './config.ts';
import { lstm } from './lstm.ts';
import { param, type Params } from './params.ts';
import { trunkFeatures, type Mode } from './resnext.ts';

export { pooled, trunkActivations, trunkFeatures, type Mode } from './resnext.ts';

/**
 * Logits of all frames of sequences: (bi)LSTM over the features, then one linear layer per step.
 * @param features `[B, T, F]`
 * @returns logits `[B, T]`; positive speaks for a manipulation
 */
export function sequenceLogits(params: Params, features: tf.Tensor3D, config: DetectorConfig): tf.Tensor2D {
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
 * The whole network.
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
    return sequenceLogits(params, tf.reshape(features, [-1, steps, features.shape[1]]), config);
  });
}
