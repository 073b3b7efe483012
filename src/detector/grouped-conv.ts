import * as tf from '@tensorflow/tfjs-core';
import './conv-backprop-filter-wasm.ts';
import { groupedConvWebGpu } from './grouped-conv-webgpu.ts';
import { groupsPerChunk, packedFilter, packFilter, unpackChunk } from './grouped-filter.ts';
import { needsWrittenPadding, padSpace } from './padding.ts';

/** Name of the op in tfjs's kernel registry. */
export const GROUPED_CONV_2D = 'GroupedConv2D';

export interface GroupedConvAttrs {
  groups: number;
  stride: number;
  /** Zeros on every side of height and width, as in PyTorch. */
  pad: number;
  activation: 'linear' | 'relu';
}

export interface GroupedConvInputs {
  x: tf.Tensor4D;
  filter: tf.Tensor4D;
  bias?: tf.Tensor1D | undefined;
}

/**
 * Grouped 2D convolution, `nn.Conv2d(groups=...)`: output channels of group g see the input channels of group g only.
 * Differentiable in `x` and `filter` when there is neither bias nor activation (training has batch norm instead).
 * @param x `[N, H, W, in]`
 * @param filter `[kh, kw, in / groups, out]`
 * @param options.bias `[out]`, added before the activation
 * @returns `[N, H', W', out]` with `H' = floor((H + 2 * pad - kh) / stride) + 1`
 * @throws Error when the channels do not fit the groups
 */
export function groupedConv2d(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  groups: number,
  stride: number,
  pad: number,
  options: { bias?: tf.Tensor1D; activation?: 'linear' | 'relu' } = {},
): tf.Tensor4D {
  if (x.shape[3] !== groups * filter.shape[2] || filter.shape[3] % groups !== 0) {
    throw new Error(
      `grouped convolution: ${x.shape[3]} input channels, filter [${filter.shape.join()}], ${groups} groups do not fit`,
    );
  }
  const inputs = { x, filter, ...(options.bias !== undefined && { bias: options.bias }) };
  const attrs: GroupedConvAttrs = { groups, stride, pad, activation: options.activation ?? 'linear' };
  return tf.engine().runKernel<tf.Tensor4D>(GROUPED_CONV_2D, inputs, attrs as unknown as tf.NamedAttrMap);
}

/** Convolves chunks of groups with dense block-diagonal filters. For backends without grouped convolutions. */
function packedConvolution({ x, filter, bias }: GroupedConvInputs, attrs: GroupedConvAttrs): tf.Tensor4D {
  return tf.tidy(() => {
    const filters = packedFilter(filter, attrs.groups);
    const { input, pad } = prepared(x, filter, attrs);
    const biases = bias === undefined ? undefined : tf.split(bias, filters.length);
    const outputs = split(input, filters.length).map((part, chunk) =>
      tf.fused.conv2d({
        x: part,
        filter: filters[chunk]!,
        strides: attrs.stride,
        pad,
        ...(biases !== undefined && { bias: biases[chunk]! }),
        activation: attrs.activation,
      }),
    );
    return outputs.length === 1 ? outputs[0]! : tf.concat4d(outputs, 3);
  });
}

/** The input and the padding as the backend takes them. */
function prepared(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  { stride, pad }: GroupedConvAttrs,
): { input: tf.Tensor4D; pad: number | 'same' | 'valid'; written: number } {
  if (pad === 0) return { input: x, pad: 'valid', written: 0 };
  if (!needsWrittenPadding()) return { input: x, pad, written: 0 };
  const keepsSize = stride === 1 && filter.shape[0] === 2 * pad + 1 && filter.shape[1] === 2 * pad + 1;
  if (keepsSize) return { input: x, pad: 'same', written: 0 };
  return { input: padSpace(x, pad), pad: 'valid', written: pad };
}

function split(x: tf.Tensor4D, parts: number): tf.Tensor4D[] {
  return parts === 1 ? [x] : tf.split(x, parts, 3);
}

/** Gradient by the input, chunk by chunk with the dense filters. */
function inputGradient(
  dy: tf.Tensor4D,
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  attrs: GroupedConvAttrs,
): tf.Tensor4D {
  return tf.tidy(() => {
    const filters = packFilter(filter, attrs.groups);
    const { input, pad, written } = prepared(x, filter, attrs);
    const [batch, height, width, channels] = input.shape;
    const inputShape = [batch, height, width, channels / filters.length];
    const parts = split(dy, filters.length).map((part, chunk) =>
      tf
        .engine()
        .runKernel<tf.Tensor4D>(
          tf.Conv2DBackpropInput,
          { dy: part, filter: filters[chunk]! },
          { ...convAttrs(attrs.stride, pad), inputShape },
        ),
    );
    const dx = parts.length === 1 ? parts[0]! : tf.concat4d(parts, 3);
    return written === 0 ? dx : tf.slice4d(dx, [0, written, written, 0], x.shape);
  });
}

/** Gradient by the filter: dense gradients of the chunks, of which only the diagonal blocks count. */
function filterGradient(
  dy: tf.Tensor4D,
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  attrs: GroupedConvAttrs,
): tf.Tensor4D {
  return tf.tidy(() => {
    const [kh, kw, inPerGroup, out] = filter.shape;
    const count = groupsPerChunk(attrs.groups, inPerGroup);
    const chunks = attrs.groups / count;
    const { input, pad } = prepared(x, filter, attrs);
    const inputs = split(input, chunks);
    const filterShape = [kh, kw, inPerGroup * count, out / chunks];
    const parts = split(dy, chunks).map((part, chunk) => {
      const dense = tf
        .engine()
        .runKernel<tf.Tensor4D>(
          tf.Conv2DBackpropFilter,
          { x: inputs[chunk]!, dy: part },
          { ...convAttrs(attrs.stride, pad), filterShape },
        );
      return unpackChunk(dense, count);
    });
    return parts.length === 1 ? parts[0]! : tf.concat4d(parts, 3);
  });
}

function convAttrs(stride: number, pad: number | 'same' | 'valid'): tf.NamedAttrMap {
  return { strides: [stride, stride], pad, dataFormat: 'NHWC' } as unknown as tf.NamedAttrMap;
}

for (const backendName of ['cpu', 'wasm', 'tensorflow']) {
  tf.registerKernel({
    kernelName: GROUPED_CONV_2D,
    backendName,
    kernelFunc: ({ inputs, attrs }) =>
      packedConvolution(inputs as unknown as GroupedConvInputs, attrs as unknown as GroupedConvAttrs),
  });
}

tf.registerKernel({
  kernelName: GROUPED_CONV_2D,
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs, backend }) =>
    groupedConvWebGpu(
      inputs as unknown as GroupedConvInputs,
      attrs as unknown as GroupedConvAttrs,
      backend as Parameters<typeof groupedConvWebGpu>[2],
    ),
});

tf.registerGradient({
  kernelName: GROUPED_CONV_2D,
  inputsToSave: ['x', 'filter'],
  gradFunc: (dy, saved, namedAttrs) => {
    const attrs = namedAttrs as unknown as GroupedConvAttrs;
    if (attrs.activation !== 'linear')
      throw new Error('grouped convolution: no gradient through the activation');
    const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
    return {
      x: () => inputGradient(dy as tf.Tensor4D, x, filter, attrs),
      filter: () => filterGradient(dy as tf.Tensor4D, x, filter, attrs),
      bias: () => tf.sum(dy as tf.Tensor4D, [0, 1, 2]),
    };
  },
});
