/** The network, its optimizer and where a run stands: everything that a checkpoint holds. */
import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from './batch-maker.ts';
import type { Checkpoint, Progress } from './checkpoint.ts';
import { FlatParameters } from './flat-parameters.ts';
import { ascent, cosineRate, Optimizer } from './optimizer.ts';
import { cropSide, memberOf } from './recipe.ts';
import type { Recipe, Stage } from './recipe.ts';
import { Trainable } from './trainable.ts';
import { scoreClips } from './validation.ts';
import type { ScoredClip, ValidationClip } from './validation.ts';
import { MOMENTUM } from '../src/detector/batch-norm.ts';
import { COARSE, viewOfLevels } from '../src/detector/members.ts';
import type { Params } from '../src/detector/params.ts';

/** The weights that move. */
const MOVES: Record<Stage['train'], (name: string) => boolean> = {
  all: () => true,
  'auxiliary-heads': (name) => name.startsWith('aux.'),
  'sequence-head': (name) => name.startsWith('lstm.') || name.startsWith('head.'),
};

/** Mean binary cross-entropy of logits, labels drawn towards 1/2 by `smoothing`. */
export function crossEntropy(logits: tf.Tensor, labels: tf.Tensor, smoothing: number): tf.Scalar {
  return tf.tidy(() => {
    const targets = tf.add(tf.mul(labels, 1 - smoothing), smoothing / 2);
    return tf.mean(tf.sub(tf.softplus(logits), tf.mul(logits, targets))) as tf.Scalar;
  });
}

/**
 * Mean logistic loss of the order within pairs (RankNet, Burges et al. 2005): 0 when every fake scores far above its real.
 * @param logits [2 * pairs], real and fake in turn
 */
export function pairLoss(logits: tf.Tensor): tf.Scalar {
  return tf.tidy(() => {
    const [reals, fakes] = tf.split(tf.reshape(logits, [-1, 2]), 2, 1) as [tf.Tensor, tf.Tensor];
    return tf.mean(tf.softplus(tf.sub(reals, fakes))) as tf.Scalar;
  });
}

/** Pictures from which the statistics of averaged weights are taken. */
export const STATISTICS_PICTURES = 1024;

/** Of batch normalisation, by name. */
export type Statistics = Record<string, tf.Tensor>;

export class Trainer {
  readonly progress: Progress;
  private readonly network: Trainable;
  private readonly parameters: FlatParameters;
  private readonly statistics: FlatParameters;
  private readonly optimizer: Optimizer;
  private running: Statistics;
  private readonly masks: Record<Stage['train'], tf.Tensor1D>;

  constructor(
    private readonly recipe: Recipe,
    checkpoint: Checkpoint | undefined,
  ) {
    this.network = new Trainable(recipe.detector);
    this.parameters = new FlatParameters(this.network.parameters);
    this.statistics = new FlatParameters(this.network.statistics);
    if (
      checkpoint !== undefined &&
      JSON.stringify(checkpoint.layout) !== JSON.stringify(this.network.parameters)
    ) {
      throw new Error('the checkpoint was written for another network');
    }
    const { weights, statistics } = this.network.initial(recipe.seed);
    const state = checkpoint?.optimizer ?? Optimizer.begin(weights);
    const decayed = this.parameters.mask(({ shape }) => shape.length > 1);
    this.optimizer = new Optimizer({ ...recipe, kind: recipe.optimizer }, decayed, state);
    this.running = tf.tidy(() => this.statistics.split(tf.tensor1d(checkpoint?.stateValues ?? statistics)));
    const mask = (train: Stage['train']): tf.Tensor1D =>
      this.parameters.mask(({ name }) => MOVES[train](name));
    this.masks = {
      all: mask('all'),
      'auxiliary-heads': mask('auxiliary-heads'),
      'sequence-head': mask('sequence-head'),
    };
    this.progress = checkpoint?.progress ?? { stage: 0, stepInStage: 0, secondsInStage: 0, step: 0, best: 0 };
  }

  describe(): string {
    return `${(this.parameters.size / 1e6).toFixed(2)} million weights, step ${this.progress.step}`;
  }

  /** How much of the stage is done, 0..1: by steps or by the clock, as the recipe says. */
  stageProgress(stage: Stage): number {
    if (stage.steps !== undefined) return this.progress.stepInStage / stage.steps;
    return this.progress.secondsInStage / (60 * (stage.minutes ?? 0));
  }

  rate(stage: Stage): number {
    return cosineRate(stage.rate, this.stageProgress(stage), stage.warmUp);
  }

  /**
   * One step of the optimizer. It is ordered when this returns; the loss comes when it is done, so that the next step can be ordered
   * meanwhile and a GPU has always something to do.
   */
  async step(stage: Stage, batch: Batch): Promise<number> {
    const { detector, labelSmoothing, placeWeight, rankWeight, sharpnessRadius = 0 } = this.recipe;
    const size = detector.inputSize;
    const images = tf.tensor4d(batch.images, [batch.images.length / (size * size * 3), size, size, 3]);
    const labels = tf.tensor1d(batch.labels);
    const places = tf.tensor2d(batch.places, [images.shape[0], batch.places.length / images.shape[0]]);
    const moved = new Map<string, tf.Tensor1D>();
    const gradientAt = (weights: tf.Tensor1D, moved: Map<string, tf.Tensor1D>) => {
      // A frozen trunk is made of constants: no gradient flows through it, and its statistics stand still.
      const frozen = stage.train === 'all' ? undefined : this.params(weights);
      const fixed =
        frozen !== undefined && stage.input === 'sequences'
          ? this.network.features(images, frozen, undefined)
          : undefined;
      return tf.valueAndGrad((vector) => {
        const own = this.params(vector as tf.Tensor1D);
        const params =
          frozen === undefined
            ? own
            : new Map([...frozen, ...[...own].filter(([name]) => MOVES[stage.train](name))]);
        if (stage.input === 'frames') {
          const logits = this.network.auxiliaryLogits(
            images,
            params,
            frozen === undefined ? moved : undefined,
          );
          const whole = crossEntropy(logits.frames, labels, labelSmoothing);
          const order = tf.mul(rankWeight, pairLoss(logits.frames));
          const place = tf.mul(placeWeight, crossEntropy(logits.places, places, labelSmoothing));
          return tf.addN([whole, order, place]);
        }
        // A batch of few sequences is too much alike for statistics of its own: the running ones are used.
        const features = fixed ?? this.network.features(images, params, undefined);
        const sequences = tf.reshape(features, [batch.labels.length, -1, features.shape[1]]) as tf.Tensor3D;
        const logits = this.network.sequenceLogits(sequences, params);
        const perFrame = tf.tile(tf.expandDims(labels, 1), [1, logits.shape[1]]);
        const order = tf.mul(rankWeight, pairLoss(tf.mean(logits, 1)));
        return tf.add(crossEntropy(logits, perFrame, labelSmoothing), order);
      })(weights);
    };
    const { value, grad } = tf.tidy(() => {
      const here = gradientAt(this.optimizer.current, moved);
      if (sharpnessRadius === 0) return here;
      const step = ascent(here.grad, this.masks[stage.train], sharpnessRadius);
      const there = new Map<string, tf.Tensor1D>();
      const { grad } = gradientAt(tf.add(this.optimizer.current, step), there);
      tf.dispose([...there.values()]);
      return { value: here.value, grad };
    });
    this.optimizer.step(grad as tf.Tensor1D, this.rate(stage), this.masks[stage.train]);
    for (const [name, tensor] of moved) {
      this.running[name]?.dispose();
      this.running[name] = tensor;
    }
    tf.dispose([images, labels, places, grad]);
    const { step } = this.progress;
    this.progress.stepInStage++;
    this.progress.step++;
    const loss = (await value.data())[0]!;
    value.dispose();
    if (!Number.isFinite(loss)) throw new Error(`loss is ${loss} at step ${step}`);
    return loss;
  }

  /** A vector of weights, and the running statistics, by name. */
  private params(vector: tf.Tensor1D): Map<string, tf.Tensor> {
    return new Map(Object.entries({ ...this.running, ...this.parameters.split(vector) }));
  }

  /** @param comparable whether the next stage is validated as this one, so that its best has to beat this one's */
  nextStage(comparable: boolean): void {
    this.progress.stage++;
    this.progress.stepInStage = 0;
    this.progress.secondsInStage = 0;
    if (!comparable) this.progress.best = 0;
    this.optimizer.restart();
  }

  /**
   * The running statistics that belong to the averaged weights, to be disposed of: training keeps those of the current ones,
   * and the higher the rate the less do they fit. Means over batches, as in section 3.2 of Izmailov et al. 2018.
   * @param batches levels of pictures, one batch or more
   */
  averagedStatistics(batches: readonly Uint8Array[]): Statistics {
    const { inputSize } = this.recipe.detector;
    return tf.tidy(() => {
      let sum = tf.zeros([this.statistics.size]) as tf.Tensor1D;
      const params = new Map(
        Object.entries({
          ...this.statistics.split(sum),
          ...this.parameters.split(this.optimizer.averaged),
        }),
      );
      for (const levels of batches) {
        sum = tf.tidy(() => {
          const count = levels.length / (inputSize * inputSize * 3);
          const pictures = tf.tensor4d(Float32Array.from(levels), [count, inputSize, inputSize, 3]);
          const moved = new Map<string, tf.Tensor1D>();
          this.network.features(pictures, params, moved);
          const joined = this.statistics.join(Object.fromEntries(moved));
          tf.dispose([...moved.values()]);
          return tf.add(sum, joined);
        });
      }
      // Moved from 0, so only that share of them.
      return this.statistics.split(tf.div(sum, MOMENTUM * batches.length));
    });
  }

  /** Takes over statistics, at the end of a stage: the next begins with the averaged weights. */
  settle(statistics: Statistics): void {
    tf.dispose(this.running);
    this.running = statistics;
  }

  /** The network with averaged weights, to be measured and disposed of. @param statistics those of the averaged weights */
  averagedNetwork(statistics = this.running): ScoringNetwork {
    const weights = this.parameters.split(this.optimizer.averaged);
    return new ScoringNetwork(this.network, this.recipe, weights, statistics);
  }

  /** @param statistics those of the averaged weights, of a checkpoint that is not to be gone on from */
  async checkpoint(statistics = this.running): Promise<Checkpoint> {
    const stateValues = (await tf.tidy(() => this.statistics.join(statistics)).data()) as Float32Array;
    const { parameters: layout, statistics: stateLayout } = this.network;
    const optimizer = await this.optimizer.state();
    return { layout, stateLayout, stateValues, optimizer, progress: { ...this.progress } };
  }
}

/** A network that only scores. */
export class ScoringNetwork {
  private readonly params: Params;

  constructor(
    private readonly network: Trainable,
    private readonly recipe: Recipe,
    private readonly weights: Record<string, tf.Tensor>,
    running: Readonly<Record<string, tf.Tensor>>,
  ) {
    this.params = new Map(Object.entries({ ...running, ...weights }));
  }

  /**
   * Logit per frame of one run. @param images [frames, side, side, 3] bytes, `cropSide` of the recipe
   * @param through `frames`: the auxiliary head; `sequences`: LSTM and head
   * @param view another one than the network is trained with
   */
  async score(
    images: Uint8Array,
    frames: number,
    through: Stage['input'],
    view = memberOf(this.recipe).view,
  ): Promise<Float32Array> {
    const side = cropSide(this.recipe);
    const logits = tf.tidy(() => {
      const crops = tf.tensor4d(Float32Array.from(images), [frames, side, side, 3]);
      const features = this.network.features(viewOfLevels(crops, { view }), this.params, undefined);
      if (through === 'frames') return this.network.frameLogits(features, this.params);
      return tf.reshape(
        this.network.sequenceLogits(tf.expandDims(features, 0) as tf.Tensor3D, this.params),
        [-1],
      );
    });
    const values = (await logits.data()) as Float32Array;
    logits.dispose();
    return values;
  }

  /** @param through as for `score` @param coarse share that is taken off of what it says of crops without their detail */
  scoreClips(clips: readonly ValidationClip[], through: Stage['input'], coarse = 0): Promise<ScoredClip[]> {
    return scoreClips(clips, cropSide(this.recipe), async (images, frames) => {
      const logits = await this.score(images, frames, through);
      if (coarse === 0) return logits;
      const without = await this.score(images, frames, through, COARSE);
      return logits.map((logit, frame) => logit - coarse * without[frame]!);
    });
  }

  /** Frees the weights; the statistics are not its own. */
  dispose(): void {
    tf.dispose(this.weights);
  }
}
