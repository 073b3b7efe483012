import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { openBackend } from '../../model-export/backend.ts';
import { nativeBatchNorm, useNativeReluGradient } from '../../model-export/native-operations.ts';
import { batchNormTraining, type BatchStatistics } from '../../src/detector/batch-norm.ts';

const available = await openBackend('tfjs-node').catch(() => undefined);
if (available === undefined)
  console.log('tfjs-node is not built here: `npx tsx model-export/setup-tfjs-node.ts`; skipped');

const worst = (a: tf.Tensor, b: tf.Tensor): number =>
  tf.div(tf.max(tf.abs(tf.sub(a, b))), tf.max(tf.abs(b))).dataSync()[0]!;

describe.skipIf(available === undefined)('native operations of tfjs-node', () => {
  it('normalise as the network does: values, statistics and gradients', () => {
    const x = tf.randomNormal<tf.Rank.R4>([3, 5, 6, 4], 1, 2, 'float32', 1);
    const scale = tf.tensor1d([0.5, 1, -2, 0.1]);
    const offset = tf.tensor1d([0, 1, 2, 3]);
    const weight = tf.randomNormal([3, 5, 6, 4], 0, 1, 'float32', 2);
    const run = (norm: typeof batchNormTraining): tf.Tensor[] => {
      const seen: tf.Tensor[] = [];
      const keep = ({ mean, variance }: BatchStatistics): void =>
        void seen.push(tf.keep(mean), tf.keep(variance));
      const loss = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor): tf.Scalar =>
        tf.sum(tf.mul(weight, norm(a as tf.Tensor4D, b as tf.Tensor1D, c as tf.Tensor1D, keep)));
      const gradients = tf.grads(loss)([x, scale, offset]);
      return [...seen, ...gradients, norm(x, scale, offset, () => undefined)];
    };
    const own = run(nativeBatchNorm);
    const reference = run(batchNormTraining);
    expect(own).toHaveLength(reference.length);
    own.forEach((tensor, i) => expect(worst(tensor, reference[i]!)).toBeLessThan(1e-4));
  });

  it('have the same gradient of ReLU', () => {
    const x = tf.tensor1d([-2, -0.5, 0, 0.5, 2]);
    const gradient = (): number[] => [
      ...tf
        .grad((v) => tf.sum(tf.mul(tf.relu(v), [1, 2, 3, 4, 5])))(x)
        .dataSync(),
    ];
    const before = gradient();
    useNativeReluGradient();
    expect(gradient()).toEqual(before);
  });
});
