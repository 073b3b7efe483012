import * as tf from '@tensorflow/tfjs-core';

/** PyTorch's defaults for `nn.BatchNorm2d`. */
export const EPSILON = 1e-5;
export const MOMENTUM = 0.1;

export interface BatchStatistics {
  mean: tf.Tensor1D;
  /** Biased variance, which normalises. */
  variance: tf.Tensor1D;
}

/** Sums of `[N, H, W, C]`, or of its product with another one, as `[C]`. */
function sumOverPlaces(a: tf.Tensor4D, b?: tf.Tensor4D): tf.Tensor1D {
  return tf.sum<tf.Tensor1D>(b === undefined ? a : tf.mul(a, b), [0, 1, 2]);
}

/**
 * Batch normalisation with the batch's own statistics, with a gradient written as one formula
 * (Ioffe & Szegedy 2015, section 3): `dx = scale / std * (dy - mean(dy) - xhat * mean(dy * xhat))`.
 * @param x `[N, H, W, C]`
 * @param scale gamma `[C]`
 * @param offset beta `[C]`
 * @param onStatistics is given the statistics; it has to `tf.keep` what it wants to have afterwards
 */
export function batchNormTraining(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  onStatistics: (statistics: BatchStatistics) => void,
): tf.Tensor4D {
  const normalise = tf.customGrad((...args) => {
    const [input, gamma, beta] = args as tf.Tensor[] as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D];
    const save = args[3] as unknown as tf.GradSaveFunc;
    const count = input.size / gamma.size;
    const mean = tf.div<tf.Tensor1D>(sumOverPlaces(input), count);
    const centred = tf.sub<tf.Tensor4D>(input, mean);
    const variance = tf.div<tf.Tensor1D>(sumOverPlaces(centred, centred), count);
    onStatistics({ mean, variance });
    const inverseStd = tf.rsqrt(tf.add<tf.Tensor1D>(variance, EPSILON));
    const normalised = tf.mul<tf.Tensor4D>(centred, inverseStd);
    const value = tf.add<tf.Tensor4D>(tf.mul(normalised, gamma), beta);
    save([normalised, inverseStd, gamma]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [xhat, inverse, g] = saved as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D];
      const dBeta = sumOverPlaces(dy as tf.Tensor4D);
      const dGamma = sumOverPlaces(dy as tf.Tensor4D, xhat);
      const mixed = tf.add(tf.mul(xhat, tf.div(dGamma, count)), tf.div(dBeta, count));
      const dx = tf.mul(tf.sub(dy, mixed), tf.mul(inverse, g));
      return [dx, dGamma, dBeta];
    };
    return { value, gradFunc };
  });
  return normalise(x, scale, offset) as tf.Tensor4D;
}

/**
 * Moves running statistics towards the batch's, as PyTorch does: the running variance takes the unbiased one.
 * @param count values per channel in the batch
 */
export function movedStatistics(
  running: { mean: tf.Tensor1D; variance: tf.Tensor1D },
  batch: BatchStatistics,
  count: number,
): { mean: tf.Tensor1D; variance: tf.Tensor1D } {
  const unbiased = count / Math.max(1, count - 1);
  const move = (from: tf.Tensor1D, to: tf.Tensor1D, factor: number): tf.Tensor1D =>
    tf.add(tf.mul(from, 1 - MOMENTUM), tf.mul(to, MOMENTUM * factor));
  return {
    mean: move(running.mean, batch.mean, 1),
    variance: move(running.variance, batch.variance, unbiased),
  };
}
