import * as tf from '@tensorflow/tfjs-core';
import { EPSILON } from './batch-norm.ts';
import type { DetectorConfig } from './config.ts';
import { convSpecs, foldedParamSpecs, param, type Params } from './params.ts';

/**
 * Folds batch norm into the convolution before it: `w' = w * gamma / sqrt(var + eps)`, `b' = beta - mean * gamma /
 * sqrt(var + eps)`. Only what an exported network needs is in the result: no batch norm.
 * @returns new tensors, which the caller owns; `params` stay as they are
 */
export function foldBatchNorm(params: Params, config: DetectorConfig): Map<string, tf.Tensor> {
  const folded = new Map<string, tf.Tensor>();
  tf.tidy(() => {
    for (const { conv, bn } of convSpecs(config)) {
      const deviation = tf.sqrt(tf.add(param(params, `${bn}.running_var`), EPSILON));
      const factor = tf.div(param(params, `${bn}.weight`), deviation);
      const shift = tf.mul(param(params, `${bn}.running_mean`), factor);
      // The output channel is the last axis of a filter, so the factor broadcasts over the rest.
      folded.set(`${conv}.weight`, tf.keep(tf.mul(param(params, `${conv}.weight`), factor)));
      folded.set(`${conv}.bias`, tf.keep(tf.sub(param(params, `${bn}.bias`), shift)));
    }
    for (const { name } of foldedParamSpecs(config)) {
      if (!folded.has(name)) folded.set(name, tf.keep(tf.clone(param(params, name))));
    }
  });
  return folded;
}
