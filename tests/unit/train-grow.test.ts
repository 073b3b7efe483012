import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { beginWith, type Checkpoint } from '../../model-export/checkpoint.ts';
import { FlatParameters } from '../../model-export/flat-parameters.ts';
import { grow } from '../../model-export/grow.ts';
import { Optimizer } from '../../model-export/optimizer.ts';
import { Trainable } from '../../model-export/trainable.ts';
import type { BottleneckTrunkConfig, DetectorConfig } from '../../src/detector/config.ts';

function configOf(trunk: Partial<BottleneckTrunkConfig>): DetectorConfig {
  return {
    inputSize: 16,
    sequenceLength: 2,
    trunk: {
      ...{ depths: [1, 1], cardinality: 2, widthPerGroup: 2, stem: 'compact', stemChannels: 4 },
      ...trunk,
    },
    lstm: { units: 4, bidirectional: true },
  };
}

/** As after training: batch norm is no longer the identity anywhere. */
function trained(network: Trainable): Checkpoint {
  const { weights, statistics } = network.initial(1);
  const shaken = (vector: Float32Array): Float32Array =>
    vector.map((value, at) => value + 0.1 * Math.sin(at) ** 2);
  return beginWith({
    layout: network.parameters,
    stateLayout: network.statistics,
    stateValues: shaken(statistics),
    optimizer: Optimizer.begin(shaken(weights)),
    progress: { stage: 0, stepInStage: 0, secondsInStage: 0, step: 0, best: 0 },
  });
}

function features(network: Trainable, { layout, stateLayout, stateValues, optimizer }: Checkpoint): number[] {
  return tf.tidy(() => {
    const weights = new FlatParameters(layout).split(tf.tensor1d(optimizer.average));
    const statistics = new FlatParameters(stateLayout).split(tf.tensor1d(stateValues));
    const crops = tf.randomUniform<tf.Rank.R4>([3, 16, 16, 3], 0, 255, 'float32', 7);
    const params = new Map(Object.entries({ ...weights, ...statistics }));
    return [...network.features(crops, params, undefined).dataSync()];
  });
}

beforeAll(() => tf.setBackend('cpu'));

describe('a network grown from a smaller one', () => {
  const small = () => new Trainable(configOf({}));

  it.each([
    ['more channels after the stem', { stemChannels: 12, stageChannels: 16 }],
    ['more blocks', { depths: [2, 3] }],
    ['both', { depths: [2, 1], stemChannels: 8, stageChannels: 16 }],
  ])('gives the same features with %s', (_, trunk) => {
    const [from, to] = [small(), new Trainable(configOf(trunk))];
    const checkpoint = trained(from);
    const expected = features(from, checkpoint);
    const grown = grow(checkpoint, to, 2);
    expect(grown.optimizer.weights.length).toBeGreaterThan(checkpoint.optimizer.weights.length);
    features(to, grown).forEach((value, at) => expect(value).toBeCloseTo(expected[at]!, 4));
  });

  it('keeps the trunk and begins anew behind it with more stages', () => {
    const from = small();
    const to = new Trainable(configOf({ depths: [1, 1, 1] }));
    const grown = grow(trained(from), to, 2);
    const named = (layout: Trainable['parameters'], vector: Float32Array): Record<string, number[]> =>
      tf.tidy(() =>
        Object.fromEntries(
          Object.entries(new FlatParameters(layout).split(tf.tensor1d(vector))).map(([name, tensor]) => [
            name,
            [...tensor.dataSync()],
          ]),
        ),
      );
    const old = named(from.parameters, trained(from).optimizer.average);
    const fresh = named(to.parameters, to.initial(2).weights);
    const now = named(to.parameters, grown.optimizer.average);
    expect(now['trunk.layer2.0.conv1.weight']).toEqual(old['trunk.layer2.0.conv1.weight']);
    for (const name of ['trunk.layer3.0.conv1.weight', 'aux.weight', 'lstm.weight_ih_l0', 'head.weight'])
      expect(now[name]).toEqual(fresh[name]);
  });

  it('is refused where the smaller one has what the larger one lacks', () => {
    const checkpoint = trained(new Trainable(configOf({ depths: [2, 1] })));
    expect(() => grow(checkpoint, small(), 2)).toThrow('the network has no trunk.layer1.1.');
    const wide = trained(new Trainable(configOf({ stemChannels: 8, stageChannels: 16 })));
    expect(() => grow(wide, small(), 2)).toThrow('trunk.bn1.running_mean: [8] does not fit into [4]');
    const more = new Trainable({ ...configOf({}), lstm: { units: 6, bidirectional: true } });
    expect(() => grow(trained(small()), more, 2)).toThrow(/LSTMs of other units/);
  });
});
