import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { SELF_TEST_LOGITS, selfTestError, selfTestLogits } from '../../src/detector/self-test.ts';
import { nodeBackends } from './detector-backends.ts';

test.each(nodeBackends)('%s computes the stored logits', async (backend) => {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  expect(selfTestError(await selfTestLogits())).toBeLessThan(1e-5);
  expect(tf.memory().numTensors).toBe(before);
});

test.each(['GroupedConv2D', 'FusedDepthwiseConv2D', 'AvgPool', 'Floor', 'ResizeBilinear'])(
  'a backend with a wrong %s is found out',
  async (name) => {
    await tf.setBackend('wasm');
    const right = tf.getKernel(name, 'wasm');
    tf.unregisterKernel(name, 'wasm');
    // As a driver with a fault might: every result a little too large.
    const wrong: tf.KernelFunc = (params) => {
      const result = right.kernelFunc(params) as tf.TensorInfo;
      const tensor = result instanceof tf.Tensor ? result : tf.engine().makeTensorFromTensorInfo(result);
      return tf.mul(tensor, 1.02) as unknown as tf.TensorInfo;
    };
    tf.registerKernel({ ...right, kernelFunc: wrong });
    try {
      expect(selfTestError(await selfTestLogits())).toBeGreaterThan(1e-3);
    } finally {
      tf.unregisterKernel(name, 'wasm');
      tf.registerKernel(right);
    }
  },
);

test('numbers that are not finite, or too few, are an infinite error', () => {
  expect(selfTestError([NaN, ...SELF_TEST_LOGITS.slice(1)])).toBe(Infinity);
  expect(selfTestError(SELF_TEST_LOGITS.slice(1))).toBe(Infinity);
  expect(selfTestError(SELF_TEST_LOGITS)).toBe(0);
});
