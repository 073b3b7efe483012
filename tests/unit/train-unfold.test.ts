import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DetectorConfig } from '../../src/detector/config.ts';
import { foldBatchNorm } from '../../src/detector/fold.ts';
import { forward } from '../../src/detector/network.ts';
import { paramSpecs } from '../../src/detector/params.ts';
import { initParams } from '../../model-export/start-weights.ts';
import { unfoldBatchNorm } from '../../model-export/unfold.ts';

const config: DetectorConfig = {
  inputSize: 16,
  sequenceLength: 2,
  trunk: { depths: [1, 1], cardinality: 2, widthPerGroup: 2, stem: 'compact', stemChannels: 4 },
  lstm: { units: 4, bidirectional: true },
};

/** A network as training leaves it: scales, offsets and statistics that are not those of the start. */
function trained(): Map<string, tf.Tensor> {
  const params = initParams(config, 3);
  for (const [index, { name, shape, kind }] of paramSpecs(config).entries()) {
    if (kind === 'bn_var' || kind === 'bn_weight')
      params.set(name, tf.randomUniform(shape, 0.5, 2, 'float32', index));
    else if (kind === 'bn_mean' || kind === 'bias')
      params.set(name, tf.randomNormal(shape, 0, 0.3, 'float32', index));
  }
  return params;
}

const logits = (params: Map<string, tf.Tensor>, x: tf.Tensor4D, kind: 'folded' | 'inference'): number[] => [
  ...forward(params, x, 2, config, { kind }).dataSync(),
];

beforeAll(() => tf.setBackend('cpu'));

describe('a network unfolded from an exported one', () => {
  const crops = (seed: number, count: number): tf.Tensor4D =>
    tf.randomNormal([count, 16, 16, 3], 0, 1, 'float32', seed);

  it('gives the same logits, on other crops too, and folds to itself again', () => {
    const folded = foldBatchNorm(trained(), config);
    const values = unfoldBatchNorm(folded, config, crops(1, 32));
    const unfolded = new Map<string, tf.Tensor>(
      paramSpecs(config).map(({ name, shape }) => [name, tf.tensor(values.get(name)!, shape)]),
    );
    const x = crops(2, 8);
    const expected = logits(folded, x, 'folded');
    logits(unfolded, x, 'inference').forEach((logit, at) => expect(logit).toBeCloseTo(expected[at]!, 4));
    logits(foldBatchNorm(unfolded, config), x, 'folded').forEach((logit, at) =>
      expect(logit).toBeCloseTo(expected[at]!, 4),
    );
  });

  it('begins training where it was: the statistics of its crops are the running ones', () => {
    const folded = foldBatchNorm(trained(), config);
    const x = crops(1, 32);
    const values = unfoldBatchNorm(folded, config, x);
    const unfolded = new Map<string, tf.Tensor>(
      paramSpecs(config).map(({ name, shape }) => [name, tf.tensor(values.get(name)!, shape)]),
    );
    const training = forward(unfolded, x, 2, config, { kind: 'training', runningStatistics: new Map() });
    const expected = logits(folded, x, 'folded');
    [...training.dataSync()].forEach((logit, at) => expect(logit).toBeCloseTo(expected[at]!, 3));
  });
});
