import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { FlatParameters } from '../../model-export/flat-parameters.ts';
import { ascent, cosineRate, Optimizer } from '../../model-export/optimizer.ts';

const layout = [
  { name: 'kernel', shape: [2, 3] },
  { name: 'bias', shape: [3] },
];
const settings = { kind: 'adamw', weightDecay: 0.1, clipNorm: 1e9, averageHalfLife: 100 } as const;

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('flat parameters', () => {
  it("join and split are each other's inverse, and a gradient flows through", () => {
    const flat = new FlatParameters(layout);
    const vector = tf.tensor1d([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const parts = flat.split(vector);
    expect(parts['kernel']!.shape).toEqual([2, 3]);
    expect([...parts['bias']!.dataSync()]).toEqual([7, 8, 9]);
    expect([...flat.join(parts).dataSync()]).toEqual([...vector.dataSync()]);
    expect(() => flat.join({ kernel: parts['kernel']! })).toThrow(/bias/);
    expect([...flat.mask(({ name }) => name === 'bias').dataSync()]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1]);
  });
});

describe('AdamW', () => {
  it('follows the published update', async () => {
    const rate = 0.01;
    const start = [0.5, -1, 2];
    const gradients = [
      [0.3, -0.2, 0],
      [-0.1, 0.4, 0.05],
      [0.2, 0.2, -0.3],
    ];
    const decayed = [1, 0, 1];
    const optimizer = new Optimizer(
      settings,
      tf.tensor1d(decayed),
      Optimizer.begin(Float32Array.from(start)),
    );
    const all = tf.tensor1d([1, 1, 1]);
    // Loshchilov and Hutter 2019, algorithm 2, in double precision.
    const expected = [...start];
    const [m, v] = [start.map(() => 0), start.map(() => 0)];
    for (const [step, gradient] of gradients.entries()) {
      optimizer.step(tf.tensor1d(gradient), rate, all);
      gradient.forEach((g, i) => {
        m[i] = 0.9 * m[i]! + 0.1 * g;
        v[i] = 0.999 * v[i]! + 0.001 * g * g;
        const direction =
          m[i]! / (1 - 0.9 ** (step + 1)) / (Math.sqrt(v[i]! / (1 - 0.999 ** (step + 1))) + 1e-8);
        expected[i]! -= rate * (direction + 0.1 * decayed[i]! * expected[i]!);
      });
    }
    const { weights, steps } = await optimizer.state();
    expected.forEach((value, i) => expect(weights[i]).toBeCloseTo(value, 5));
    expect(steps).toBe(3);
  });

  it('scales a large gradient down to the norm, and leaves frozen weights alone', async () => {
    const clipped = new Optimizer(
      { ...settings, kind: 'sgd', weightDecay: 0, clipNorm: 1 },
      tf.tensor1d([0, 0]),
      Optimizer.begin(Float32Array.from([0, 0])),
    );
    clipped.step(tf.tensor1d([30, 40]), 1, tf.tensor1d([1, 1]));
    const { weights } = await clipped.state();
    expect(weights[0]).toBeCloseTo(-0.6, 4);
    expect(weights[1]).toBeCloseTo(-0.8, 4);
    clipped.step(tf.tensor1d([30, 40]), 1, tf.tensor1d([0, 1]));
    expect((await clipped.state()).weights[0]).toBeCloseTo(weights[0]! - 0, 4);
  });

  it('averages the weights, and a new stage begins with the average', async () => {
    const optimizer = new Optimizer(
      { ...settings, kind: 'sgd', weightDecay: 0 },
      tf.tensor1d([0]),
      Optimizer.begin(Float32Array.from([0])),
    );
    for (let step = 0; step < 50; step++) optimizer.step(tf.tensor1d([-1]), 0.01, tf.tensor1d([1]));
    const before = await optimizer.state();
    expect(before.average[0]!).toBeGreaterThan(0);
    expect(before.average[0]!).toBeLessThan(before.weights[0]!);
    optimizer.restart();
    const after = await optimizer.state();
    expect(after.weights[0]).toBe(before.average[0]);
    expect(after.first[0]).toBe(0);
    expect(after.steps).toBe(0);
  });

  it('holds no more tensors after many steps', () => {
    const optimizer = new Optimizer(
      settings,
      tf.tensor1d([1, 1]),
      Optimizer.begin(Float32Array.from([1, 2])),
    );
    const [gradient, all] = [tf.tensor1d([0.1, 0.2]), tf.tensor1d([1, 1])];
    optimizer.step(gradient, 0.1, all);
    const { numTensors } = tf.memory();
    for (let step = 0; step < 20; step++) optimizer.step(gradient, 0.1, all);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});

describe('ascent', () => {
  it('goes as far as asked, along the gradient of the weights that may move', () => {
    expect([...ascent(tf.tensor1d([3, 7, 4]), tf.tensor1d([1, 0, 1]), 0.5).dataSync()]).toEqual([
      expect.closeTo(0.3, 6),
      0,
      expect.closeTo(0.4, 6),
    ]);
  });
});

describe('learning rate', () => {
  it('rises during warm-up and falls along half a cosine', () => {
    expect(cosineRate(1, 0, 0.1)).toBeLessThan(0.05);
    expect(cosineRate(1, 0.05, 0.1)).toBeCloseTo(0.5, 6);
    expect(cosineRate(1, 0.1, 0.1)).toBeCloseTo(1, 6);
    expect(cosineRate(1, 0.55, 0.1)).toBeCloseTo(0.505, 6);
    expect(cosineRate(1, 1, 0.1)).toBeCloseTo(0.01, 6);
  });
});
