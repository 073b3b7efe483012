/** Gives a folded network its batch normalisation back, so that what was exported can be trained further. */
import * as tf from '@tensorflow/tfjs-core';
import { EPSILON } from '../src/detector/batch-norm.ts';
import type { DetectorConfig } from '../src/detector/config.ts';
import { trunkActivations } from '../src/detector/network.ts';
import { convSpecs, param } from '../src/detector/params.ts';
import type { Params } from '../src/detector/params.ts';

/**
 * The inverse of `foldBatchNorm`, up to what folding has forgotten: any statistics give the same function as long as
 * scale and offset undo them. Those of the convolutions' outputs on real crops are taken, so that a training step, which
 * normalises by its batch's own statistics, begins close to the folded function as well. Filters are scaled so that their
 * outputs have a deviation of 1, about as at the start of a training: their size decides how fast a normalised filter learns.
 * @param folded convolutions with biases, LSTM and head
 * @param images normalised crops `[N, S, S, 3]` of what the network is going to see; N of some hundreds
 * @returns new values by name; LSTM and head as they were, auxiliary heads absent
 */
export function unfoldBatchNorm(
  folded: Params,
  config: DetectorConfig,
  images: tf.Tensor4D,
): Map<string, Float32Array> {
  const specs = convSpecs(config);
  const values = new Map<string, Float32Array>();
  tf.tidy(() => {
    const params = new Map<string, tf.Tensor>(folded);
    const unused = (channels: number): tf.Tensor => tf.zeros([channels]);
    for (const { conv, bn, outChannels } of specs) {
      params.set(`${bn}.bias`, param(folded, `${conv}.bias`));
      for (const name of ['weight', 'running_mean', 'running_var'])
        params.set(`${bn}.${name}`, unused(outChannels));
    }
    // Called once per convolution, in the order in which the graph runs them, not that of `convSpecs`.
    const byOffset = new Map(specs.map((spec) => [params.get(`${spec.bn}.bias`), spec]));
    const runningStatistics = new Map<string, tf.Tensor1D>();
    trunkActivations(params, images, config, {
      kind: 'training',
      runningStatistics,
      batchNorm: (x, _scale, offset, onStatistics) => {
        const { conv, bn, outChannels } = byOffset.get(offset)!;
        const { mean, variance } = tf.moments(x, [0, 1, 2]) as { mean: tf.Tensor1D; variance: tf.Tensor1D };
        onStatistics({ mean, variance });
        const deviation = tf.sqrt(tf.add(variance, EPSILON));
        values.set(`${conv}.weight`, read(tf.div(param(folded, `${conv}.weight`), deviation)));
        values.set(`${bn}.running_mean`, read(tf.div(mean, deviation)));
        values.set(`${bn}.running_var`, new Float32Array(outChannels).fill(1 - EPSILON));
        values.set(`${bn}.weight`, read(deviation));
        values.set(`${bn}.bias`, read(tf.add(offset, mean)));
        return tf.add(x, offset) as tf.Tensor4D;
      },
    });
    tf.dispose([...runningStatistics.values()]);
  });
  const biases = new Set(specs.map(({ conv }) => `${conv}.bias`));
  for (const [name, tensor] of folded)
    if (!biases.has(name) && !values.has(name)) values.set(name, read(tensor));
  return values;
}

const read = (tensor: tf.Tensor): Float32Array => tensor.dataSync<'float32'>().slice();
