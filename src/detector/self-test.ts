import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from './config.ts';
import { foldBatchNorm } from './fold.ts';
import { integerInput, integerParams } from './integer-fill.ts';
import { sequenceLogits, trunkFeatures } from './network.ts';

/** Small, but with every op of a real model: packed groups in one and in two chunks, both strides, both directions. */
export const SELF_TEST_CONFIG: DetectorConfig = {
  inputSize: 32,
  sequenceLength: 2,
  trunk: { depths: [1, 1], cardinality: 8, widthPerGroup: 4, stem: 'compact', stemChannels: 16 },
  lstm: { units: 8, bidirectional: true },
};

/** Largest error allowed, relative to the largest expected logit. float32 sums in another order stay below 1e-5. */
export const SELF_TEST_TOLERANCE = 1e-3;

/** The logits on tfjs's cpu backend; tests/unit/detector-self-test.test.ts computes them again. */
export const SELF_TEST_LOGITS: readonly number[] = [0.3770465552806854, 0.42654019594192505];

/** The logits that the current backend computes. */
export async function selfTestLogits(): Promise<Float32Array> {
  const original = integerParams(SELF_TEST_CONFIG);
  const params = foldBatchNorm(original, SELF_TEST_CONFIG);
  const logits = tf.tidy(() => {
    const { inputSize, sequenceLength } = SELF_TEST_CONFIG;
    const input = integerInput(sequenceLength, inputSize);
    const features = trunkFeatures(params, input, SELF_TEST_CONFIG, { kind: 'folded' });
    return sequenceLogits(params, tf.expandDims<tf.Tensor3D>(features, 0), SELF_TEST_CONFIG);
  });
  try {
    return await logits.data<'float32'>();
  } finally {
    tf.dispose([logits, ...original.values(), ...params.values()]);
  }
}

/** @returns the relative error of a backend's logits; infinite when a number is not finite */
export function selfTestError(logits: ArrayLike<number>): number {
  const largest = Math.max(...SELF_TEST_LOGITS.map(Math.abs));
  const errors = SELF_TEST_LOGITS.map((expected, i) => Math.abs((logits[i] ?? NaN) - expected));
  return errors.every(Number.isFinite) ? Math.max(...errors) / largest : Infinity;
}
