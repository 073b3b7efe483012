import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { compileKernels } from '../../scripts/kernels.ts';
import type { DetectorConfig } from '../../src/detector/config.ts';
import { flops, paramCount } from '../../src/detector/cost.ts';
import { foldBatchNorm } from '../../src/detector/fold.ts';
import { integerParams } from '../../src/detector/integer-fill.ts';
import { parseManifest } from '../../src/detector/manifest.ts';
import { members, paramsOf, sharesOf, viewOf, viewOfLevels } from '../../src/detector/members.ts';
import { memberLogits, sequenceLogits } from '../../src/detector/network.ts';
import { trunkSpec } from '../../src/detector/params.ts';
import { KernelsTrunk, TfjsTrunk } from '../../src/detector/trunk.ts';
import { madeCrops, madeManifest, TINY, TINY_COARSE, TINY_PAIR } from './detector-model.ts';
import '@tensorflow/tfjs-backend-cpu';

const { mean, std } = madeManifest(TINY_PAIR, []).preprocessing;
const [own, companion] = members(TINY_PAIR);
const size = TINY_PAIR.inputSize;

beforeAll(() => tf.setBackend('cpu'));

describe('a network with a companion', () => {
  const folded = foldBatchNorm(integerParams(TINY_PAIR), TINY_PAIR);
  const crops = madeCrops(3, size);

  const alone = (config: DetectorConfig, params: ReadonlyMap<string, tf.Tensor>, seen: Uint8Array[]) =>
    new TfjsTrunk(params, config, { mean, std }).features(seen);

  test('has the features of both, the companion seeing the crops at half their side', async () => {
    const together = await new TfjsTrunk(folded, TINY_PAIR, { mean, std }).features(crops);
    const first = await alone(own!.config, folded, crops);
    const second = await alone(
      companion!.config,
      paramsOf(folded, companion!),
      crops.map((crop) => viewOf(crop, size, companion!)),
    );
    const [a, b] = [first.length / 3, second.length / 3];
    expect(together).toHaveLength(first.length + second.length);
    for (const crop of [0, 1, 2]) {
      const features = together.subarray(crop * (a + b), (crop + 1) * (a + b));
      expect(features.subarray(0, a)).toEqual(first.subarray(crop * a, (crop + 1) * a));
      expect(features.subarray(a)).toEqual(second.subarray(crop * b, (crop + 1) * b));
    }
  });

  test.each([
    [500, 0.5],
    [160, 0.5],
    [80, 0.25],
    [40, 0],
    [10, 0],
  ])('gives a face of %i pixels the mean of their logits, its own weighing %f', async (faceSize, share) => {
    const features = await new TfjsTrunk(folded, TINY_PAIR, { mean, std }).features(crops);
    const all = tf.tensor3d(features, [1, 3, features.length / 3]);
    const width = (await alone(own!.config, folded, crops)).length / 3;
    const [first, second] = tf.split(all, [width, features.length / 3 - width], 2);
    const logits = [
      memberLogits(folded, first as tf.Tensor3D, own!.config),
      memberLogits(paramsOf(folded, companion!), second as tf.Tensor3D, companion!.config),
    ].map((tensor) => tensor.dataSync());
    const together = sequenceLogits(folded, all, TINY_PAIR, faceSize).dataSync();
    expect(together).toHaveLength(3);
    for (const [frame, logit] of together.entries())
      expect(logit).toBeCloseTo(share * logits[0]![frame]! + (1 - share) * logits[1]![frame]!, 5);
  });

  test('computes on our own kernels what tfjs computes', async () => {
    const module = new WebAssembly.Module(new Uint8Array(await compileKernels('simd')));
    const weights = new Map([...folded].map(([name, tensor]) => [name, tensor.dataSync<'float32'>()]));
    const expected = await new TfjsTrunk(folded, TINY_PAIR, { mean, std }).features(crops);
    const actual = await new KernelsTrunk(module, weights, TINY_PAIR, { mean, std }).features(crops);
    const scale = Math.max(...expected.map(Math.abs));
    expect(actual).toHaveLength(expected.length);
    for (const [at, value] of expected.entries())
      expect(Math.abs(actual[at]! - value) / scale).toBeLessThan(1e-5);
  });

  test('counts weights and operations of both', () => {
    expect(paramCount(TINY_PAIR)).toBe(paramCount(own!.config) + paramCount(companion!.config));
    expect(flops(TINY_PAIR)).toBe(flops(own!.config) + flops(companion!.config));
  });

  test('needs crops of an even side', () => {
    expect(
      parseManifest(madeManifest(TINY_PAIR, [{ path: 'a', sha256: '0'.repeat(64), bytes: 1 }])).config,
    ).toEqual(TINY_PAIR);
    const odd = { ...TINY_PAIR, inputSize: 31 };
    expect(() => parseManifest(madeManifest(odd, [{ path: 'a', sha256: '0'.repeat(64), bytes: 1 }]))).toThrow(
      'inputSize has to be even',
    );
  });
});

describe('a network with a coarse look', () => {
  const folded = foldBatchNorm(integerParams(TINY_COARSE), TINY_COARSE);
  const crops = madeCrops(3, size);
  const [whole, coarse, half] = members(TINY_COARSE);
  const features = (): Promise<Float32Array> =>
    new TfjsTrunk(folded, TINY_COARSE, { mean, std }).features(crops);

  test('has its own features, those of the same crops without detail, and those of its companion', async () => {
    const parts = await Promise.all(
      [whole!, coarse!, half!].map((member) =>
        new TfjsTrunk(paramsOf(folded, member), member.config, { mean, std }).features(
          crops.map((crop) => viewOf(crop, size, member)),
        ),
      ),
    );
    const lengths = parts.map((part) => part.length / 3);
    const expected = [0, 1, 2].flatMap((crop) =>
      parts.flatMap((part, at) => [...part.subarray(crop * lengths[at]!, (crop + 1) * lengths[at]!)]),
    );
    expect([...(await features())]).toEqual(expected);
    expect(parts[0]).not.toEqual(parts[1]);
  });

  test.each([
    [1000, 0.75],
    [160, 0.75],
    [80, 0.5],
    [40, 0.25],
    [20, 0],
    [5, 0],
  ])('of a face of %i pixels its own share is %f, and a part of that is taken off', (faceSize, own) => {
    expect(sharesOf(TINY_COARSE, faceSize)).toEqual([own, -0.6 * own, 1 - own]);
  });

  test('takes the share off where it has no companion', () => {
    const { coarse } = TINY_COARSE;
    expect(sharesOf({ ...TINY, coarse }, 100)).toEqual([1, -0.6]);
  });

  test('sums up its members by their shares', async () => {
    const lengths = [whole!, coarse!, half!].map(({ config }) => trunkSpec(config).features);
    const all = tf.tensor3d(await features(), [1, 3, lengths.reduce((sum, length) => sum + length)]);
    const logits = tf.split(all, lengths, 2).map((part, at) => {
      const member = [whole!, coarse!, half!][at]!;
      return memberLogits(paramsOf(folded, member), part as tf.Tensor3D, member.config).dataSync();
    });
    const together = sequenceLogits(folded, all, TINY_COARSE, 60).dataSync();
    const shares = sharesOf(TINY_COARSE, 60);
    for (const [frame, logit] of together.entries())
      expect(logit).toBeCloseTo(
        shares.reduce((sum, share, at) => sum + share * logits[at]![frame]!, 0),
        5,
      );
  });

  test('has the weights of two networks, and computes with three', async () => {
    expect(paramCount(TINY_COARSE)).toBe(paramCount(TINY_PAIR));
    expect(flops(TINY_COARSE)).toBe(flops(TINY_PAIR) + flops(whole!.config));
    const module = new WebAssembly.Module(new Uint8Array(await compileKernels('simd')));
    const weights = new Map([...folded].map(([name, tensor]) => [name, tensor.dataSync<'float32'>()]));
    const actual = await new KernelsTrunk(module, weights, TINY_COARSE, { mean, std }).features(crops);
    const expected = await features();
    const scale = Math.max(...expected.map(Math.abs));
    for (const [at, value] of expected.entries())
      expect(Math.abs(actual[at]! - value) / scale).toBeLessThan(1e-5);
  });

  test('needs a side that halving leads to', () => {
    const parsed = (side: number): unknown =>
      parseManifest(
        madeManifest({ ...TINY_COARSE, coarse: { side, weight: 0.6 } }, [
          { path: 'a', sha256: '0'.repeat(64), bytes: 1 },
        ]),
      ).config;
    expect(parsed(8)).toEqual(TINY_COARSE);
    for (const side of [12, 32, 64]) expect(() => parsed(side)).toThrow('times a power of two');
  });
});

test('a coarse view is the mean of squares, enlarged evenly, the same for bytes and tensors', () => {
  const view = { view: { shrink: 2, enlarged: true } };
  // Four squares of one level each: 0, 80 above 160, 240; a level of 3 in one corner rounds down to 0.75, so to 1.
  const level = (x: number, y: number): number =>
    80 * Math.floor(x / 2) + 160 * Math.floor(y / 2) + (x + y === 0 ? 3 : 0);
  const square = Uint8Array.from({ length: 48 }, (_, at) =>
    level(Math.floor(at / 3) % 4, Math.floor(at / 12)),
  );
  const seen = viewOf(square, 4, view);
  const green = (y: number): number[] => [0, 1, 2, 3].map((x) => seen[3 * (4 * y + x) + 1]!);
  // A quarter of the way from 1 to 80: 20.75.
  expect(green(0)).toEqual([1, 21, 60, 80]);
  expect(green(3)).toEqual([160, 180, 220, 240]);
  const crops = madeCrops(1, 32);
  for (const shrink of [2, 4, 8]) {
    const { view } = { view: { shrink, enlarged: true } };
    const levels = tf.tensor4d(Float32Array.from(crops[0]!), [1, 32, 32, 3]);
    expect([...viewOfLevels(levels, { view }).dataSync()]).toEqual([...viewOf(crops[0]!, 32, { view })]);
  }
});

test('the view of a companion is the mean of two by two pixels, halves rounded up, the same for bytes and tensors', () => {
  // Two rows of four pixels, then black. Sums of four: 41, 2, 1019; 17, 4, 3.
  const square = new Uint8Array(4 * 4 * 3);
  square.set([10, 0, 255, 11, 0, 255, 4, 1, 0, 4, 1, 0]);
  square.set([10, 0, 255, 10, 2, 254, 4, 1, 0, 5, 1, 3], 12);
  const view = viewOf(square, 4, companion!);
  expect([...view.subarray(0, 6)]).toEqual([10, 1, 255, 4, 1, 1]);
  const levels = tf.tensor4d(Float32Array.from(square), [1, 4, 4, 3]);
  expect([...viewOfLevels(levels, companion!).dataSync()]).toEqual([...view]);
  expect(viewOf(square, 4, own!)).toBe(square);
});
