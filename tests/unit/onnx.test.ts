import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-web/wasm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { foldBatchNorm } from '../../src/detector/fold.ts';
import { integerInput, integerParams } from '../../src/detector/integer-fill.ts';
import { cropFeatures, forward, sequenceLogits } from '../../src/detector/network.ts';
import type { DetectorConfig } from '../../src/detector/config.ts';
import { toOnnx } from '../../model-export/onnx.ts';
import './detector-backends.ts';
import { goldenConfig } from './detector-golden.ts';
import { TINY, TINY_COARSE, TINY_INVERTED, TINY_PAIR } from './detector-model.ts';

beforeAll(async () => {
  ort.env.wasm.numThreads = 1;
  await tf.setBackend('wasm');
});
afterAll(() => tf.disposeVariables());

/** Levels go in as they are. */
const NO_NORMALISATION = { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] };

const small = goldenConfig('small');
const oneDirection: DetectorConfig = {
  ...small,
  inputSize: 37,
  trunk: { ...small.trunk, stem: 'compact', stemChannels: 16 },
  lstm: { units: 12, bidirectional: false },
};

/** [frames, S, S, 3] to [frames, 3, S, S]. */
async function channelsFirst(crops: tf.Tensor4D): Promise<ort.Tensor> {
  const turned = tf.transpose(crops, [0, 3, 1, 2]);
  const tensor = new ort.Tensor('float32', await turned.data<'float32'>(), turned.shape);
  turned.dispose();
  return tensor;
}

describe('an exported ONNX model', () => {
  test.each([
    ['the golden small network', small],
    ['an LSTM of one direction, an odd side', oneDirection],
    ["inverted bottlenecks, then ResNeXt's", TINY_INVERTED],
    ['a companion', TINY_PAIR, 200],
    ['a companion, a small face', TINY_PAIR, 90],
    ['a companion, a tiny face', TINY_PAIR, 20],
    ['a coarse look', { ...TINY, coarse: { side: 16, weight: 0.5 } }],
    ['a coarse look and a companion', TINY_COARSE, 100],
    ['a coarse look and a companion, a large face', TINY_COARSE, 300],
  ])('computes what the graph computes: %s', async (_, config, faceSize = Infinity) => {
    const folded = foldBatchNorm(integerParams(config), config);
    const crops = integerInput(config.sequenceLength, config.inputSize);
    const features = cropFeatures(folded, crops, config, { kind: 'folded' }, (levels) => levels);
    const ours = await sequenceLogits(folded, tf.expandDims(features, 0), config, faceSize).data<'float32'>();
    const session = await ort.InferenceSession.create(await toOnnx(folded, config, NO_NORMALISATION, {}));
    const { logits } = await session.run({
      crops: await channelsFirst(crops),
      ...(config.companion && { face_size: new ort.Tensor('float32', [faceSize], [1]) }),
    });
    const theirs = logits!.data as Float32Array;
    expect(theirs).toHaveLength(ours.length);
    const scale = Math.max(...ours.map(Math.abs));
    for (const [frame, logit] of ours.entries())
      expect(Math.abs(theirs[frame]! - logit) / scale).toBeLessThan(1e-4);
  });

  test('normalises by itself', async () => {
    const folded = foldBatchNorm(integerParams(small), small);
    const crops = integerInput(small.sequenceLength, small.inputSize);
    const normalisation = { mean: [0.4, 0.5, 0.6], std: [0.2, 0.25, 0.3] };
    const normalised = tf.div<tf.Tensor4D>(tf.sub(tf.div(crops, 255), normalisation.mean), normalisation.std);
    const ours = await forward(folded, normalised, crops.shape[0], small, {
      kind: 'folded',
    }).data<'float32'>();
    const model = await toOnnx(folded, small, normalisation, { license: 'research only' });
    const session = await ort.InferenceSession.create(model);
    const { logits } = await session.run({ crops: await channelsFirst(crops) });
    for (const [frame, logit] of ours.entries())
      expect((logits!.data as Float32Array)[frame]).toBeCloseTo(logit, 3);
    expect(Buffer.from(model).includes('research only')).toBe(true);
  });
});
