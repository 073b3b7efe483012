/** Everything that decides what a training run does. Stored with the run, so that resuming needs only its name. */
import type { DetectorConfig } from '../src/detector/config.ts';
import { HALF, WHOLE } from '../src/detector/members.ts';
import type { Member } from '../src/detector/members.ts';
import type { RegionWeights } from './pseudo-fake/mask.ts';

export interface Stage {
  name: string;
  /** `frames`: single crops through trunk and auxiliary head; `sequences`: runs of frames through the whole network. */
  input: 'frames' | 'sequences';
  /**
   * Which weights move. With a part named, all others and the statistics of batch normalisation stand still: the
   * `sequence-head` is LSTM and head, for sequences; the `auxiliary-heads` are those of single frames, for frames.
   */
  train: 'all' | 'auxiliary-heads' | 'sequence-head';
  /** Length of the stage: in optimizer steps, or in minutes of training (the schedule follows the clock then). */
  steps?: number;
  minutes?: number;
  /** Pictures per step, in pairs of a real and a fake; for sequences a multiple of twice the length. */
  batchImages: number;
  /** Peak learning rate and the share of the stage spent on reaching it. */
  rate: number;
  warmUp: number;
  /** Times that every made pair is trained on, once as made and then mixed anew and flipped at random; 1 when absent. */
  reuse?: number;
}

export interface Recipe {
  seed: number;
  /**
   * `RUN` or `RUN/CHECKPOINT`, whose weights this one begins with, of the same network or a smaller one (`grow.ts`); random
   * weights when absent.
   */
  startFrom?: string;
  /** Where the weights came from, of a run that was not trained but made of others or imported: the nearest first. */
  origin?: readonly string[];
  /** Folders under `.cache/crops`. */
  crops: string[];
  detector: DetectorConfig;
  /** Trained to be a companion (`src/detector/members.ts`): crops are made at twice the input's side and seen at half of it. */
  asCompanion?: boolean;
  /** Frames per second the network sees; the store's rate is a multiple of it. */
  framesPerSecond: number;
  /** Share of a batch's pairs by origin: pseudo-fakes of stills, pseudo-fakes of real clips, real manipulations. */
  mix: { still: number; clip: number; paired: number };
  /** Share of the pseudo-fakes that take another person's face. */
  donorShare: number;
  /** Runs of `train-autoencoder.ts`, and the share of the pseudo-fakes whose inserted face went through one of them. */
  autoencoders?: string[];
  autoencoderShare: number;
  /**
   * Share of the pseudo-fakes that use the face's landmarks (`landmarks.ts` adds them to a store): blends follow the outlines of
   * the face, and a donor's features are drawn to the target's.
   */
  landmarkShare: number;
  /** Of those without a donor, the share that speaks as another face, or as the same one at another time. */
  reenactShare: number;
  /** How often the pseudo-fakes are blended in each part of the face. */
  regions: RegionWeights;
  /**
   * Share of the pseudo-fake sequences that do not fail in time. Good manipulations are steady: without these the LSTM
   * learns that only what moves oddly is fake, and forgets what the trunk sees in every frame.
   */
  steadyShare: number;
  /** Share of the real manipulations that are shown in one part of the face only, blended into their originals. */
  partialShare: number;
  /** How much light, blur, noise, lost resolution and codecs take from a pair, 0..1. */
  captureStrength: number;
  /** Share of the batches that go through a real H.264 encoder in place of the simulated codec. */
  h264Share: number;
  /** Share of the real clips' groups (without paired manipulations) kept out of training, for calibration. */
  holdOut: number;
  /** Sources whose manipulations are not trained on: what is learned without them? */
  leaveOut?: string[];
  /** Of `count` folds over the groups of the training clips, the one that is measured on in place of val. */
  fold?: { index: number; count: number };
  optimizer: 'adamw' | 'sgd';
  weightDecay: number;
  labelSmoothing: number;
  /** Weight of the loss on where a frame was changed, beside the loss on whether it was. Frame stages only. */
  placeWeight: number;
  /** Weight of the loss on the order within a pair: the fake is to score above its own real. */
  rankWeight: number;
  /**
   * How far from the weights, as a norm, the gradient is taken (`ascent` in `optimizer.ts`); every step then costs two. None
   * when absent.
   */
  sharpnessRadius?: number;
  /** Global norm of the gradient above which it is scaled down. */
  clipNorm: number;
  /** Half life, in steps, of the averaged weights that are validated and exported. */
  averageHalfLife: number;
  validateMinutes: number;
  stages: Stage[];
}

export const DEFAULT_RECIPE: Recipe = {
  seed: 1,
  crops: ['default'],
  detector: {
    inputSize: 112,
    sequenceLength: 8,
    trunk: { depths: [1, 2, 3, 1], cardinality: 8, widthPerGroup: 4, stem: 'compact', stemChannels: 16 },
    lstm: { units: 64, bidirectional: true },
  },
  framesPerSecond: 6,
  mix: { still: 0.5, clip: 0.3, paired: 0.2 },
  donorShare: 0.25,
  autoencoderShare: 0.4,
  landmarkShare: 0,
  reenactShare: 0,
  regions: { face: 4, inner: 2, mouth: 2, eyes: 1, nose: 1, box: 1 },
  steadyShare: 0.6,
  partialShare: 0.6,
  captureStrength: 1,
  h264Share: 0.2,
  holdOut: 0.2,
  optimizer: 'adamw',
  weightDecay: 0.02,
  labelSmoothing: 0.02,
  placeWeight: 1,
  rankWeight: 0.5,
  clipNorm: 5,
  averageHalfLife: 300,
  validateMinutes: 7,
  stages: [
    {
      name: 'trunk',
      input: 'frames',
      train: 'all',
      minutes: 40,
      batchImages: 32,
      rate: 1.5e-3,
      warmUp: 0.05,
    },
    {
      name: 'lstm',
      input: 'sequences',
      train: 'sequence-head',
      minutes: 6,
      batchImages: 64,
      rate: 1e-3,
      warmUp: 0.1,
    },
    {
      name: 'together',
      input: 'sequences',
      train: 'all',
      minutes: 8,
      batchImages: 64,
      rate: 1e-4,
      warmUp: 0.1,
    },
  ],
};

type OptionalKey = { [K in keyof Recipe]-?: undefined extends Recipe[K] ? K : never }[keyof Recipe];
/** What a recipe may have that the default has not. */
const MORE_KEYS: Record<OptionalKey, true> = {
  startFrom: true,
  origin: true,
  asCompanion: true,
  autoencoders: true,
  leaveOut: true,
  fold: true,
  sharpnessRadius: true,
};

/** @throws when a key is none of a recipe's: a run would train for hours without what was asked for */
export function refuseUnknownKeys(changes: object): void {
  const known = Object.keys({ ...DEFAULT_RECIPE, ...MORE_KEYS });
  const unknown = Object.keys(changes).filter((key) => !known.includes(key));
  if (unknown.length > 0)
    throw new Error(`a recipe has no ${unknown.join(', ')}; it may have ${known.sort().join(', ')}`);
}

type StageKey = keyof Stage;
const STAGE_KEYS: { [K in StageKey]-?: undefined extends Stage[K] ? 'optional' : 'needed' } = {
  name: 'needed',
  input: 'needed',
  train: 'needed',
  steps: 'optional',
  minutes: 'optional',
  batchImages: 'needed',
  rate: 'needed',
  warmUp: 'needed',
  reuse: 'optional',
};

/** @throws when a key of a stage is missing or none: it would only show in steps to come */
function refuseOddKeys(stage: Stage): void {
  const missing = (Object.keys(STAGE_KEYS) as StageKey[]).filter(
    (key) => STAGE_KEYS[key] === 'needed' && stage[key] === undefined,
  );
  const unknown = Object.keys(stage).filter((key) => !(key in STAGE_KEYS));
  if (missing.length + unknown.length > 0)
    throw new Error(
      `stage ${stage.name}: ${[...missing.map((key) => `${key} is missing`), ...unknown.map((key) => `there is no ${key}`)].join(', ')}`,
    );
}

/** Which of the two a run trains. */
export const memberOf = ({ asCompanion }: Recipe): Pick<Member, 'view'> => ({
  view: asCompanion === true ? HALF : WHOLE,
});

/** Side in pixels of the crops that a run sees, before a companion's view of them. */
export const cropSide = ({ detector, asCompanion }: Recipe): number =>
  detector.inputSize * (asCompanion === true ? 2 : 1);

/** Laid over the default by `--recipe FILE.json`: top-level keys replace. */
export function recipeFrom(changes: Partial<Recipe>): Recipe {
  const recipe = { ...DEFAULT_RECIPE, ...changes };
  for (const stage of recipe.stages) {
    refuseOddKeys(stage);
    if ((stage.steps === undefined) === (stage.minutes === undefined)) {
      throw new Error(`stage ${stage.name}: give either steps or minutes`);
    }
    const part = { frames: 'auxiliary-heads', sequences: 'sequence-head' }[stage.input];
    if (stage.train !== 'all' && stage.train !== part) {
      throw new Error(
        `stage ${stage.name}: ${stage.input} do not reach the ${stage.train}; train all or ${part}`,
      );
    }
    const unit = stage.input === 'frames' ? 2 : 2 * recipe.detector.sequenceLength;
    const { reuse = 1 } = stage;
    if (!Number.isInteger(reuse) || reuse < 1 || (reuse > 1 && stage.input !== 'frames')) {
      throw new Error(`stage ${stage.name}: reuse ${reuse} is to be a whole number, and 1 for sequences`);
    }
    if (stage.batchImages % unit !== 0) {
      throw new Error(`stage ${stage.name}: batchImages ${stage.batchImages} is no multiple of ${unit}`);
    }
  }
  return recipe;
}
