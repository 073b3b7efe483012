import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from '../../src/detector/config.ts';
import type { Detector } from '../../src/detector/detector.ts';
import { foldBatchNorm } from '../../src/detector/fold.ts';
import { integerParams } from '../../src/detector/integer-fill.ts';
import type { ModelManifest } from '../../src/detector/manifest.ts';
import { sha256Hex } from '../../src/integrity/sha256.ts';
import { encodeModel, type Quantization } from '../../src/detector/weights.ts';

export const TINY: DetectorConfig = {
  inputSize: 32,
  sequenceLength: 4,
  trunk: { depths: [1, 1, 1], cardinality: 16, widthPerGroup: 4, stem: 'compact', stemChannels: 16 },
  lstm: { units: 8, bidirectional: true },
};

/** Every kind of inverted bottleneck, then ResNeXt's; odd sides, and at the end pictures narrower than a block of the kernels. */
export const TINY_INVERTED: DetectorConfig = {
  ...TINY,
  inputSize: 27,
  trunk: {
    stem: 'inverted',
    stemChannels: 8,
    stages: [
      { depth: 1, channels: 8, expansion: 1, kernel: 3, stride: 1 },
      { depth: 2, channels: 12, expansion: 3, kernel: 5, stride: 2 },
      { depth: 1, channels: 16, expansion: 2, kernel: 3, stride: 2 },
    ],
    bottlenecks: { depths: [1, 1], cardinality: 4, widthPerGroup: 4, stageChannels: 24 },
  },
};

/** A network that looks at crops with a companion. */
export const TINY_PAIR: DetectorConfig = {
  ...TINY,
  companion: {
    trunk: { depths: [1, 1], cardinality: 4, widthPerGroup: 4, stem: 'compact', stemChannels: 8 },
    lstm: { units: 4, bidirectional: false },
    evenFrom: 160,
  },
};

/** The same, with a second look at crops that have lost their detail, and more to say of large faces. */
export const TINY_COARSE: DetectorConfig = {
  ...TINY_PAIR,
  coarse: { side: 8, weight: 0.6 },
  companion: { ...TINY_PAIR.companion!, evenFrom: 80, most: 0.75 },
};

/** A model's folder as a map from file name to bytes: weights by the integer formula, never a trained network. */
export async function madeModel(
  config: DetectorConfig = TINY,
  quantization: Quantization = 'float16',
): Promise<Map<string, Uint8Array>> {
  const original = integerParams(config);
  const folded = foldBatchNorm(original, config);
  const { modelJson, shards } = await encodeModel(folded, config, quantization);
  tf.dispose([...original.values(), ...folded.values()]);
  const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  const files = new Map<string, Uint8Array>([['model.json', encode(modelJson)]]);
  for (const { path, bytes } of shards) files.set(path, bytes);
  const listed: ModelManifest['files'] = [];
  for (const [path, bytes] of files)
    listed.push({ path, sha256: await sha256Hex(bytes), bytes: bytes.length });
  files.set('manifest.json', encode(madeManifest(config, listed)));
  return files;
}

export function madeManifest(config: DetectorConfig, files: ModelManifest['files']): ModelManifest {
  return {
    version: '1',
    name: 'made for a test',
    createdAt: '2026-01-01T00:00:00Z',
    files,
    config,
    preprocessing: {
      crop: { size: config.inputSize, margin: 0.3 },
      mean: [0.5, 0.4, 0.3],
      std: [0.25, 0.2, 0.15],
    },
    sampling: { framesPerSecond: 6, framesPerSegment: 16, maxSegments: 4 },
    calibration: { kind: 'platt', a: 1, b: 0 },
    operatingPoints: {
      strong: { threshold: 0.9, falseAlarms: 0, reals: 10 },
      some: { threshold: 0.6, falseAlarms: 1, reals: 10 },
    },
    trainingData: [],
    quality: {},
    limits: [],
  };
}

/** A `fetch` that serves these files under any folder and answers 404 to everything else. */
export function fetchFrom(files: ReadonlyMap<string, Uint8Array>): typeof fetch {
  return (input) => {
    const name = new URL(String(input)).pathname.split('/').at(-1)!;
    const bytes = files.get(name);
    return Promise.resolve(
      bytes === undefined
        ? new Response('', { status: 404 })
        : new Response(bytes as Uint8Array<ArrayBuffer>),
    );
  };
}

/** Crops with some structure, different for every frame. */
export function madeCrops(count: number, size: number): Uint8Array[] {
  return Array.from({ length: count }, (_, frame) =>
    Uint8Array.from({ length: size * size * 3 }, (_, i) => (i * (frame + 3) + (i >> 5) * 7) % 256),
  );
}

/** Features, then logits, of one sequence. */
export async function scoreSequence(
  detector: Pick<Detector, 'features' | 'logits'>,
  crops: readonly Uint8Array[],
): Promise<Float32Array> {
  return detector.logits(await detector.features(crops), Infinity);
}
