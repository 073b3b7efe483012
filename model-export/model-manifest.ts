/** What an exported model says of itself: preprocessing, calibration, operating points, data and measured quality. */
import type { ModelManifest } from '../src/detector/manifest.ts';
import { DEFAULT_SAMPLING } from '../scripts/pipeline.ts';
import { calibrate, probability } from '../src/verdict/score.ts';
import { addCounts, countAbove, outOfFold, setPoints } from './calibrate.ts';
import type { CalibrationClip, OutOfFold, Point, Points, SetPoints } from './calibrate.ts';
import type { Progress } from './checkpoint.ts';
import { calibrationClips, conditionFigures, testClips, withOdds } from './conditions.ts';
import type { ScoredCondition } from './conditions.ts';
import type { CropStore } from './crop-store.ts';
import type { GateResult } from './gate.ts';
import { expectedCalibrationError, tprAtFpr } from './metrics.ts';
import { DEFAULT_RECIPE } from './recipe.ts';
import type { Recipe } from './recipe.ts';
import { isOriginal } from './reencode.ts';
import { NORMALISATION } from './trainable.ts';
import { divide } from './training-set.ts';
import type { Division, Part } from './training-set.ts';
import { isOfVal, validationFigures } from './validation.ts';

/** How the weights of a run came about. */
export interface TrainedRun {
  recipe: Recipe;
  /** What the run began with, the latest first. */
  begun: readonly string[];
  /** Where the checkpoint stands. */
  progress: Progress;
}

export interface ManifestFacts extends TrainedRun {
  stores: readonly CropStore[];
  /** Of the network's companion. */
  companion: TrainedRun | undefined;
  version: string;
  name: string;
  /** Scores of the exported weights: clips as they are, and re-encoded. */
  conditions: readonly ScoredCondition[];
  quantization: string;
  gate: GateResult;
  files: ModelManifest['files'];
}

export const KNOWN_LIMITS: string[] = [
  'Research data: weights for research and personal use.',
  'Trained on few kinds of manipulation; misses many of those it has not seen.',
  'Operating points rest on few real clips: see the counts.',
  'Real videos of webcams and old cameras, most of all with small pictures, are flagged more often than others.',
];

const rounded = (value: number, digits = 4): number => Number(value.toFixed(digits));

/** To be validated by `parseManifest`. */
export function buildManifest(facts: ManifestFacts): ModelManifest {
  const { recipe, stores } = facts;
  const settings = stores[0]!.settings;
  const { inputSize } = recipe.detector;
  const { quality, ...judgement } = judgementOf(facts.conditions);
  return {
    version: facts.version,
    name: facts.name,
    createdAt: new Date().toISOString(),
    files: facts.files,
    config: recipe.detector,
    preprocessing: {
      // Stored crops are larger at the same scale: the margin shrinks as the side does.
      crop: { size: inputSize, margin: rounded((settings.margin * inputSize) / settings.size, 6) },
      mean: [NORMALISATION.mean, NORMALISATION.mean, NORMALISATION.mean],
      std: [NORMALISATION.std, NORMALISATION.std, NORMALISATION.std],
    },
    sampling: { ...DEFAULT_SAMPLING, framesPerSecond: recipe.framesPerSecond },
    ...judgement,
    training: { ...training(facts), ...(facts.companion && { companion: training(facts.companion) }) },
    trainingData: trainingData(recipe, stores),
    quality: {
      ...quality,
      weights: {
        quantization: facts.quantization,
        largestChangeOfALogitInDeviations: rounded(facts.gate.change),
        changedOutcomes: facts.gate.changedOutcomes,
        clips: facts.gate.clips,
      },
    },
    limits: KNOWN_LIMITS,
  };
}

/** The recipe, as far as it says how the weights came about. */
function training({ recipe, begun, progress }: TrainedRun): NonNullable<ModelManifest['training']> {
  // Imported and exported again: this recipe has trained nothing.
  if (progress.step === 0) return { begun: [...begun], steps: 0 };
  const { autoencoders = [], autoencoderShare } = recipe;
  const { mix, donorShare, regions, steadyShare, partialShare, captureStrength, h264Share } = recipe;
  const { landmarkShare, reenactShare, placeWeight, rankWeight, sharpnessRadius } = recipe;
  const { optimizer, weightDecay, labelSmoothing, holdOut } = recipe;
  const stages = recipe.stages.slice(0, progress.stage + (progress.stepInStage > 0 ? 1 : 0));
  return {
    begun: [...begun],
    steps: progress.step,
    ...{
      mix,
      donorShare,
      ...(landmarkShare > 0 && { landmarkShare, reenactShare }),
      ...(autoencoders.length > 0 && { autoencoders: autoencoders.length, autoencoderShare }),
      regions,
      steadyShare,
      partialShare,
      captureStrength,
      h264Share,
      placeWeight,
      rankWeight,
      ...(sharpnessRadius !== undefined && { sharpnessRadius }),
    },
    ...{ optimizer, weightDecay, labelSmoothing, holdOut, stages },
  };
}

/** Share of the plain real clips that a model and its companion were both not trained on; the default where a manifest does not say. */
export function heldOutShare({ training }: Pick<ModelManifest, 'training'>): number {
  const own = training?.['holdOut'] ?? DEFAULT_RECIPE.holdOut;
  return Math.min(Number(own), Number(training?.companion?.['holdOut'] ?? own));
}

/** What clips of each part were used for, in words. */
export const USES: Readonly<Record<Part, string>> = {
  train: 'training',
  val: 'validation and calibration',
  calibration: 'calibration only',
  test: 'counted only',
  none: 'not used',
};

/** Sources with what they were used for and how many groups and crops of them. */
export function trainingData(recipe: Division, stores: readonly CropStore[]): ModelManifest['trainingData'] {
  const partOf = divide(stores, recipe);
  const rows = new Map<
    string,
    { name: string; use: string; label: string; groups: Set<string>; crops: number }
  >();
  for (const track of stores.flatMap((store) => store.tracks)) {
    const use = USES[partOf(track)];
    const name = track.kind === 'still' ? (track.path.split('/')[0] ?? track.source) : track.source;
    const key = [name, use, track.label].join();
    const row = rows.get(key) ?? { name, use, label: track.label, groups: new Set<string>(), crops: 0 };
    rows.set(key, row);
    row.groups.add(track.group);
    row.crops += track.count;
  }
  return [...rows.values()].map(({ groups, ...row }) => ({ ...row, groups: groups.size }));
}

/**
 * What is set and measured on scored clips, whatever made the weights.
 * @param conditions one of clips as they are among them
 */
export function judgementOf(
  conditions: readonly ScoredCondition[],
): Pick<ModelManifest, 'calibration' | 'operatingPoints' | 'quality'> {
  const measured = calibrationClips(conditions);
  const set = setPoints(measured);
  return {
    calibration: { kind: 'platt', ...set.calibration },
    operatingPoints: operatingPoints(measured, set),
    quality: quality(conditions, measured, testClips(conditions), set),
  };
}

type MeasuredPoint = ModelManifest['operatingPoints']['strong'];

function operatingPoints(
  measured: readonly CalibrationClip[],
  { calibration, points }: SetPoints,
): ModelManifest['operatingPoints'] {
  const thresholdOf = (odds: number): number => rounded(Math.min(0.9999, probability(odds) + 5e-5));
  const counted = (clips: readonly CalibrationClip[], point: Point): OutOfFold =>
    countAbove(clips, point, calibration, points);
  const both = (own: Points, clips: readonly CalibrationClip[]): Record<Point, MeasuredPoint> => ({
    strong: { threshold: thresholdOf(own.strong), ...counted(clips, 'strong') },
    some: { threshold: thresholdOf(own.some), ...counted(clips, 'some') },
  });
  const { smallFaces } = points;
  const originals = measured.filter(({ original }) => original);
  if (smallFaces === undefined) return both(points, originals);
  const { below } = smallFaces;
  const small = measured.filter(({ faceSize }) => faceSize < below);
  return { ...both(points, originals), smallFaces: { ...both(smallFaces, small), below } };
}

function quality(
  conditions: readonly ScoredCondition[],
  measured: readonly CalibrationClip[],
  tested: readonly CalibrationClip[],
  set: SetPoints,
): ModelManifest['quality'] {
  const clips = conditions.filter(isOriginal).flatMap((condition) => condition.clips);
  const figures = validationFigures(withOdds(clips, set.calibration));
  const val = clips.filter(isOfVal);
  const scores = val.map(({ label, logit, tracks }) => ({
    label,
    score: calibrate(logit, set.calibration, tracks[0]!),
  }));
  const { poor } = set.calibration;
  const { smallFaces } = set.points;
  const unseen = (counted: (clip: CalibrationClip) => boolean): Record<Point, OutOfFold> => {
    const count = (point: Point): OutOfFold =>
      addCounts(
        outOfFold(measured, point, poor, counted),
        countAbove(tested.filter(counted), point, set.calibration, set.points),
      );
    return { strong: count('strong'), some: count('some') };
  };
  const shown = (value: number | null): number | null => (value === null ? null : rounded(value));
  return {
    measuredOn:
      'val split, video level, crops of the preparation; calibrated on the same clips and held-out reals',
    reals: figures.reals,
    fakes: figures.fakes,
    heldOutReals: clips.filter(({ heldOut }) => heldOut).length,
    auc: Object.fromEntries(Object.entries(figures.auc).map(([name, value]) => [name, shown(value)])),
    tprAtFpr5: shown(tprAtFpr(scores, 0.05)),
    ece: shown(expectedCalibrationError(scores)),
    paired: { accuracy: shown(figures.paired), pairs: figures.pairs },
    outOfFold: {
      ...unseen(({ original }) => original),
      ...(smallFaces && { smallFaces: unseen(({ faceSize }) => faceSize < smallFaces.below) }),
    },
    aucByCalibration: { plain: shown(set.auc.plain), byQuality: shown(set.auc.byQuality) },
    conditions: conditions.map((condition) => {
      const { auc, ...counts } = conditionFigures(condition, set);
      return { ...counts, auc: shown(auc) };
    }),
  };
}
