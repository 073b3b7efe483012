/** What an exported model says of itself: preprocessing, calibration, operating points, data and measured quality. */
import type { ModelManifest } from '../src/detector/manifest.ts';
import { DEFAULT_SAMPLING } from '../scripts/pipeline.ts';
import { fitPlatt, operatingLogit, outOfFold } from './calibrate.ts';
import type { Point } from './calibrate.ts';
import type { CropStore } from './crop-store.ts';
import { expectedCalibrationError, tprAtFpr } from './metrics.ts';
import type { Recipe } from './recipe.ts';
import { NORMALISATION } from './trainable.ts';
import { divide } from './training-set.ts';
import type { Part } from './training-set.ts';
import { validationFigures } from './validation.ts';
import type { ScoredClip } from './validation.ts';

export interface ManifestFacts {
  recipe: Recipe;
  stores: readonly CropStore[];
  step: number;
  version: string;
  name: string;
  /** Scores of the exported weights. */
  clips: readonly ScoredClip[];
  quantization: string;
  largestChange: number;
  files: ModelManifest['files'];
}

const rounded = (value: number, digits = 4): number => Number(value.toFixed(digits));

/** To be validated by `parseManifest`. */
export function buildManifest(facts: ManifestFacts): ModelManifest {
  const { recipe, stores, clips } = facts;
  const settings = stores[0]!.settings;
  const { inputSize } = recipe.detector;
  const calibration = fitPlatt(clips);
  const { a, b } = calibration;
  const probability = (logit: number): number => 1 / (1 + Math.exp(-(a * logit + b)));
  const reals = clips.filter(({ label }) => label === 'real').map(({ logit }) => logit);
  const operatingPoint = (point: Point): ModelManifest['operatingPoints']['strong'] => {
    const threshold = rounded(Math.min(0.9999, probability(operatingLogit(reals, point)) + 5e-5));
    const falseAlarms = reals.filter((logit) => probability(logit) >= threshold).length;
    return { threshold, falseAlarms, reals: reals.length };
  };
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
    calibration: { kind: 'platt', a, b },
    operatingPoints: { strong: operatingPoint('strong'), some: operatingPoint('some') },
    trainingData: trainingData(recipe, stores),
    quality: quality(facts, probability),
    limits: [
      'Research data: weights for research and personal use.',
      'Trained for hours on a CPU, on few kinds of manipulation; misses many of those it has not seen.',
      'Operating points rest on few real clips: see the counts.',
    ],
  };
}

const USES: Readonly<Record<Part, string>> = {
  train: 'training',
  val: 'validation and calibration',
  calibration: 'calibration only',
  none: 'not used',
};

/** Sources with what they were used for and how many groups and crops of them. */
function trainingData(recipe: Recipe, stores: readonly CropStore[]): ModelManifest['trainingData'] {
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

function quality(facts: ManifestFacts, probability: (logit: number) => number): Record<string, unknown> {
  const { clips } = facts;
  const figures = validationFigures(clips);
  const val = clips.filter(({ heldOut }) => !heldOut);
  const scores = val.map(({ label, logit }) => ({ label, score: probability(logit) }));
  const shown = (value: number | null): number | null => (value === null ? null : rounded(value));
  return {
    measuredOn:
      'val split, video level, crops of the preparation; calibrated on the same clips and held-out reals',
    reals: figures.reals,
    fakes: figures.fakes,
    heldOutReals: clips.length - val.length,
    auc: Object.fromEntries(Object.entries(figures.auc).map(([name, value]) => [name, shown(value)])),
    tprAtFpr5: shown(tprAtFpr(scores, 0.05)),
    ece: shown(expectedCalibrationError(scores)),
    paired: { accuracy: shown(figures.paired), pairs: figures.pairs },
    outOfFold: { strong: outOfFold(clips, 'strong'), some: outOfFold(clips, 'some') },
    weights: {
      quantization: facts.quantization,
      largestChangeOfALogitInDeviations: rounded(facts.largestChange),
    },
    trainingSteps: facts.step,
  };
}
