import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { DetectorConfig } from '../../src/detector/config.ts';
import { foldBatchNorm } from '../../src/detector/fold.ts';
import { integerParams } from '../../src/detector/integer-fill.ts';
import { featureCount, sequenceLogits } from '../../src/detector/network.ts';
import { SequenceHead } from '../../src/detector/sequence-head.ts';
import { TINY, TINY_COARSE, TINY_PAIR } from './detector-model.ts';
import '@tensorflow/tfjs-backend-cpu';

const ONE_WAY: DetectorConfig = { ...TINY, lstm: { units: 5, bidirectional: false } };

beforeAll(() => tf.setBackend('cpu'));

/** Features of so many steps, and what the graph makes of them. */
function made(config: DetectorConfig, steps: number, faceSize: number) {
  const params = foldBatchNorm(integerParams(config), config);
  const length = featureCount(config);
  const features = Float32Array.from({ length: steps * length }, (_, at) => Math.sin(at * 1.7) + 0.5);
  const graph = sequenceLogits(params, tf.tensor3d(features, [1, steps, length]), config, faceSize);
  return { params, features, length, expected: graph.dataSync<'float32'>() };
}

describe('LSTM and head without tfjs', () => {
  test.each([
    ['one direction', ONE_WAY, 200],
    ['both directions', TINY, 200],
    ['a companion, large face', TINY_PAIR, 500],
    ['a companion, small face', TINY_PAIR, 80],
    ['a companion alone', TINY_PAIR, 10],
    ['a coarse look and a companion', TINY_COARSE, 60],
  ])('give what the graph gives: %s', async (_name, config, faceSize) => {
    for (const steps of [1, 2, 7]) {
      const { params, features, expected } = made(config, steps, faceSize);
      const logits = (await SequenceHead.of(params, config)).logits(features, faceSize);
      expect(logits).toHaveLength(steps);
      expect(new Set(expected).size).toBe(steps);
      const scale = Math.max(...expected.map(Math.abs));
      for (const [frame, logit] of logits.entries())
        expect(Math.abs(logit - expected[frame]!) / scale).toBeLessThan(1e-5);
    }
  });

  test('refuse a sequence that is not whole', async () => {
    const { params, features, length } = made(TINY, 2, 200);
    const head = await SequenceHead.of(params, TINY);
    expect(() => head.logits(features.subarray(1), 200)).toThrow(`is no sequence of ${length} features`);
  });
});
