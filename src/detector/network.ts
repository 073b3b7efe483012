import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from './config.ts';
import { lstm } from './lstm.ts';
import { auxSpecs, convSpecs, convWeightShape, param, paramSpecs, trunkSpec, type Params } from './params.ts';
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
 * Auxiliary logits of single frames, a linear layer on the trunk's features, for pretraining the trunk. Not exported.
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
 * Auxiliary logits of the places of single frames, for pretraining the trunk. Not exported.
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

/**
 * Start weights, the same for the same seed: He normal for convolutions (fan-out, as torchvision), uniform in
 * +-1/sqrt(units) for the LSTM, uniform in +-1/sqrt(inputs) for linear layers (as PyTorch); batch norm is the identity,
 * but zero in the last one of a block, so that a block starts as its shortcut (Goyal et al. 2017).
 * The auxiliary head is included. The caller owns the tensors.
 */
export function initParams(config: DetectorConfig, seed: number): Map<string, tf.Tensor> {
  const random = uniformSource(seed);
  const fanOut = new Map(
    convSpecs(config).map((spec) => [
      `${spec.conv}.weight`,
      (spec.kernel ** 2 * spec.outChannels) / spec.groups,
    ]),
  );
  const params = new Map<string, tf.Tensor>();
  for (const { name, shape, kind, fanIn } of [...paramSpecs(config), ...auxSpecs(config)]) {
    const values = new Float32Array(tf.util.sizeFromShape(shape));
    const out = fanOut.get(name);
    if (out !== undefined) fillNormal(values, Math.sqrt(2 / out), random);
    else if (name.startsWith('lstm.')) fillUniform(values, 1 / Math.sqrt(config.lstm.units), random);
    else if (kind === 'weight') fillUniform(values, 1 / Math.sqrt(fanIn), random);
    else if (kind === 'bn_var' || (kind === 'bn_weight' && !name.endsWith('bn3.weight'))) values.fill(1);
    params.set(name, tf.tensor(values, shape));
  }
  return params;
}

/** Numbers that are learnt (running statistics and the auxiliary head do not count). */
export function paramCount(config: DetectorConfig): number {
  return paramSpecs(config)
    .filter(({ kind }) => kind !== 'bn_mean' && kind !== 'bn_var')
    .reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape), 0);
}

/** Floating-point operations for one frame, an addition and a multiplication each counted; convolutions and matrices only. */
export function flops(config: DetectorConfig): number {
  const { stem, stages, features } = trunkSpec(config);
  let side = Math.ceil(config.inputSize / 2);
  const work = (spec: (typeof stages)[0][0]['conv1'], outSide: number): number =>
    2 * outSide ** 2 * tf.util.sizeFromShape(convWeightShape(spec));
  let sum = work(stem, side);
  side = Math.ceil(side / 2);
  for (const { conv1, conv2, conv3, downsample } of stages.flat()) {
    const outSide = Math.ceil(side / conv2.stride);
    sum += work(conv1, side) + work(conv2, outSide) + work(conv3, outSide);
    if (downsample !== undefined) sum += work(downsample, outSide);
    side = outSide;
  }
  const { units, bidirectional } = config.lstm;
  const directions = bidirectional ? 2 : 1;
  return sum + 2 * directions * (4 * units * (features + units) + units);
}

function fillUniform(values: Float32Array, limit: number, random: () => number): void {
  for (let i = 0; i < values.length; i++) values[i] = (2 * random() - 1) * limit;
}

/** Box-Muller. */
function fillNormal(values: Float32Array, deviation: number, random: () => number): void {
  for (let i = 0; i < values.length; i++) {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    values[i] = deviation * radius * Math.cos(2 * Math.PI * random());
  }
}

/** Uniform numbers in [0, 1): the finaliser of MurmurHash3 over a counter. */
function uniformSource(seed: number): () => number {
  let counter = Math.imul(seed, 0x9e3779b1) >>> 0;
  return () => {
    counter = (counter + 0x9e3779b9) >>> 0;
    let h = counter;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
  };
}
