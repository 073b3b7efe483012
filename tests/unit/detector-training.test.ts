import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { batchNormTraining, EPSILON } from '../../src/detector/batch-norm.ts';
import { RESNEXT50_32X4D, type DetectorConfig } from '../../src/detector/config.ts';
import { placeLogits, placeSide, trunkHead } from '../../model-export/auxiliary-heads.ts';
import { initParams } from '../../model-export/start-weights.ts';
import { flops, paramCount } from '../../src/detector/cost.ts';
import { forward, trunkActivations, trunkFeatures } from '../../src/detector/network.ts';
import { nodeBackends } from './detector-backends.ts';
import { TINY_INVERTED } from './detector-model.ts';

const tiny: DetectorConfig = {
  inputSize: 16,
  sequenceLength: 2,
  trunk: { depths: [1, 1, 1], cardinality: 4, widthPerGroup: 2, stem: 'compact', stemChannels: 8 },
  lstm: { units: 4, bidirectional: true },
};

describe.each(nodeBackends)('training on %s', (backend) => {
  test.each([
    ['bottlenecks', tiny],
    ["inverted bottlenecks, then ResNeXt's", { ...TINY_INVERTED, inputSize: 16 }],
  ])('a few steps of gradient descent learn which of two pictures is bright: %s', async (_, config) => {
    await tf.setBackend(backend);
    const params = new Map<string, tf.Variable>();
    for (const [name, tensor] of initParams(config, 7)) {
      params.set(name, tf.variable(tensor, !name.includes('running_')));
      tensor.dispose();
    }
    const noise = tf.randomNormal([4, 16, 16, 3], 0, 1, 'float32', 5);
    const x = tf.add(noise, tf.tensor([1, 1, -1, -1], [4, 1, 1, 1])) as tf.Tensor4D;
    const labels = tf.tensor2d([1, 1, 0, 0], [2, 2]);
    const loss = (updates: Map<string, tf.Tensor1D>): tf.Scalar =>
      tf.tidy(() => {
        const mode = { kind: 'training' as const, runningStatistics: updates };
        const logits = forward(params, x, 2, config, mode);
        return tf.losses.sigmoidCrossEntropy(labels, logits) as tf.Scalar;
      });
    const variables = [...params].filter(([name]) => !name.includes('running_') && !name.startsWith('aux.'));
    const optimizer = tf.train.momentum(0.3, 0.9);
    const history: number[] = [];
    let after = 0;
    for (let step = 0; step < 8; step++) {
      const updates = new Map<string, tf.Tensor1D>();
      const { value, grads } = tf.variableGrads(
        () => loss(updates),
        variables.map(([, variable]) => variable),
      );
      expect(Object.keys(grads).length).toBe(variables.length);
      optimizer.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
      history.push((await value.data())[0]!);
      updates.forEach((moved, name) => params.get(name)!.assign(moved));
      tf.dispose([value, grads, [...updates.values()]]);
      if (step === 1) after = tf.memory().numTensors;
    }
    expect(tf.memory().numTensors).toBe(after);
    expect(history[0]!).toBeGreaterThan(0.3);
    expect(history.at(-1)!).toBeLessThan(0.5 * history[0]!);
    expect(
      params
        .get('trunk.bn1.running_mean')!
        .dataSync()
        .some((mean) => mean !== 0),
    ).toBe(true);
    tf.dispose([noise, x, labels, [...params.values()]]);
    optimizer.dispose();
  });
});

test('batch norm has the value and the gradients of the composed formula', async () => {
  await tf.setBackend('cpu');
  tf.tidy(() => {
    const x = tf.randomNormal([2, 3, 3, 4], 1, 2, 'float32', 1) as tf.Tensor4D;
    const [scale, offset] = [tf.tensor1d([1, 2, -1, 0.5]), tf.tensor1d([0, 1, 2, 3])];
    const dy = tf.randomNormal([2, 3, 3, 4], 0, 1, 'float32', 2);
    const composed = (a: tf.Tensor, g: tf.Tensor, b: tf.Tensor): tf.Tensor => {
      const { mean, variance } = tf.moments(a, [0, 1, 2]);
      return tf.add(tf.mul(tf.div(tf.sub(a, mean), tf.sqrt(tf.add(variance, EPSILON))), g), b);
    };
    const ours = (a: tf.Tensor, g: tf.Tensor, b: tf.Tensor): tf.Tensor =>
      batchNormTraining(a as tf.Tensor4D, g as tf.Tensor1D, b as tf.Tensor1D, () => undefined);
    const differences = [
      tf.sub(ours(x, scale, offset), composed(x, scale, offset)),
      ...tf
        .grads(ours)([x, scale, offset], dy)
        .map((gradient, i) => tf.sub(gradient, tf.grads(composed)([x, scale, offset], dy)[i]!)),
    ];
    for (const difference of differences) expect(tf.max(tf.abs(difference)).dataSync()[0]).toBeLessThan(1e-4);
  });
});

test('the same seed gives the same weights, another seed others', () => {
  const [a, b, c] = [initParams(tiny, 1), initParams(tiny, 1), initParams(tiny, 2)];
  const values = (params: Map<string, tf.Tensor>): number[] => [
    ...params.get('trunk.conv1.weight')!.dataSync(),
  ];
  expect(values(a)).toEqual(values(b));
  expect(values(a)).not.toEqual(values(c));
  const deviation = Math.sqrt(values(a).reduce((sum, v) => sum + v * v, 0) / values(a).length);
  expect(deviation).toBeGreaterThan(0.8 * Math.sqrt(2 / (9 * 8))); // He, fan-out of a 3x3 with 8 channels
  expect(deviation).toBeLessThan(1.2 * Math.sqrt(2 / (9 * 8)));
  tf.dispose([...a.values(), ...b.values(), ...c.values()]);
});

test('features and auxiliary logits have one row per crop, for any number of stages', () => {
  tf.tidy(() => {
    const params = initParams(tiny, 1);
    const features = trunkFeatures(params, tf.zeros([3, 16, 16, 3]), tiny, { kind: 'inference' });
    expect(features.shape).toEqual([3, 8 * 4 * 4]);
    expect(trunkHead(params, features).shape).toEqual([3]);
  });
});

test('the auxiliary head of places has one logit per place of the last stage but one', () => {
  for (const config of [tiny, TINY_INVERTED]) {
    const params = initParams(config, 1);
    tf.tidy(() => {
      const x = tf.zeros<tf.Rank.R4>([2, config.inputSize, config.inputSize, 3]);
      const { stages } = trunkActivations(params, x, config, { kind: 'inference' });
      expect(placeLogits(params, stages).shape).toEqual([2, placeSide(config) ** 2]);
    });
    tf.dispose([...params.values()]);
  }
});

test('ResNeXt-50 32x4d has the size of the paper', () => {
  // Xie et al. 2017, table 1: 25.0 million parameters and 4.2 billion multiply-adds with a classifier of 1000 classes.
  const { units } = RESNEXT50_32X4D.lstm;
  const sequencePart = 2 * 4 * units * (2048 + units + 2) + 2 * units + 1;
  const trunk = paramCount(RESNEXT50_32X4D) - sequencePart;
  expect((trunk + 2048 * 1000 + 1000) / 1e6).toBeCloseTo(25.0, 1);
  expect(flops(RESNEXT50_32X4D) / 2e9).toBeCloseTo(4.2, 0);
});
