/**
 * Where in a crop the network reacted: the trunk's last feature map, every cell weighed by what it contributed to the
 * frame's logit. This is HiResCAM (Draelos and Carin 2020, arXiv:2011.08891): gradient times activation, summed over the
 * channels. Since the features are the mean over the map's places, a channel's gradient is the same at every place. Of a
 * network with companion or coarse look it is the network's own map, of the crop as it is: that is the finest.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from './config.ts';
import { DetectorError } from './errors.ts';
import { featureCount, sequenceLogits, trunkActivations } from './network.ts';
import type { Params } from './params.ts';

export interface ActivationMap {
  /** Cells along each side. */
  side: number;
  /**
   * `[side * side]`, row by row: a cell's share in the logit, to first order; positive speaks for a manipulation. The sum
   * over all cells is the inner product of the network's own features and the logit's gradient with respect to them.
   */
  cells: Float32Array;
}

/** How a crop was judged. */
export interface JudgedIn {
  /** Features of the crop's sequence, `[T * F]`. */
  sequence: Float32Array;
  /** The crop's place in it. */
  step: number;
  /** Side of the face in pixels of the decoded frame. */
  faceSize: number;
}

/**
 * @param crop normalised, `[1, S, S, 3]`
 * @throws DetectorError `input_invalid` when the sequence is not whole or the step lies outside of it
 */
export async function activationMap(
  params: Params,
  config: DetectorConfig,
  crop: tf.Tensor4D,
  { sequence, step, faceSize }: JudgedIn,
): Promise<ActivationMap> {
  // tfjs keeps gradients out of the way until somebody wants them.
  await import('@tensorflow/tfjs-core/dist/register_all_gradients.js');
  const cells = tf.tidy(() => {
    const activations = trunkActivations(params, crop, config, { kind: 'folded' }).stages.at(-1)!;
    const [, height, width, features] = activations.shape;
    const all = featureCount(config);
    const steps = sequence.length / all;
    if (!Number.isInteger(steps) || steps < 1)
      throw new DetectorError('input_invalid', `${sequence.length} is no sequence of ${all} features`);
    if (!Number.isInteger(step) || step < 0 || step >= steps)
      throw new DetectorError('input_invalid', `step ${step} of ${steps}`);
    const logit = (x: tf.Tensor): tf.Tensor =>
      tf.slice2d(sequenceLogits(params, x as tf.Tensor3D, config, faceSize), [0, step], [1, 1]);
    const gradient = tf.grad(logit)(tf.tensor3d(sequence, [1, steps, all]));
    const own = tf.reshape(tf.slice3d(gradient as tf.Tensor3D, [0, step, 0], [1, 1, features]), [features]);
    return tf.sum<tf.Tensor2D>(
      tf.mul(tf.squeeze<tf.Tensor3D>(activations, [0]), tf.div(own, height * width)),
      2,
    );
  });
  try {
    return { side: cells.shape[0], cells: await cells.data<'float32'>() };
  } finally {
    cells.dispose();
  }
}
