import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { compileKernels, KERNEL_BUILDS, type KernelBuild } from '../../scripts/kernels.ts';
import type { DetectorConfig } from '../../src/detector/config.ts';
import { foldBatchNorm } from '../../src/detector/fold.ts';
import { integerParams } from '../../src/detector/integer-fill.ts';
import { KernelTrunk, kernelsSupport } from '../../src/detector/kernels/kernel-trunk.ts';
import { TfjsTrunk } from '../../src/detector/trunk.ts';
import './detector-backends.ts';
import { goldenConfig } from './detector-golden.ts';
import { madeCrops, TINY, TINY_INVERTED } from './detector-model.ts';

const preprocessing: { mean: [number, number, number]; std: [number, number, number] } = {
  mean: [0.4, 0.5, 0.6],
  std: [0.2, 0.25, 0.3],
};

/** Node 20 runs relaxed SIMD only behind a flag; the browser tests run that build too. */
const builds: [KernelBuild, WebAssembly.Module][] = [];

beforeAll(async () => {
  await tf.setBackend('wasm');
  for (const build of Object.keys(KERNEL_BUILDS) as KernelBuild[]) {
    const bytes = await compileKernels(build);
    if (WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>))
      builds.push([build, new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)]);
  }
});

const odd: DetectorConfig = {
  ...TINY,
  // Pictures of odd sides, and narrower than a block of the kernels.
  inputSize: 27,
  trunk: { depths: [2, 1, 1], cardinality: 2, widthPerGroup: 12, stem: 'imagenet', stemChannels: 12 },
};

describe('the trunk on our own kernels', () => {
  test.each([
    ['the golden small network', goldenConfig('small')],
    ['ResNeXt-50 32x4d', goldenConfig('resnext50_32x4d')],
    ['groups of four', TINY],
    ['odd sides and groups', odd],
    ["inverted bottlenecks, then ResNeXt's", TINY_INVERTED],
  ])('computes what tfjs computes: %s', async (_, config) => {
    const original = integerParams(config);
    const params = foldBatchNorm(original, config);
    const weights = new Map<string, Float32Array>();
    for (const [name, tensor] of params) weights.set(name, await tensor.data<'float32'>());
    const reference = new TfjsTrunk(params, config, preprocessing);
    const crops = madeCrops(2, config.inputSize);
    const expected = await reference.features(crops);
    const scale = Math.max(...expected.map(Math.abs));
    for (const [, module] of builds) {
      const trunk = new KernelTrunk(module, weights, config, preprocessing);
      // The second crop must not see what the first one left in memory, nor a third run what both did.
      for (const round of [0, 1]) {
        for (const [number, crop] of crops.entries()) {
          const features = trunk.run(crop);
          const worst = Math.max(
            ...features.map((value, i) => Math.abs(value - expected[number * features.length + i]!)),
          );
          expect(worst / scale, `round ${round}`).toBeLessThan(1e-5);
        }
      }
    }
    reference.dispose();
    tf.dispose([...original.values(), ...params.values()]);
  });

  test('takes no more memory with every run', async () => {
    const params = foldBatchNorm(integerParams(TINY), TINY);
    const weights = new Map<string, Float32Array>();
    for (const [name, tensor] of params) weights.set(name, await tensor.data<'float32'>());
    const [, module] = builds[0]!;
    const trunk = new KernelTrunk(module, weights, TINY, preprocessing);
    const bytes = trunk.memoryBytes;
    for (const crop of madeCrops(50, TINY.inputSize)) trunk.run(crop);
    expect(trunk.memoryBytes).toBe(bytes);
  });

  test('is not offered to networks whose groups do not come in fours', () => {
    expect(kernelsSupport(TINY)).toBe(true);
    const three = { ...TINY, trunk: { ...TINY.trunk, widthPerGroup: 3 } };
    expect(kernelsSupport(three)).toBe(false);
    const [, module] = builds[0]!;
    expect(() => new KernelTrunk(module, new Map(), three, preprocessing)).toThrow(/fours/);
  });
});
