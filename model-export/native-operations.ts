/**
 * Batch normalisation and ReLU of training as single operations of TensorFlow's C library, gradients included. From
 * tfjs operations they take a third of a training step on a CPU. Other backends use the network's own definitions.
 */
import * as tf from '@tensorflow/tfjs-core';
import { EPSILON } from '../src/detector/batch-norm.ts';
import type { BatchStatistics } from '../src/detector/batch-norm.ts';

/** The part of tfjs-node's backend that runs any TensorFlow operation by name. */
interface NativeBackend {
  binding: {
    TF_ATTR_TYPE: number;
    TF_ATTR_STRING: number;
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
