import * as tf from '@tensorflow/tfjs-core';
import { batchNormTraining, EPSILON, movedStatistics } from './batch-norm.ts';
import type { DetectorConfig } from './config.ts';
import { groupedConv2d } from './grouped-conv.ts';
import { conv2d, depthwiseConv2d, maxPool3x3, needsWrittenPadding, padSpace } from './padding.ts';
import { isDepthwise, param, trunkSpec, type BlockSpec, type ConvSpec, type Params } from './params.ts';

/** A convolution with its normalisation and, where asked, ReLU. */
type ConvUnit = (x: tf.Tensor4D, spec: ConvSpec, relu: boolean) => tf.Tensor4D;

/**
 * `folded`: weights with batch norm folded in, for use. `inference`: batch norm with running statistics.
 * `training`: batch norm with the batch's statistics; what the running statistics become is put into `runningStatistics`
 * by parameter name, kept (`tf.keep`): the caller owns these tensors. `batchNorm` takes the place of `batchNormTraining`
 * where a backend has a faster one.
 */
export type Mode =
  | { kind: 'folded' }
  | { kind: 'inference' }
  | { kind: 'training'; runningStatistics: Map<string, tf.Tensor1D>; batchNorm?: typeof batchNormTraining };

/**
 * The ResNeXt trunk (Xie et al. 2017, form C) with torchvision's padding and strides, or that of inverted bottlenecks.
 * @param x normalised crops `[N, S, S, 3]`
 * @returns the activations after the stem and after every stage
 */
export function trunkActivations(
  params: Params,
  x: tf.Tensor4D,
  config: DetectorConfig,
  mode: Mode,
): { stem: tf.Tensor4D; stages: tf.Tensor4D[] } {
  return tf.tidy(() => {
    const unit = convUnit(params, mode);
    const spec = trunkSpec(config);
    const narrowed = unit(x, spec.stem, true);
    const stem = spec.pool ? maxPool3x3(narrowed) : narrowed;
    let h = stem;
    const stages = spec.stages.map((blocks) => (h = blocks.reduce((y, each) => block(unit, y, each), h)));
    return { stem, stages };
  });
}

/** `[N, H, W, F]` activations of the last stage to `[N, F]` features: the mean over all places. */
export function pooled(activations: tf.Tensor4D): tf.Tensor2D {
  return tf.mean<tf.Tensor2D>(activations, [1, 2]);
}

/** `trunkActivations`, pooled. @returns features `[N, F]` */
export function trunkFeatures(
  params: Params,
  x: tf.Tensor4D,
  config: DetectorConfig,
  mode: Mode,
): tf.Tensor2D {
  return tf.tidy(() => pooled(trunkActivations(params, x, config, mode).stages.at(-1)!));
}

function block(
  unit: ConvUnit,
  x: tf.Tensor4D,
  { conv1, conv2, conv3, shortcut, relu }: BlockSpec,
): tf.Tensor4D {
  const widened = conv1 === undefined ? x : unit(x, conv1, true);
  const residual = unit(unit(widened, conv2, true), conv3, false);
  if (shortcut === 'none') return residual;
  const added = shortcut === 'input' ? x : unit(x, shortcut, false);
  const sum = tf.add<tf.Tensor4D>(residual, added);
  return relu ? tf.relu(sum) : sum;
}

function convUnit(params: Params, mode: Mode): ConvUnit {
  switch (mode.kind) {
    case 'folded':
      return (x, spec, relu) => foldedUnit(params, x, spec, relu);
    case 'inference':
      return (x, spec, relu) => {
        const y = tf.batchNorm4d(
          convolve(params, x, spec),
          param<tf.Tensor1D>(params, `${spec.bn}.running_mean`),
          param<tf.Tensor1D>(params, `${spec.bn}.running_var`),
          param<tf.Tensor1D>(params, `${spec.bn}.bias`),
          param<tf.Tensor1D>(params, `${spec.bn}.weight`),
          EPSILON,
        );
        return relu ? tf.relu(y) : y;
      };
    case 'training':
      return (x, spec, relu) => {
        const y = trainingUnit(params, x, spec, mode);
        return relu ? tf.relu(y) : y;
      };
  }
}

/** `[kh, kw, 1, C]` to tfjs's `[kh, kw, C, 1]`: the same numbers in the same order. */
function perChannel(filter: tf.Tensor4D): tf.Tensor4D {
  const [height, width, , channels] = filter.shape;
  return tf.reshape(filter, [height, width, channels, 1]);
}

/** The convolution alone. */
function convolve(params: Params, x: tf.Tensor4D, spec: ConvSpec): tf.Tensor4D {
  const filter = param<tf.Tensor4D>(params, `${spec.conv}.weight`);
  const pad = (spec.kernel - 1) / 2;
  if (spec.groups === 1) return conv2d(x, filter, spec.stride, pad);
  // tfjs's WASM backend has no gradients of depthwise convolutions.
  if (isDepthwise(spec) && tf.getBackend() !== 'wasm')
    return depthwiseConv2d(x, perChannel(filter), spec.stride, pad);
  return groupedConv2d(x, filter, spec.groups, spec.stride, pad);
}

function trainingUnit(
  params: Params,
  x: tf.Tensor4D,
  spec: ConvSpec,
  { runningStatistics: updates, batchNorm = batchNormTraining }: Extract<Mode, { kind: 'training' }>,
): tf.Tensor4D {
  const y = convolve(params, x, spec);
  const [meanName, varianceName] = [`${spec.bn}.running_mean`, `${spec.bn}.running_var`];
  const running = {
    mean: param<tf.Tensor1D>(params, meanName),
    variance: param<tf.Tensor1D>(params, varianceName),
  };
  return batchNorm(
    y,
    param<tf.Tensor1D>(params, `${spec.bn}.weight`),
    param<tf.Tensor1D>(params, `${spec.bn}.bias`),
    (batch) => {
      const moved = movedStatistics(running, batch, y.size / spec.outChannels);
      updates.set(meanName, tf.keep(moved.mean));
      updates.set(varianceName, tf.keep(moved.variance));
    },
  );
}

/** Convolution, bias and ReLU in one kernel. */
function foldedUnit(params: Params, x: tf.Tensor4D, spec: ConvSpec, relu: boolean): tf.Tensor4D {
  const filter = param<tf.Tensor4D>(params, `${spec.conv}.weight`);
  const bias = param<tf.Tensor1D>(params, `${spec.conv}.bias`);
  const pad = (spec.kernel - 1) / 2;
  const activation = relu ? 'relu' : 'linear';
  if (spec.groups > 1 && !isDepthwise(spec)) {
    return groupedConv2d(x, filter, spec.groups, spec.stride, pad, { bias, activation });
  }
  const written = pad > 0 && needsWrittenPadding();
  const convolution = isDepthwise(spec) ? tf.fused.depthwiseConv2d : tf.fused.conv2d;
  return convolution({
    x: written ? padSpace(x, pad) : x,
    filter: isDepthwise(spec) ? perChannel(filter) : filter,
    strides: spec.stride,
    pad: written || pad === 0 ? 'valid' : pad,
    bias,
    activation,
  });
}
