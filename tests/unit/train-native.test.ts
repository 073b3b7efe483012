import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { openBackend } from '../../model-export/backend.ts';
import { nativeBatchNorm, useNativeGroupedConv } from '../../model-export/native-operations.ts';
import { batchNormTraining, type BatchStatistics } from '../../src/detector/batch-norm.ts';
import { groupedConv2d } from '../../src/detector/grouped-conv.ts';
import { conv2d } from '../../src/detector/padding.ts';

// As the commands have it (`relaunch.ts`): without oneDNN there is no gradient of grouped convolutions on a CPU.
process.env['TF_ENABLE_ONEDNN_OPTS'] = '1';
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

  it('have the gradient of ReLU', () => {
    const x = tf.tensor1d([-2, -0.5, 0, 0.5, 2]);
    const gradient = tf.grad((v) => tf.sum(tf.mul(tf.relu(v), [1, 2, 3, 4, 5])))(x);
    expect([...gradient.dataSync()]).toEqual([0, 0, 0, 4, 5]);
  });

  it.each([1, 2])('convolve in groups as one convolution per group does, with stride %i', (stride) => {
    expect(useNativeGroupedConv()).toBe(true);
    const groups = 4;
    const x = tf.randomNormal<tf.Rank.R4>([3, 9, 7, 16], 0, 1, 'float32', 3);
    const filter = tf.randomNormal<tf.Rank.R4>([3, 3, 4, 24], 0, 1, 'float32', 4);
    const bias = tf.randomNormal<tf.Rank.R1>([24], 0, 1, 'float32', 5);
    const apart = (a: tf.Tensor, b: tf.Tensor): tf.Tensor4D => {
      const filters = tf.split(b as tf.Tensor4D, groups, 3);
      const parts = tf.split(a as tf.Tensor4D, groups, 3);
      return tf.concat4d(
        parts.map((part, group) => conv2d(part as tf.Tensor4D, filters[group] as tf.Tensor4D, stride, 1)),
        3,
      );
    };
    const together = (a: tf.Tensor, b: tf.Tensor): tf.Tensor4D =>
      groupedConv2d(a as tf.Tensor4D, b as tf.Tensor4D, groups, stride, 1);
    const gradients = (convolve: typeof apart): tf.Tensor[] =>
      tf.grads((a, b) => tf.sum(tf.square(convolve(a, b))))([x, filter]);
    const [own, reference] = [gradients(together), gradients(apart)];
    own.forEach((tensor, i) => expect(worst(tensor, reference[i]!)).toBeLessThan(1e-4));
    const folded = groupedConv2d(x, filter, groups, stride, 1, { bias, activation: 'relu' });
    expect(worst(folded, tf.relu(tf.add(apart(x, filter), bias)))).toBeLessThan(1e-5);
  });
});
