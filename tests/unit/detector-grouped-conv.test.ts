import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { groupedConv2d } from '../../src/detector/grouped-conv.ts';
import { blockMask, groupsPerChunk, pinFilter, unpinFilter } from '../../src/detector/grouped-filter.ts';
import { conv2d } from '../../src/detector/padding.ts';
import { nodeBackends } from './detector-backends.ts';

interface Shape {
  side: number;
  groups: number;
  inPerGroup: number;
  outPerGroup: number;
  stride: number;
}

const shapes: Shape[] = [
  { side: 6, groups: 3, inPerGroup: 2, outPerGroup: 3, stride: 1 },
  { side: 7, groups: 16, inPerGroup: 4, outPerGroup: 4, stride: 2 },
  { side: 6, groups: 4, inPerGroup: 16, outPerGroup: 16, stride: 2 },
];

function tensors({ side, groups, inPerGroup, outPerGroup }: Shape): { x: tf.Tensor4D; filter: tf.Tensor4D } {
  return {
    x: tf.randomUniform([2, side, side, groups * inPerGroup], -1, 1, 'float32', 1) as tf.Tensor4D,
    filter: tf.randomUniform([3, 3, inPerGroup, groups * outPerGroup], -1, 1, 'float32', 2) as tf.Tensor4D,
  };
}

/** The same as one dense convolution, made of ops that tfjs differentiates itself. */
function dense(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  { groups, inPerGroup, outPerGroup, stride }: Shape,
): tf.Tensor4D {
  const full = tf.mul<tf.Tensor4D>(
    tf.tile(filter, [1, 1, groups, 1]),
    blockMask(groups, inPerGroup, outPerGroup),
  );
  return conv2d(x, full, stride, 1);
}

function largestDifference(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!);
}

describe.each(nodeBackends)('grouped convolution on %s', (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
    tf.engine().startScope();
    return () => tf.engine().endScope();
  });

  test.each(shapes)('equals a dense block-diagonal convolution: %o', (shape) => {
    const { x, filter } = tensors(shape);
    const ours = groupedConv2d(x, filter, shape.groups, shape.stride, 1);
    expect(ours.shape).toEqual(dense(x, filter, shape).shape);
    expect(largestDifference(ours, dense(x, filter, shape))).toBeLessThan(1e-5);
  });

  test('adds the bias and applies ReLU', () => {
    const shape = shapes[2]!;
    const { x, filter } = tensors(shape);
    const bias = tf.randomUniform([64], -2, 2, 'float32', 3) as tf.Tensor1D;
    const ours = groupedConv2d(x, filter, shape.groups, shape.stride, 1, { bias, activation: 'relu' });
    const expected = tf.relu(tf.add(dense(x, filter, shape), bias));
    expect(largestDifference(ours, expected)).toBeLessThan(1e-5);
    expect(tf.min(ours).dataSync()[0]).toBe(0);
  });

  test.each(shapes)('has the gradients of the dense one: %o', (shape) => {
    const { x, filter } = tensors(shape);
    const dy = tf.randomUniform(dense(x, filter, shape).shape, -1, 1, 'float32', 4);
    const gradients = (f: (x: tf.Tensor4D, w: tf.Tensor4D) => tf.Tensor): tf.Tensor[] =>
      tf.grads(f as unknown as (...args: tf.Tensor[]) => tf.Tensor)([x, filter], dy);
    const ours = gradients((a, w) => groupedConv2d(a, w, shape.groups, shape.stride, 1));
    const expected = gradients((a, w) => dense(a, w, shape));
    expect(ours[1]!.shape).toEqual(filter.shape);
    expect(largestDifference(ours[0]!, expected[0]!)).toBeLessThan(1e-4);
    expect(largestDifference(ours[1]!, expected[1]!)).toBeLessThan(1e-4);
  });

  test('the filter gradient equals a difference quotient', () => {
    const shape = shapes[0]!;
    const { x, filter } = tensors(shape);
    const loss = (w: tf.Tensor4D): tf.Scalar => tf.sum(tf.square(groupedConv2d(x, w, shape.groups, 1, 1)));
    const gradient = tf
      .grad(loss as (w: tf.Tensor) => tf.Tensor)(filter)
      .dataSync();
    const values = filter.dataSync();
    const step = 1e-2; // the loss is quadratic in the filter: the central difference is exact but for rounding
    for (const at of [0, 17, values.length - 1]) {
      const lossAt = (delta: number): number => {
        const moved = values.slice();
        moved[at] = moved[at]! + delta;
        return loss(tf.tensor4d(moved, filter.shape)).dataSync()[0]!;
      };
      const quotient = (lossAt(step) - lossAt(-step)) / (2 * step);
      expect(Math.abs(quotient - gradient[at]!)).toBeLessThan(0.02 * Math.max(1, Math.abs(quotient)));
    }
  });

  test('a pinned filter is packed once and gives the same numbers', () => {
    const shape = shapes[1]!;
    const { x, filter } = tensors(shape);
    const before = tf.memory().numTensors;
    const loose = groupedConv2d(x, filter, shape.groups, shape.stride, 1);
    pinFilter(filter, shape.groups);
    const pinned = groupedConv2d(x, filter, shape.groups, shape.stride, 1);
    expect(largestDifference(loose, pinned)).toBe(0);
    unpinFilter(filter);
    expect(tf.memory().numTensors).toBe(before + 2);
  });

  test('a filter that two have pinned stays packed until both are done, as beside an activation map', () => {
    const shape = shapes[1]!;
    const { filter } = tensors(shape);
    const loose = tf.memory().numTensors;
    pinFilter(filter, shape.groups);
    const packed = tf.memory().numTensors;
    expect(packed).toBeGreaterThan(loose);
    pinFilter(filter, shape.groups);
    unpinFilter(filter);
    expect(tf.memory().numTensors).toBe(packed);
    unpinFilter(filter);
    expect(tf.memory().numTensors).toBe(loose);
  });
});

test('channels that do not fit the groups are refused with the numbers', () => {
  const [x, filter] = [tf.zeros([1, 4, 4, 6]) as tf.Tensor4D, tf.zeros([3, 3, 2, 6]) as tf.Tensor4D];
  expect(() => groupedConv2d(x, filter, 2, 1, 1)).toThrow('6 input channels, filter [3,3,2,6], 2 groups');
  tf.dispose([x, filter]);
});

test('a chunk holds as many whole groups as its width allows', () => {
  expect(groupsPerChunk(8, 4)).toBe(8); // 32 channels in all: one dense convolution
  expect(groupsPerChunk(32, 4)).toBe(8);
  expect(groupsPerChunk(32, 16)).toBe(2);
  expect(groupsPerChunk(8, 64)).toBe(1);
  expect(groupsPerChunk(6, 10)).toBe(3); // a divisor of the groups
});
