import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { regionShares } from '../../src/app/activation-regions.ts';
import { activationMap, type JudgedIn } from '../../src/detector/activation-map.ts';
import { foldBatchNorm } from '../../src/detector/fold.ts';
import { integerParams } from '../../src/detector/integer-fill.ts';
import { memberLogits, trunkFeatures } from '../../src/detector/network.ts';
import { TINY } from './detector-model.ts';

let params: Map<string, tf.Tensor>;
let crop: tf.Tensor4D;
/** Features of the crop, with made neighbours before and after. */
let sequence: Float32Array;
let own: Float32Array;
const STEP = 1;
const judged = (sequence: Float32Array, step = STEP): JudgedIn => ({ sequence, step, faceSize: 160 });

beforeAll(async () => {
  await tf.setBackend('cpu');
  params = foldBatchNorm(integerParams(TINY), TINY);
  const values = Float32Array.from(
    { length: 32 * 32 * 3 },
    (_, i) => Math.sin(i * 0.37) + Math.cos(i * 0.011),
  );
  crop = tf.tensor4d(values, [1, 32, 32, 3]);
  own = tf
    .tidy(() => trunkFeatures(params, crop, TINY, { kind: 'folded' }))
    .dataSync<'float32'>()
    .slice();
  const neighbour = (phase: number): number[] =>
    Array.from(own, (value, i) => value * (1 + 0.2 * Math.sin(i + phase)));
  sequence = Float32Array.from([...neighbour(1), ...own, ...neighbour(2)]);
});

/** The frame's logit when its features are moved by `by` along a direction. */
function logitAt(direction: Float32Array, by: number): number {
  const moved = sequence.slice();
  direction.forEach((value, i) => (moved[STEP * own.length + i]! += by * value));
  return tf.tidy(() => memberLogits(params, tf.tensor3d(moved, [1, 3, own.length]), TINY).dataSync()[STEP]!);
}

describe('the activation map', () => {
  it('adds up to what the features contribute to the logit, to first order', async () => {
    const { side, cells } = await activationMap(params, TINY, crop, judged(sequence));
    expect(cells).toHaveLength(side * side);
    const sum = cells.reduce((total, value) => total + value, 0);
    // The derivative of the logit along the features themselves, by central differences.
    const by = 1e-2;
    const expected = (logitAt(own, by) - logitAt(own, -by)) / (2 * by);
    expect(Math.abs(expected)).toBeGreaterThan(1e-4);
    expect(Math.abs(sum - expected)).toBeLessThan(0.02 * Math.abs(expected));
  });

  it('is about this crop: it changes with the crop, and with its neighbours', async () => {
    const cells = async (input: tf.Tensor4D, around: Float32Array): Promise<number[]> => [
      ...(await activationMap(params, TINY, input, judged(around))).cells,
    ];
    const base = await cells(crop, sequence);
    const mirrored = tf.reverse4d(crop, [2]);
    expect(await cells(mirrored, sequence)).not.toEqual(base);
    expect(
      await cells(
        crop,
        sequence.map((value, i) => (i < own.length ? 3 * value : value)),
      ),
    ).not.toEqual(base);
  });

  it('is there for a face that was seen once', async () => {
    const { cells } = await activationMap(params, TINY, crop, judged(own, 0));
    expect(cells.some((value) => value !== 0)).toBe(true);
  });

  it('is nothing where the head weighs nothing', async () => {
    const silent = new Map(params).set('head.weight', tf.zerosLike(params.get('head.weight')!));
    const { cells } = await activationMap(silent, TINY, crop, judged(sequence));
    expect(cells.every((value) => value === 0)).toBe(true);
  });

  it('leaves no tensor behind', async () => {
    await activationMap(params, TINY, crop, judged(sequence));
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) await activationMap(params, TINY, crop, judged(sequence));
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    ['a sequence that is not whole', () => sequence.slice(1), STEP],
    ['a step outside of it', () => sequence, 3],
  ])('refuses %s', async (_, given, step) => {
    await expect(activationMap(params, TINY, crop, judged(given(), step))).rejects.toMatchObject({
      code: 'input_invalid',
    });
  });
});

describe('its shares by region', () => {
  const map = (side: number, cells: number[]) => ({ side, cells: Float32Array.from(cells) });

  it('keep their signs, and add up to one without them', () => {
    const shares = regionShares(map(3, [-2, 0, 0, 0, 1, 0, 0, 1, 0]))!;
    expect(shares[0]).toBeCloseTo(-0.5);
    expect(shares[4]).toBeCloseTo(0.25);
    expect(shares[7]).toBeCloseTo(0.25);
    expect(shares.reduce((sum, share) => sum + Math.abs(share), 0)).toBeCloseTo(1);
  });

  it('divide cells that lie across fields', () => {
    const shares = regionShares(map(2, [1, 0, 0, 0]))!;
    // The upper left quarter covers one field whole, two by half and one by a quarter.
    expect(shares[0]).toBeCloseTo(4 / 9);
    expect(shares[1]).toBeCloseTo(2 / 9);
    expect(shares[4]).toBeCloseTo(1 / 9);
    expect(shares[8]).toBe(0);
  });

  it('are none of a map of nothing', () => {
    expect(regionShares(map(2, [0, 0, 0, 0]))).toBeNull();
  });
});
