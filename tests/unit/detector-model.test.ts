import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { LoadedDetector } from '../../src/detector/detector.ts';
import { foldBatchNorm } from '../../src/detector/fold.ts';
import { integerParams } from '../../src/detector/integer-fill.ts';
import { parseManifest } from '../../src/detector/manifest.ts';
import { loadModel } from '../../src/detector/model.ts';
import { sha256Hex } from '../../src/integrity/sha256.ts';
import { memberLogits, trunkFeatures } from '../../src/detector/network.ts';
import { decodeModel, encodeModel, toFloat16, type Quantization } from '../../src/detector/weights.ts';
import './detector-backends.ts';
import { goldenErrors, worstError } from './detector-golden.ts';
import { fetchFrom, madeCrops, madeManifest, madeModel, TINY, scoreSequence } from './detector-model.ts';

const url = 'https://example.test/model/';
const runtime = { backend: 'wasm' as const, simd: true, threads: 1, rejected: [] };

beforeAll(async () => {
  await tf.setBackend('wasm');
});

test('a network with folded batch norm meets the reference too', async () => {
  const errors = await goldenErrors('small', { kind: 'folded' }, foldBatchNorm);
  expect(worstError(errors)).toBeLessThan(1e-4);
});

describe('weights', () => {
  test.each<[Quantization, number]>([
    ['none', 0],
    ['float16', 2 ** -11],
    ['uint8', 1 / 510],
  ])('%s: every weight comes back within the format bound', async (quantization, bound) => {
    const original = integerParams(TINY);
    const folded = foldBatchNorm(original, TINY);
    const { modelJson, shards } = await encodeModel(folded, TINY, quantization);
    const decoded = decodeModel(
      modelJson,
      TINY,
      (path) => shards.find((shard) => shard.path === path)!.bytes,
    );
    for (const [name, tensor] of folded) {
      const [before, after] = [tensor.dataSync(), decoded.get(name)!.dataSync()];
      const [min, max] = [Math.min(...before), Math.max(...before)];
      before.forEach((value, i) => {
        const isBias = tensor.rank === 1;
        const allowed =
          quantization === 'uint8' && !isBias
            ? bound * (max - min) * 1.001
            : quantization === 'none'
              ? 0
              : 2 ** -11 * Math.abs(value) + 2 ** -25;
        if (Math.abs(value - after[i]!) > allowed) {
          expect.fail(`${name}[${i}]: ${value} became ${after[i]}, allowed difference ${allowed}`);
        }
      });
    }
    tf.dispose([...original.values(), ...folded.values(), ...decoded.values()]);
  });

  test('mixed: 8 bits for what is spread evenly, half precision for what is not', async () => {
    const folded = foldBatchNorm(integerParams(TINY), TINY);
    const [even, uneven] = [...folded.keys()].filter((name) => name.startsWith('lstm.weight'));
    for (const [name, most] of [
      [even!, 1],
      [uneven!, 50],
    ] as const) {
      const { shape, size } = folded.get(name)!;
      const values = Float32Array.from({ length: size }, (_, i) => (i === 0 ? most : i % 2 === 0 ? 1 : -1));
      folded.set(name, tf.tensor(values, shape));
    }
    const { modelJson } = await encodeModel(folded, TINY, 'mixed');
    const encodings = new Map(
      modelJson.weightsManifest[0]!.weights.map((entry) => [entry.name, entry.quantization?.dtype]),
    );
    expect([encodings.get(even!), encodings.get(uneven!)]).toEqual(['uint8', 'float16']);
    expect(encodings.get('head.bias')).toBe('float16');
  });

  test('half precision rounds to nearest even, as IEEE 754 says', () => {
    // 1 + 2^-11 lies between 1 and the next half; 65520 is the first that rounds to infinity; 2^-24 is the smallest.
    const cases: [number, number][] = [
      [0, 0],
      [1, 0x3c00],
      [-2, 0xc000],
      [1 + 2 ** -11, 0x3c00],
      [1 + 3 * 2 ** -11, 0x3c02],
      [65504, 0x7bff],
      [65520, 0x7c00],
      [2 ** -24, 0x0001],
      [2 ** -25, 0x0000],
      [2 ** -14, 0x0400],
    ];
    for (const [value, bits] of cases) expect([value, toFloat16(value)]).toEqual([value, bits]);
  });

  test('no file is larger than 4 MB, and all of them together are the weights', async () => {
    const large = { ...TINY, trunk: { ...TINY.trunk, stemChannels: 128 } };
    const files = await madeModel(large, 'none');
    const sizes = [...files].filter(([name]) => name.endsWith('.bin')).map(([, bytes]) => bytes.length);
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4 * 1024 * 1024);
    const { params } = await loadModel(url, fetchFrom(files));
    const values = [...params.values()].reduce((sum, tensor) => sum + tensor.size, 0);
    expect(sizes.reduce((a, b) => a + b)).toBe(4 * values);
    tf.dispose([...params.values()]);
  });
});

describe('loading', () => {
  test('gives the manifest, its hash and the parameters', async () => {
    const files = await madeModel();
    const model = await loadModel(url, fetchFrom(files));
    expect(model.sha256).toBe(await sha256Hex(files.get('manifest.json')!));
    expect(model.manifest.config).toEqual(TINY);
    tf.dispose([...model.params.values()]);
  });

  test('refuses a weight file in which one bit differs', async () => {
    const files = await madeModel();
    const name = [...files.keys()].find((path) => path.endsWith('.bin'))!;
    const bytes = files.get(name)!.slice();
    bytes[100]! ^= 1;
    files.set(name, bytes);
    await expect(loadModel(url, fetchFrom(files))).rejects.toMatchObject({
      code: 'model_integrity_failed',
      message: expect.stringContaining(name),
    });
  });

  test('refuses a changed model.json, and a missing file or folder', async () => {
    const files = await madeModel();
    const changed = new Map(files).set('model.json', new TextEncoder().encode('{}'));
    await expect(loadModel(url, fetchFrom(changed))).rejects.toMatchObject({
      code: 'model_integrity_failed',
    });
    files.delete('model.json');
    // The manifest is there, so a detector is shipped: people are not told that there is none.
    await expect(loadModel(url, fetchFrom(files))).rejects.toMatchObject({ code: 'model_integrity_failed' });
    await expect(loadModel(url, fetchFrom(new Map()))).rejects.toMatchObject({ code: 'model_missing' });
  });

  test.each<[string, () => Promise<Response>]>([
    ['cannot be fetched', () => Promise.reject(new TypeError('Failed to fetch'))],
    ['does not come, for the host has a problem', () => Promise.resolve(new Response('', { status: 503 }))],
  ])('a manifest that %s does not mean that there is no model', async (_, answer) => {
    await expect(loadModel(url, answer)).rejects.toMatchObject({ code: 'model_integrity_failed' });
  });

  test('a fallback page in place of the manifest means that there is no model', async () => {
    const page = new Map([['manifest.json', new TextEncoder().encode('<!doctype html>')]]);
    await expect(loadModel(url, fetchFrom(page))).rejects.toMatchObject({ code: 'model_missing' });
  });
});

describe('the manifest', () => {
  const manifest = madeManifest(TINY, [{ path: 'model.json', sha256: 'a'.repeat(64), bytes: 10 }]);

  test('is taken when it is valid', () => {
    expect(parseManifest(JSON.parse(JSON.stringify(manifest)))).toEqual(manifest);
  });

  test.each<[string, object, string]>([
    ['a wrong type', { name: 3 }, 'manifest.name'],
    ['an unknown field', { extra: 1 }, 'manifest.extra'],
    [
      'a file above the folder',
      { files: [{ ...manifest.files[0]!, path: '../x' }] },
      'manifest.files.0.path',
    ],
    [
      'another crop size than the network takes',
      { config: { ...TINY, inputSize: 64 } },
      'preprocessing.crop.size',
    ],
    [
      'a zero deviation',
      { preprocessing: { ...manifest.preprocessing, std: [1, 0, 1] } },
      'preprocessing.std.1',
    ],
  ])('%s is refused, with the field', (_, change, field) => {
    expect(() => parseManifest({ ...manifest, ...change })).toThrow(field);
    expect(() => parseManifest({ ...manifest, ...change })).toThrow(
      expect.objectContaining({ code: 'model_invalid' }) as Error,
    );
  });
});

describe('the detector', () => {
  test('gives the logits of the network on normalised crops, in batches', async () => {
    const files = await madeModel(TINY, 'none');
    const model = await loadModel(url, fetchFrom(files));
    const crops = madeCrops(11, TINY.inputSize);
    const detector = new LoadedDetector(model, runtime);
    const logits = await scoreSequence(detector, crops);
    const { mean, std } = model.manifest.preprocessing;
    const expected = tf.tidy(() => {
      const pixels = crops.flatMap((crop) => [...crop].map((v, i) => (v / 255 - mean[i % 3]!) / std[i % 3]!));
      const x = tf.tensor4d(pixels, [11, TINY.inputSize, TINY.inputSize, 3]);
      const features = trunkFeatures(model.params, x, TINY, { kind: 'folded' });
      return memberLogits(model.params, tf.expandDims(features, 0), TINY).dataSync();
    });
    expect(logits.length).toBe(11);
    logits.forEach((logit, i) => expect(logit).toBeCloseTo(expected[i]!, 5));
    detector.dispose();
  });

  test('holds no more tensors after 100 runs than after one, and none when disposed', async () => {
    const before = tf.memory().numTensors;
    const detector = new LoadedDetector(await loadModel(url, fetchFrom(await madeModel())), runtime);
    await detector.warmUp();
    const crops = madeCrops(2, TINY.inputSize);
    const after = tf.memory();
    for (let run = 0; run < 100; run++) await scoreSequence(detector, crops);
    expect(tf.memory().numTensors).toBe(after.numTensors);
    expect(tf.memory().numBytes).toBe(after.numBytes);
    detector.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('refuses a crop of another size, with the numbers', async () => {
    const detector = new LoadedDetector(await loadModel(url, fetchFrom(await madeModel())), runtime);
    await expect(detector.features([new Uint8Array(10)])).rejects.toThrow(
      'crop 0 has 10 bytes, expected 3072',
    );
    detector.dispose();
  });

  test('says so when it computes what is no number, also while it warms up', async () => {
    const model = await loadModel(url, fetchFrom(await madeModel()));
    const last = 'trunk.layer3.0.conv3.bias';
    const bias = model.params.get(last)!;
    model.params.set(last, tf.fill(bias.shape, Infinity));
    bias.dispose();
    const detector = new LoadedDetector(model, runtime);
    await expect(detector.features(madeCrops(1, TINY.inputSize))).rejects.toThrow('no numbers');
    await expect(detector.warmUp()).rejects.toThrow('no numbers');
    detector.dispose();
  });
});
