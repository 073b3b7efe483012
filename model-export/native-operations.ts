/**
 * Batch normalisation, grouped convolutions and ReLU as single operations of TensorFlow's C library, gradients included.
 * From tfjs operations they take half of a training step on a CPU. Other backends use the network's own definitions.
 */
import * as tf from '@tensorflow/tfjs-core';
import { EPSILON } from '../src/detector/batch-norm.ts';
import type { BatchStatistics } from '../src/detector/batch-norm.ts';
import { GROUPED_CONV_2D, groupedConv2d } from '../src/detector/grouped-conv.ts';
import type { GroupedConvAttrs, GroupedConvInputs } from '../src/detector/grouped-conv.ts';
import { padSpace } from '../src/detector/padding.ts';

/** The part of tfjs-node's backend that runs any TensorFlow operation by name. */
interface NativeBackend {
  binding: {
    TF_ATTR_TYPE: number;
    TF_ATTR_STRING: number;
    TF_ATTR_INT: number;
    TF_ATTR_FLOAT: number;
    TF_ATTR_BOOL: number;
    TF_FLOAT: number;
  };
  executeSingleOutput(name: string, attributes: object[], inputs: tf.TensorInfo[]): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: object[],
    inputs: tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
}

/** Whether the active backend is tfjs-node. */
export function hasNativeOperations(): boolean {
  return tf.getBackend() === 'tensorflow';
}

function nativeBackend(): NativeBackend {
  return tf.backend() as unknown as NativeBackend;
}

/** Takes the place of `batchNormTraining` of `src/detector/batch-norm.ts`, with the same arguments and results. */
export function nativeBatchNorm(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  onStatistics: (statistics: BatchStatistics) => void,
): tf.Tensor4D {
  const backend = nativeBackend();
  const { binding } = backend;
  const attributes = [
    { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'U', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'data_format', type: binding.TF_ATTR_STRING, value: 'NHWC' },
    { name: 'epsilon', type: binding.TF_ATTR_FLOAT, value: EPSILON },
    { name: 'is_training', type: binding.TF_ATTR_BOOL, value: true },
  ];
  const normalise = tf.customGrad((...args) => {
    const [input, gamma, beta] = args as tf.Tensor[] as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D];
    const save = args[3] as unknown as tf.GradSaveFunc;
    const empty = tf.tensor1d([]);
    const outputs = backend.executeMultipleOutputs(
      'FusedBatchNormV3',
      attributes,
      [input, gamma, beta, empty, empty],
      6,
    );
    const [value, mean, unbiased, ...reserved] = outputs as [
      tf.Tensor4D,
      tf.Tensor1D,
      tf.Tensor1D,
      ...tf.Tensor[],
    ];
    const count = input.size / gamma.size;
    onStatistics({ mean, variance: tf.mul(unbiased, (count - 1) / count) });
    save([input, gamma, ...reserved]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] =>
      backend.executeMultipleOutputs('FusedBatchNormGradV3', attributes, [dy, ...saved], 5).slice(0, 3);
    return { value, gradFunc };
  });
  return normalise(x, scale, offset) as tf.Tensor4D;
}

/**
 * Gives ReLU TensorFlow's own gradient, one pass over memory; tfjs makes it from six operations. Only where the active
 * backend is tfjs-node; the results are the same.
 */
export function useNativeReluGradient(): void {
  tf.unregisterGradient(tf.Relu);
  tf.registerGradient({
    kernelName: tf.Relu,
    outputsToSave: [true],
    gradFunc: (dy, saved) => {
      const backend = nativeBackend();
      const attributes = [{ name: 'T', type: backend.binding.TF_ATTR_TYPE, value: backend.binding.TF_FLOAT }];
      return { x: () => backend.executeSingleOutput('ReluGrad', attributes, [dy as tf.Tensor, saved[0]!]) };
    },
  });
}

/** The output is as large as the input: TensorFlow pads by itself. */
const keepsSize = (filter: tf.Tensor4D, { stride, pad }: GroupedConvAttrs): boolean =>
  stride === 1 && [filter.shape[0], filter.shape[1]].every((side) => side === 2 * pad + 1);

/** TensorFlow's operation on an input whose padding is either its own or written out. */
class NativeConvolution {
  private readonly input: tf.Tensor4D;
  private readonly attributes: object[];

  constructor(
    x: tf.Tensor4D,
    private readonly filter: tf.Tensor4D,
    attrs: GroupedConvAttrs,
  ) {
    const { stride, pad } = attrs;
    const same = keepsSize(filter, attrs);
    this.input = same || pad === 0 ? x : padSpace(x, pad);
    const { binding } = nativeBackend();
    this.attributes = [
      { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
      { name: 'strides', type: binding.TF_ATTR_INT, value: [1, stride, stride, 1] },
      { name: 'padding', type: binding.TF_ATTR_STRING, value: same ? 'SAME' : 'VALID' },
      { name: 'data_format', type: binding.TF_ATTR_STRING, value: 'NHWC' },
      { name: 'use_cudnn_on_gpu', type: binding.TF_ATTR_BOOL, value: true },
      { name: 'dilations', type: binding.TF_ATTR_INT, value: [1, 1, 1, 1] },
    ];
  }

  forward(): tf.Tensor4D {
    return this.run('Conv2D', this.input, this.filter);
  }

  /** Where the size is kept. */
  byInput(dy: tf.Tensor): tf.Tensor4D {
    return this.run('Conv2DBackpropInput', tf.tensor1d(this.input.shape, 'int32'), this.filter, dy);
  }

  byFilter(dy: tf.Tensor): tf.Tensor4D {
    return this.run('Conv2DBackpropFilter', this.input, tf.tensor1d(this.filter.shape, 'int32'), dy);
  }

  private run(name: string, ...inputs: tf.Tensor[]): tf.Tensor4D {
    return nativeBackend().executeSingleOutput(name, this.attributes, inputs) as tf.Tensor4D;
  }
}

/**
 * Lets TensorFlow convolve in groups, which tfjs does not know: an input with more channels than the filter is meant so. On
 * a CPU only oneDNN has the gradients. Where they cannot be had, or differ, everything stays as it was.
 * @returns whether it does
 */
export function useNativeGroupedConv(): boolean {
  const own = {
    kernel: tf.getKernel(GROUPED_CONV_2D, 'tensorflow'),
    gradient: tf.getGradient(GROUPED_CONV_2D),
  };
  const expected = trial();
  replace(nativeKernel, nativeGradient(own.gradient));
  let usable: boolean;
  try {
    usable = tf.tidy(() =>
      trial().every(
        (tensor, index) => tf.max(tf.abs(tf.sub(tensor, expected[index]!))).dataSync()[0]! < 1e-3,
      ),
    );
  } catch {
    usable = false;
  }
  if (!usable) replace(own.kernel, own.gradient);
  tf.dispose(expected);
  return usable;
}

function replace(kernel: tf.KernelConfig, gradient: tf.GradConfig): void {
  tf.unregisterKernel(GROUPED_CONV_2D, 'tensorflow');
  tf.registerKernel(kernel);
  tf.unregisterGradient(GROUPED_CONV_2D);
  tf.registerGradient(gradient);
}

/** Values and gradients of both strides. */
function trial(): tf.Tensor[] {
  return tf.tidy(() => {
    const x = tf.randomNormal<tf.Rank.R4>([2, 5, 5, 8], 0, 1, 'float32', 1);
    const filter = tf.randomNormal<tf.Rank.R4>([3, 3, 2, 8], 0, 1, 'float32', 2);
    return [1, 2].flatMap((stride) => {
      const convolve = (a: tf.Tensor, b: tf.Tensor): tf.Tensor4D =>
        groupedConv2d(a as tf.Tensor4D, b as tf.Tensor4D, 4, stride, 1);
      return [convolve(x, filter), ...tf.grads((a, b) => tf.sum(tf.square(convolve(a, b))))([x, filter])];
    });
  });
}

const nativeKernel: tf.KernelConfig = {
  kernelName: GROUPED_CONV_2D,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs }) => {
    const { x, filter, bias } = inputs as unknown as GroupedConvInputs;
    const wanted = attrs as unknown as GroupedConvAttrs;
    return tf.tidy(() => {
      const plain = new NativeConvolution(x, filter, wanted).forward();
      const y = bias === undefined ? plain : tf.add<tf.Tensor4D>(plain, bias);
      return wanted.activation === 'relu' ? tf.relu(y) : y;
    });
  },
};

/** @param own by tfjs operations: oneDNN's gradient by the input takes three times as long where the stride is above 1 */
const nativeGradient = (own: tf.GradConfig): tf.GradConfig => ({
  kernelName: GROUPED_CONV_2D,
  inputsToSave: ['x', 'filter'],
  gradFunc: (dy, saved, namedAttrs) => {
    const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
    const attrs = namedAttrs as unknown as GroupedConvAttrs;
    const convolution = (): NativeConvolution => new NativeConvolution(x, filter, attrs);
    return {
      ...own.gradFunc(dy, saved, namedAttrs),
      ...(keepsSize(filter, attrs) && { x: () => tf.tidy(() => convolution().byInput(dy as tf.Tensor)) }),
      filter: () => tf.tidy(() => convolution().byFilter(dy as tf.Tensor)),
    };
  },
});
