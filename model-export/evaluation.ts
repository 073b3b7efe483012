/** How well the product did on a labelled set: figures of the whole, of kinds, sources, face sizes and compressions. */
import type { Outcome } from '../src/verdict/types.ts';
import { auc, expectedCalibrationError, groupedAuc, tprAtFpr } from './metrics.ts';
import type { GroupedAuc, LabelledScore } from './metrics.ts';
import { Random } from './pseudo-fake/random.ts';

/** One region of one file, as the product judged it. */
export interface ClipResult {
  path: string;
  region: string;
  label: 'real' | 'fake';
  kind: string;
  source: string;
  /** Clips that share footage or people. */
  group: string;
  outcome: Outcome;
  /** Calibrated, of the deciding face; null when the product could not tell. */
  score: number | null;
  reasons: string[];
  /** Calibrated score of every frame of the deciding face. */
  frames: number[];
  /** Of the deciding face, in source pixels; null without one. */
  faceSize: number | null;
  /** Bits of video per pixel per frame; null when unknown. */
  bitsPerPixel: number | null;
  seconds: number;
}

/** What flagging from an outcome on gives. Null where nothing can be divided. */
export interface Decision {
  falseAlarms: number;
  found: number;
  accuracy: number | null;
  precision: number | null;
  recall: number | null;
  f1: number | null;
}

export type Interval = [low: number, high: number];

/** Figures with an interval. `pairedShare`, and of reals and of fakes those with at least *some signs*. */
export type IntervalName =
  | 'auc'
  | 'byGroup'
  | 'tprAtFpr5'
  | 'ece'
  | 'pairedShare'
  | 'falseAlarmsStrong'
  | 'falseAlarmsSome'
  | 'foundSome';

type Judged = ClipResult & { score: number };

export interface Summary {
  auc: number | null;
  /** Every person and every piece of footage weighing the same, however many clips there are of it. */
  byGroup: GroupedAuc;
  /** Over single frames of the deciding faces. */
  frameAuc: number | null;
  tprAtFpr1: number | null;
  tprAtFpr5: number | null;
  tprAtFpr10: number | null;
  ece: number | null;
  /** Fakes that score above the real of their own group and source, of how many such pairs. */
  paired: { right: number; pairs: number };
  /** `strong` alone flags, or `some` does too. */
  decisions: Record<'strong' | 'some', Decision>;
  /** 95 %, by bootstrap over groups. */
  intervals: Record<IntervalName, Interval | null>;
  /** Clips with a score; those without are only in `cannotTell`. */
  reals: number;
  fakes: number;
  cannotTell: number;
}

/** What `npm run -s evaluate -- --json` prints. */
export interface Evaluation {
  /** What was measured: hash of the model's manifest, and the rows of the manifest that were taken. */
  model: string | null;
  split: string | null;
  overall: Summary;
  /** Kinds of fakes against all reals. */
  kinds: Record<string, Summary>;
  /** Each with its own reals and fakes only. */
  sources: Record<string, Summary>;
  /** Fakes of a source against all reals. */
  sourcesAgainstAllReals: Record<string, Summary>;
  faceSizes: Record<string, Summary>;
  compressions: Record<string, Summary>;
  /** The same clips re-encoded, by how; only where asked for. */
  conditions?: Record<string, Summary>;
  clips: ClipResult[];
}

/** Classes of faces by size in source pixels, and of files by bits per pixel. */
const FACE_SIZES = [80, 160];
const BITS_PER_PIXEL = [0.02, 0.08];

export function evaluation(
  clips: readonly ClipResult[],
  about: { model: string | null; split: string | null },
): Evaluation {
  const reals = clips.filter(({ label }) => label === 'real');
  const fakes = clips.filter(({ label }) => label === 'fake');
  return {
    ...about,
    overall: summarize(clips),
    kinds: mapValues(
      groupBy(fakes, ({ kind }) => kind),
      (kind) => summarize([...reals, ...kind]),
    ),
    sources: mapValues(
      groupBy(clips, ({ source }) => source),
      summarize,
    ),
    sourcesAgainstAllReals: mapValues(
      groupBy(fakes, ({ source }) => source),
      (source) => summarize([...reals, ...source]),
    ),
    faceSizes: mapValues(
      groupBy(clips, ({ faceSize }) => classOf(faceSize, FACE_SIZES, 'px')),
      summarize,
    ),
    compressions: mapValues(
      groupBy(clips, ({ bitsPerPixel }) => classOf(bitsPerPixel, BITS_PER_PIXEL, 'bits/px')),
      summarize,
    ),
    clips: [...clips],
  };
}

export function summarize(clips: readonly ClipResult[]): Summary {
  const judged = clips.filter((clip): clip is Judged => clip.score !== null);
  const fakes = judged.filter(({ label }) => label === 'fake').length;
  const frames = judged.flatMap(({ label, frames: scores }) => scores.map((score) => ({ label, score })));
  return {
    auc: auc(judged),
    byGroup: groupedAuc(judged),
    frameAuc: auc(frames),
    tprAtFpr1: tprAtFpr(judged, 0.01),
    tprAtFpr5: tprAtFpr(judged, 0.05),
    tprAtFpr10: tprAtFpr(judged, 0.1),
    ece: expectedCalibrationError(judged),
    paired: pairs(judged),
    decisions: {
      strong: decision(judged, (outcome) => outcome === 'strong'),
      some: decision(judged, isFlagged),
    },
    intervals: mapValues(FIGURES, (figure) => bootstrapInterval(judged, figure)) as Summary['intervals'],
    reals: judged.length - fakes,
    fakes,
    cannotTell: clips.length - judged.length,
  };
}

const isFlagged = (outcome: Outcome): boolean => outcome === 'strong' || outcome === 'some';

const shareOf = (
  clips: readonly Judged[],
  label: string,
  flags: (outcome: Outcome) => boolean,
): number | null => {
  const those = clips.filter((clip) => clip.label === label);
  return those.length === 0 ? null : those.filter(({ outcome }) => flags(outcome)).length / those.length;
};

const FIGURES: Record<IntervalName, (clips: readonly Judged[]) => number | null> = {
  auc,
  byGroup: (clips) => groupedAuc(clips).auc,
  tprAtFpr5: (clips) => tprAtFpr(clips, 0.05),
  ece: expectedCalibrationError,
  pairedShare: (clips) => {
    const { right, pairs: count } = pairs(clips);
    return count === 0 ? null : right / count;
  },
  falseAlarmsStrong: (clips) => shareOf(clips, 'real', (outcome) => outcome === 'strong'),
  falseAlarmsSome: (clips) => shareOf(clips, 'real', isFlagged),
  foundSome: (clips) => shareOf(clips, 'fake', isFlagged),
};

function decision(clips: readonly ClipResult[], flags: (outcome: Outcome) => boolean): Decision {
  const count = (label: 'real' | 'fake', flagged: boolean): number =>
    clips.filter((clip) => clip.label === label && flags(clip.outcome) === flagged).length;
  const found = count('fake', true);
  const missed = count('fake', false);
  const falseAlarms = count('real', true);
  const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
  return {
    falseAlarms,
    found,
    accuracy: share(found + count('real', false), clips.length),
    precision: share(found, found + falseAlarms),
    recall: share(found, found + missed),
    f1: share(2 * found, 2 * found + missed + falseAlarms),
  };
}

function pairs(clips: readonly Judged[]): { right: number; pairs: number } {
  const result = { right: 0, pairs: 0 };
  for (const fake of clips) {
    if (fake.label !== 'fake') continue;
    for (const real of clips) {
      if (real.label !== 'real' || real.group !== fake.group || real.source !== fake.source) continue;
      result.pairs++;
      if (fake.score > real.score) result.right++;
    }
  }
  return result;
}

/**
 * Percentile bootstrap (Efron 1979) of a figure. Whole groups are drawn: clips of the same footage say the same thing
 * twice. Null with fewer than two groups of reals or of fakes.
 */
export function bootstrapInterval<T extends LabelledScore & { group: string }>(
  clips: readonly T[],
  figure: (clips: readonly T[]) => number | null,
  rounds = 1000,
): Interval | null {
  const groups = Object.values(groupBy(clips, ({ group }) => group));
  for (const label of ['real', 'fake']) {
    if (groups.filter((group) => group.some((clip) => clip.label === label)).length < 2) return null;
  }
  const random = new Random(1);
  const values: number[] = [];
  for (let round = 0; round < rounds; round++) {
    // A group that is drawn twice is two groups, to figures that look at them.
    const drawn = groups.flatMap((_, at) => random.pick(groups).map((clip) => ({ ...clip, group: `${at}` })));
    const value = figure(drawn);
    if (value !== null) values.push(value);
  }
  if (values.length === 0) return null;
  values.sort((a, b) => a - b);
  return [values[Math.floor(0.025 * values.length)]!, values[Math.ceil(0.975 * values.length) - 1]!];
}

/** The class between two bounds that a value lies in, by name. */
function classOf(value: number | null, bounds: readonly number[], unit: string): string {
  if (value === null) return 'unknown';
  const index = bounds.findIndex((bound) => value < bound);
  if (index === 0) return `below ${bounds[0]} ${unit}`;
  if (index === -1) return `${bounds.at(-1)} ${unit} and more`;
  return `${bounds[index - 1]} to ${bounds[index]} ${unit}`;
}

function groupBy<T>(items: readonly T[], name: (item: T) => string): Record<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(name(item), [...(groups.get(name(item)) ?? []), item]);
  return Object.fromEntries([...groups].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })));
}

function mapValues<T, U>(record: Record<string, T>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
