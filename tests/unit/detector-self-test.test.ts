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

test('a backend with a wrong kernel is found out', async () => {
  await tf.setBackend('wasm');
  const right = tf.getKernel('GroupedConv2D', 'wasm');
  tf.unregisterKernel('GroupedConv2D', 'wasm');
  // As a driver with a fault might: every result a little too large.
  const wrong: tf.KernelFunc = (params) =>
    tf.mul(right.kernelFunc(params) as tf.Tensor, 1.02) as unknown as tf.TensorInfo;
  tf.registerKernel({ ...right, kernelFunc: wrong });
  try {
    expect(selfTestError(await selfTestLogits())).toBeGreaterThan(1e-3);
  } finally {
    tf.unregisterKernel('GroupedConv2D', 'wasm');
    tf.registerKernel(right);
  }
});

test('numbers that are not finite, or too few, are an infinite error', () => {
  expect(selfTestError([NaN, SELF_TEST_LOGITS[1]!])).toBe(Infinity);
  expect(selfTestError([SELF_TEST_LOGITS[0]!])).toBe(Infinity);
  expect(selfTestError(SELF_TEST_LOGITS)).toBe(0);
});
