/** Linear heads that only training has: they teach the trunk whether a single frame was changed, and where. Never exported. */
import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from '../src/detector/config.ts';
import { matrix, param, trunkSpec, vector } from '../src/detector/params.ts';
import type { Params, ParamSpec } from '../src/detector/params.ts';

/** `aux` on the features of single frames, `aux.place` on every place of the last stage but one. */
export function auxSpecs(config: DetectorConfig): ParamSpec[] {
  const { features, stages } = trunkSpec(config);
  const placeChannels = stages.at(-2)?.at(-1)?.conv3.outChannels ?? features;
  return [
    matrix('aux.weight', features, 1),
    vector('aux.bias', 1, 'bias'),
    matrix('aux.place.weight', placeChannels, 1),
    vector('aux.place.bias', 1, 'bias'),
  ];
}

/**
 * Auxiliary logits of single frames, a linear layer on the trunk's features.
 * @param features `[N, F]`
 * @returns logits `[N]`
 */
export function trunkHead(params: Params, features: tf.Tensor2D): tf.Tensor1D {
  return tf.tidy(() => {
    const logits = tf.matMul(features, param<tf.Tensor2D>(params, 'aux.weight'));
    return tf.reshape(tf.add(logits, param<tf.Tensor1D>(params, 'aux.bias')), [-1]);
  });
}

/**
 * Auxiliary logits of the places of single frames.
 * @param stages activations of the trunk's stages; the last but one is used
 * @returns logits `[N, side * side]`, side as `placeSide` says
 */
export function placeLogits(params: Params, stages: readonly tf.Tensor4D[]): tf.Tensor2D {
  return tf.tidy(() => {
    const activations = stages.at(-2) ?? stages[0]!;
    const [count, height, width, channels] = activations.shape;
    const rows = tf.reshape(activations, [count * height * width, channels]) as tf.Tensor2D;
    const logits = tf.matMul(rows, param<tf.Tensor2D>(params, 'aux.place.weight'));
    return tf.reshape(tf.add(logits, param<tf.Tensor1D>(params, 'aux.place.bias')), [count, -1]);
  });
}

/** Places per side of the stage that `placeLogits` looks at. */
export function placeSide(config: DetectorConfig): number {
  const { stem, pool, stages } = trunkSpec(config);
  const seen = stages.length > 1 ? stages.slice(0, -1) : stages;
  const strides = [stem.stride, pool ? 2 : 1, ...seen.flat().map(({ conv2 }) => conv2.stride)];
  return strides.reduce((side, stride) => Math.ceil(side / stride), config.inputSize);
}
