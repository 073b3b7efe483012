import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from './config.ts';
import { foldBatchNorm } from './fold.ts';
import { integerLevels, integerParams } from './integer-fill.ts';
import { cropFeatures, sequenceLogits } from './network.ts';

const sequence = { inputSize: 32, sequenceLength: 2, lstm: { units: 8, bidirectional: true } };

/**
 * Small, but with every op of a real model: packed groups in one and in two chunks, both strides, both directions; one channel per
 * group, with filters of both sides; a coarse look, and a companion.
 */
const SELF_TEST_CONFIGS: readonly DetectorConfig[] = [
  {
    ...sequence,
    trunk: { depths: [1, 1], cardinality: 8, widthPerGroup: 4, stem: 'compact', stemChannels: 16 },
    coarse: { side: 8, weight: 0.6 },
    companion: {
      trunk: { depths: [1], cardinality: 4, widthPerGroup: 4, stem: 'compact', stemChannels: 8 },
      lstm: { units: 4, bidirectional: false },
      evenFrom: 80,
    },
  },
  {
    ...sequence,
    trunk: {
      stem: 'inverted',
      stemChannels: 8,
      stages: [
        { depth: 1, channels: 8, expansion: 1, kernel: 3, stride: 2 },
        { depth: 2, channels: 12, expansion: 3, kernel: 5, stride: 2 },
      ],
    },
  },
];

/** Pixels; of which all members have a say. */
const FACE_SIZE = 80;

/** Largest error allowed, relative to the largest expected logit. float32 sums in another order stay below 1e-5. */
export const SELF_TEST_TOLERANCE = 1e-3;

/** The logits on tfjs's cpu backend; tests/unit/detector-self-test.test.ts computes them again. */
export const SELF_TEST_LOGITS: readonly number[] = [
  0.2312580794095993, 0.24472492933273315, -0.05652708560228348, -0.050281405448913574,
];

/** The logits that the current backend computes, of one network after the other. */
export async function selfTestLogits(): Promise<Float32Array> {
  // Read in one piece: a GPU answers slowly, however little it is asked.
  const logits = tf.tidy(() => tf.concat(SELF_TEST_CONFIGS.map((config) => networkLogits(config))));
  try {
    return await logits.data<'float32'>();
  } finally {
    logits.dispose();
  }
}

/** @returns `[frames]` */
function networkLogits(config: DetectorConfig): tf.Tensor1D {
  return tf.tidy(() => {
    const original = integerParams(config);
    const params = foldBatchNorm(original, config);
    const levels = integerLevels(config.sequenceLength, config.inputSize);
    const features = cropFeatures(params, levels, config, { kind: 'folded' }, (seen) =>
      tf.add(tf.mul(seen, 1 / 64), -2),
    );
    const logits = sequenceLogits(params, tf.expandDims<tf.Tensor3D>(features, 0), config, FACE_SIZE);
    // Kept by `foldBatchNorm`, for callers that run the network again.
    tf.dispose([...original.values(), ...params.values()]);
    return tf.reshape(logits, [-1]);
  });
}

/** @returns the relative error of a backend's logits; infinite when a number is not finite */
export function selfTestError(logits: ArrayLike<number>): number {
  const largest = Math.max(...SELF_TEST_LOGITS.map(Math.abs));
  const errors = SELF_TEST_LOGITS.map((expected, i) => Math.abs((logits[i] ?? NaN) - expected));
  return errors.every(Number.isFinite) ? Math.max(...errors) / largest : Infinity;
}
