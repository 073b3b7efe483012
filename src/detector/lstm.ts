import * as tf from '@tensorflow/tfjs-core';
import type { LstmConfig } from './config.ts';
import { param, type Params } from './params.ts';

/**
 * One layer of `nn.LSTM(batch_first=True)` from a zero state, in one or both directions.
 * Per step, with gates in the order i, f, g, o (Hochreiter & Schmidhuber 1997, in PyTorch's form):
 * `c = sigmoid(f) * c + sigmoid(i) * tanh(g)`, `h = sigmoid(o) * tanh(c)`.
 * @param sequence `[B, T, F]`
 * @returns outputs of all steps `[B, T, units]`, or `[B, T, 2 * units]` with forward before backward
 */
export function lstm(params: Params, sequence: tf.Tensor3D, config: LstmConfig): tf.Tensor3D {
  return tf.tidy(() => {
    const forward = direction(params, sequence, config.units, false);
    if (!config.bidirectional) return forward;
    return tf.concat3d([forward, direction(params, sequence, config.units, true)], 2);
  });
}

function direction(params: Params, sequence: tf.Tensor3D, units: number, reverse: boolean): tf.Tensor3D {
  const suffix = reverse ? '_reverse' : '';
  const [batch, steps, features] = sequence.shape;
  const inputWeight = param<tf.Tensor2D>(params, `lstm.weight_ih_l0${suffix}`);
  const stateWeight = param<tf.Tensor2D>(params, `lstm.weight_hh_l0${suffix}`);
  const bias = tf.add(
    param<tf.Tensor1D>(params, `lstm.bias_ih_l0${suffix}`),
    param<tf.Tensor1D>(params, `lstm.bias_hh_l0${suffix}`),
  );
  // All steps' inputs in one product; the recurrence adds the state's part.
  const flat = tf.matMul(tf.reshape(sequence, [batch * steps, features]), inputWeight);
  const inputs = tf.add<tf.Tensor2D>(flat, bias);
  // tfjs has no gradient for taking one step out of one.
  const driven =
    steps === 1 ? [inputs] : (tf.unstack(tf.reshape(inputs, [batch, steps, 4 * units]), 1) as tf.Tensor2D[]);

  const outputs = new Array<tf.Tensor2D>(steps);
  let hidden: tf.Tensor2D | undefined;
  let cell: tf.Tensor2D | undefined;
  for (let k = 0; k < steps; k++) {
    const step = reverse ? steps - 1 - k : k;
    const gates =
      hidden === undefined ? driven[step]! : tf.add(driven[step]!, tf.matMul(hidden, stateWeight));
    const [input, forget, candidate, output] = tf.split(gates, 4, 1) as tf.Tensor2D[];
    const added = tf.mul(tf.sigmoid(input!), tf.tanh(candidate!));
    cell = (cell === undefined ? added : tf.add(tf.mul(tf.sigmoid(forget!), cell), added)) as tf.Tensor2D;
    hidden = tf.mul(tf.sigmoid(output!), tf.tanh(cell)) as tf.Tensor2D;
    outputs[step] = hidden;
  }
  return tf.stack(outputs, 1) as tf.Tensor3D;
}
