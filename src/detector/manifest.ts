import * as v from 'valibot';
import { DetectorError } from './errors.ts';

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const positiveInteger = v.pipe(v.number(), v.integer(), v.minValue(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const probability = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const rgb = <T extends v.GenericSchema<number, number>>(item: T) => v.strictTuple([item, item, item]);

const file = v.strictObject({
  /** Relative to the manifest; no folder above it can be named. */
  path: v.pipe(v.string(), v.regex(/^[\w-][\w.-]*$/, 'must be a plain file name')),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be 64 lowercase hexadecimal digits')),
  bytes: positiveInteger,
});

const invertedStage = v.strictObject({
  depth: positiveInteger,
  channels: positiveInteger,
  expansion: positiveInteger,
  kernel: v.picklist([3, 5]),
  stride: v.picklist([1, 2]),
});

const bottlenecks = {
  depths: v.pipe(v.array(positiveInteger), v.minLength(1)),
  cardinality: positiveInteger,
  widthPerGroup: positiveInteger,
};

const network = {
  trunk: v.variant('stem', [
    v.strictObject({
      ...bottlenecks,
      stem: v.picklist(['imagenet', 'compact']),
      stemChannels: positiveInteger,
      stageChannels: v.optional(positiveInteger),
    }),
    v.strictObject({
      stem: v.literal('inverted'),
      stemChannels: positiveInteger,
      stages: v.pipe(v.array(invertedStage), v.minLength(1)),
      bottlenecks: v.optional(v.strictObject({ ...bottlenecks, stageChannels: positiveInteger })),
    }),
  ]),
  lstm: v.strictObject({ units: positiveInteger, bidirectional: v.boolean() }),
};

const config = v.pipe(
  v.strictObject({
    inputSize: positiveInteger,
    sequenceLength: positiveInteger,
    ...network,
    coarse: v.optional(
      v.strictObject({ side: positiveInteger, weight: v.pipe(v.number(), v.minValue(0), v.maxValue(1)) }),
    ),
    companion: v.optional(
      v.strictObject({
        ...network,
        evenFrom: positive,
        most: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
      }),
    ),
  }),
  v.check(
    ({ inputSize, coarse }) =>
      coarse === undefined ||
      (coarse.side < inputSize && Number.isInteger(Math.log2(inputSize / coarse.side))),
    'inputSize has to be the side of the coarse look times a power of two',
  ),
  v.check(
    ({ inputSize, companion }) => companion === undefined || inputSize % 2 === 0,
    'inputSize has to be even: a companion sees the crop at half its side',
  ),
);

const finite = v.pipe(v.number(), v.finite());

/** How many clips the versions that were counted are of, where some are re-encodings of one clip. */
const clipsOf = { realClips: v.optional(count), fakeClips: v.optional(count) };

const operatingPoint = v.strictObject({
  /** Calibrated score from which on the outcome holds. */
  threshold: probability,
  /** Real videos above the threshold, of how many, when it was set. */
  falseAlarms: count,
  reals: count,
  /** The same of manipulated ones. */
  found: v.optional(count),
  fakes: v.optional(count),
  ...clipsOf,
});

const marks = { strong: operatingPoint, some: operatingPoint };

/** What a mark did to clips that it was not set with: each fold by marks set on the others, and clips that set nothing. */
const outOfFold = v.strictObject({
  falseAlarms: count,
  reals: count,
  found: count,
  fakes: count,
  ...clipsOf,
});
const outOfFolds = { strong: outOfFold, some: outOfFold };

/** How the weights of a network came about: what it began with, the nearest first, and the steps of the last run. */
const training = { begun: v.array(v.string()), steps: count };

const manifestSchema = v.pipe(
  v.strictObject({
    version: v.pipe(v.string(), v.minLength(1)),
    name: v.pipe(v.string(), v.minLength(1)),
    createdAt: v.pipe(v.string(), v.isoTimestamp()),
    /** `model.json` and its weight files. */
    files: v.pipe(v.array(file), v.minLength(1)),
    config,
    preprocessing: v.strictObject({
      /** Side of a crop in pixels, and its margin around the face as the faces stage defines it. */
      crop: v.strictObject({ size: positiveInteger, margin: v.pipe(v.number(), v.finite(), v.minValue(0)) }),
      /** Of the colours in 0..1. */
      mean: rgb(v.pipe(v.number(), v.finite())),
      std: rgb(positive),
    }),
    sampling: v.strictObject({
      framesPerSecond: positive,
      framesPerSegment: positiveInteger,
      maxSegments: positiveInteger,
    }),
    /** Platt: `p = sigmoid(a * logit + b)`, and the same for poor quality, see `src/verdict/score.ts`. */
    calibration: v.strictObject({
      kind: v.literal('platt'),
      a: finite,
      b: finite,
      poor: v.optional(v.strictObject({ faceSize: positive, bitsPerPixel: positive, a: finite, b: finite })),
    }),
    operatingPoints: v.strictObject({
      ...marks,
      /** Those of faces smaller than so many pixels of the decoded frame, counted on re-encoded videos too. */
      smallFaces: v.optional(v.strictObject({ ...marks, below: positive })),
    }),
    /** Of the network itself, with the recipe, and of its companion. */
    training: v.optional(v.looseObject({ ...training, companion: v.optional(v.looseObject(training)) })),
    trainingData: v.array(v.looseObject({ name: v.string(), use: v.string() })),
    /** Measured figures, each with its counts. */
    quality: v.objectWithRest(
      {
        outOfFold: v.optional(
          v.strictObject({ ...outOfFolds, smallFaces: v.optional(v.strictObject(outOfFolds)) }),
        ),
      },
      v.unknown(),
    ),
    limits: v.array(v.string()),
  }),
  v.check(
    ({ config: { inputSize }, preprocessing }) => preprocessing.crop.size === inputSize,
    'preprocessing.crop.size must equal config.inputSize',
  ),
  v.check(
    ({ operatingPoints: { smallFaces, ...points } }) =>
      [points, smallFaces ?? points].every(({ strong, some }) => strong.threshold >= some.threshold),
    'the threshold of strong must not be below that of some',
  ),
);

/** What a model says of itself, see `manifestSchema`. */
export type ModelManifest = v.InferOutput<typeof manifestSchema>;

/**
 * The one door through which manifests come in.
 * @throws DetectorError `model_invalid`, naming the field and the value
 */
export function parseManifest(value: unknown): ModelManifest {
  const result = v.safeParse(manifestSchema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const field = v.getDotPath(issue);
  const where = field === null ? 'manifest' : `manifest.${field}`;
  throw new DetectorError('model_invalid', `${where}: ${issue.message} (value ${issue.received})`);
}
