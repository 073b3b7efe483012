import type { ModelManifest } from '../analysis/index.ts';
import { wilsonInterval, type Outcome, type VerdictRecord } from '../verdict/index.ts';

/** How many of 100 clips an outcome is wrong about, and between which numbers that may lie (95 %). */
export interface ErrorRate {
  /** `false-alarm`: of genuine clips, those flagged at this level. `miss`: of manipulated ones, those not flagged at all. */
  kind: 'false-alarm' | 'miss';
  ofHundred: number;
  low: number;
  high: number;
  /** Clips it was counted on. */
  clips: number;
}

/**
 * How often an outcome is wrong, as far as its own detector's figures tell; null where they do not. Clips that a mark was not
 * set with come first: counted on those that it was set with, it looks better than it is.
 * @param model the detector that is at hand, which need not be the one that judged
 */
export function errorRate(record: VerdictRecord, model: ModelManifest): ErrorRate | null {
  if (record.model?.name !== model.name || record.model.version !== model.version) return null;
  const { outcome } = record.verdict;
  if (outcome === 'cannot-tell') return null;
  return outcome === 'none' ? misses(model) : falseAlarms(model, outcome);
}

function falseAlarms(model: ModelManifest, mark: Extract<Outcome, 'strong' | 'some'>): ErrorRate | null {
  const { falseAlarms, reals } = model.quality.outOfFold?.[mark] ?? model.operatingPoints[mark];
  return rate('false-alarm', falseAlarms, reals);
}

function misses({ quality: { outOfFold } }: ModelManifest): ErrorRate | null {
  return outOfFold === undefined
    ? null
    : rate('miss', outOfFold.some.fakes - outOfFold.some.found, outOfFold.some.fakes);
}

function rate(kind: ErrorRate['kind'], count: number, clips: number): ErrorRate | null {
  if (clips === 0) return null;
  const [low, high] = wilsonInterval(count, clips);
  const ofHundred = (share: number): number => Math.round(100 * share);
  return { kind, ofHundred: ofHundred(count / clips), low: ofHundred(low), high: ofHundred(high), clips };
}
