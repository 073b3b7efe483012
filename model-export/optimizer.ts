/** AdamW and SGD with momentum on a flat vector of weights, with clipping of the gradient and averaging of the weights. */
import * as tf from '@tensorflow/tfjs-core';

export interface OptimizerSettings {
  kind: 'adamw' | 'sgd';
  /** Decoupled from the gradient (Loshchilov and Hutter 2019): weights shrink by rate * weightDecay per step. */
  weightDecay: number;
  /** Global norm to which larger gradients are scaled. */
  clipNorm: number;
  /** Half life of the averaged weights in steps. */
  averageHalfLife: number;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;
const MOMENTUM = 0.9;

/** What a checkpoint keeps; all vectors have the length of the weights. */
export interface OptimizerState {
  weights: Float32Array;
  average: Float32Array;
  first: Float32Array;
  second: Float32Array;
  /** Steps since the moments began. */
  steps: number;
}

export class Optimizer {
  private weights: tf.Tensor1D;
  private average: tf.Tensor1D;
  private first: tf.Tensor1D;
  private second: tf.Tensor1D;
  private steps: number;

  /** @param decayed 1 for weights that decay (kernels), 0 for the others */
  constructor(
    private readonly settings: OptimizerSettings,
    private readonly decayed: tf.Tensor1D,
    state: OptimizerState,
  ) {
    this.weights = tf.tensor1d(state.weights);
    this.average = tf.tensor1d(state.average);
    this.first = tf.tensor1d(state.first);
    this.second = tf.tensor1d(state.second);
    this.steps = state.steps;
  }

  static begin(weights: Float32Array): OptimizerState {
    const zeros = new Float32Array(weights.length);
    return { weights, average: weights.slice(), first: zeros, second: zeros.slice(), steps: 0 };
  }

  get current(): tf.Tensor1D {
    return this.weights;
  }

  get averaged(): tf.Tensor1D {
    return this.average;
  }

  /**
   * One step. @param gradient of the loss, same layout as the weights; disposed of by the caller
   * @param rate learning rate of this step @param trained 1 for weights that may move
   */
  step(gradient: tf.Tensor1D, rate: number, trained: tf.Tensor1D): void {
    this.steps++;
    const { kind, weightDecay, clipNorm, averageHalfLife } = this.settings;
    const [weights, average, first, second] = tf.tidy(() => {
      const masked = tf.mul(gradient, trained);
      const norm = tf.sqrt(tf.sum(tf.square(masked)));
      const clipped = tf.mul(masked, tf.minimum(1, tf.div(clipNorm, tf.add(norm, 1e-6))));
      let m: tf.Tensor;
      let v: tf.Tensor = this.second;
      let direction: tf.Tensor;
      if (kind === 'adamw') {
        m = tf.add(tf.mul(this.first, BETA1), tf.mul(clipped, 1 - BETA1));
        v = tf.add(tf.mul(this.second, BETA2), tf.mul(tf.square(clipped), 1 - BETA2));
        const root = tf.sqrt(tf.div(v, 1 - BETA2 ** this.steps));
        direction = tf.div(tf.div(m, 1 - BETA1 ** this.steps), tf.add(root, EPSILON));
      } else {
        m = tf.add(tf.mul(this.first, MOMENTUM), clipped);
        direction = m;
      }
      const decay = tf.mul(tf.mul(this.weights, this.decayed), weightDecay);
      const change = tf.mul(tf.mul(tf.add(direction, decay), trained), rate);
      const moved = tf.sub(this.weights, change);
      // Early on the average follows closely, so that it forgets the random start.
      const keep = Math.min(0.5 ** (1 / averageHalfLife), this.steps / (this.steps + 10));
      const mean = tf.add(tf.mul(this.average, keep), tf.mul(moved, 1 - keep));
      return [moved, mean, m, v === this.second ? tf.clone(v) : v];
    }) as tf.Tensor1D[] as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
    tf.dispose([this.weights, this.average, this.first, this.second]);
    Object.assign(this, { weights, average, first, second });
  }

  /** A new stage: the moments of the old one say little about it. The averaged weights become the current ones. */
  restart(): void {
    tf.dispose([this.weights, this.first, this.second]);
    this.weights = tf.clone(this.average);
    this.first = tf.zerosLike(this.weights);
    this.second = tf.zerosLike(this.weights);
    this.steps = 0;
  }

  async state(): Promise<OptimizerState> {
    const [weights, average, first, second] = (await Promise.all(
      [this.weights, this.average, this.first, this.second].map((vector) => vector.data()),
    )) as [Float32Array, Float32Array, Float32Array, Float32Array];
    return { weights, average, first, second, steps: this.steps };
  }

  dispose(): void {
    tf.dispose([this.weights, this.average, this.first, this.second, this.decayed]);
  }
}

/**
 * Towards the highest loss within `radius` of the weights: a gradient taken there leads to flat minima (Sharpness-Aware
 * Minimization, Foret et al. 2021). @param trained 1 for weights that may move
 */
export function ascent(gradient: tf.Tensor, trained: tf.Tensor1D, radius: number): tf.Tensor1D {
  return tf.tidy(() => {
    const masked = tf.mul(gradient, trained);
    return tf.mul(masked, tf.div(radius, tf.add(tf.norm(masked), 1e-12)));
  });
}

/** Learning rate at `progress` in 0..1: linear rise during `warmUp`, then half a cosine down to a hundredth of the peak. */
export function cosineRate(peak: number, progress: number, warmUp: number): number {
  if (progress < warmUp) return peak * Math.max(0.01, progress / warmUp);
  const share = Math.min(1, (progress - warmUp) / (1 - warmUp));
  return peak * (0.01 + 0.99 * 0.5 * (1 + Math.cos(Math.PI * share)));
}
