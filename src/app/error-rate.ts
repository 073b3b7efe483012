import type { ModelManifest } from '../analysis/index.ts';
import { isSmallFace, wilsonInterval, type Outcome, type VerdictRecord } from '../verdict/index.ts';
import { messages } from './messages.ts';

/** How many of 100 clips an outcome is wrong about, and between which numbers that may lie (95 %). */
export interface ErrorRate {
  /** `false-alarm`: of genuine clips, those flagged at this level. `miss`: of manipulated ones, those not flagged at all. */
  kind: 'false-alarm' | 'miss';
  /** Whether it was counted on small faces alone, as the deciding one is. */
  smallFace: boolean;
  share: number;
  ofHundred: number;
  low: number;
  high: number;
  /** Clips it was counted on, re-encoded versions of one as one. */
  clips: number;
}

/**
 * How often an outcome is wrong, as far as its own detector's figures tell; null where they do not. There are two counts: of the
 * detector's own marks, on the clips that they were set with, and on clips that did not set them: each fifth by marks of the others, and clips
 * that set nothing by its own. The worse of them counts.
 * @param model the detector that is at hand, which need not be the one that judged
 */
export function errorRate(record: VerdictRecord, model: ModelManifest): ErrorRate | null {
  if (record.model?.name !== model.name || record.model.version !== model.version) return null;
  const { outcome, trackId } = record.verdict;
  if (outcome === 'cannot-tell') return null;
  const { operatingPoints } = model;
  const { outOfFold } = model.quality;
  const { faceSize = Infinity } = record.tracks.find(({ id }) => id === trackId) ?? {};
  const smallFace = isSmallFace(operatingPoints, faceSize);
  const mark = outcome === 'none' ? 'some' : outcome;
  const counted = smallFace
    ? [operatingPoints.smallFaces, outOfFold?.smallFaces]
    : [operatingPoints, outOfFold];
  const rates = counted
    .map((counts): MarkCounts | undefined => counts?.[mark])
    .filter((one) => one !== undefined)
    .map(outcome === 'none' ? misses : falseAlarms)
    .filter((one) => one !== null);
  const worst = rates.sort((a, b) => b.share - a.share)[0];
  return worst === undefined ? null : { ...worst, smallFace };
}

/** Clips above a mark, of how many. */
interface MarkCounts {
  falseAlarms: number;
  reals: number;
  found?: number | undefined;
  fakes?: number | undefined;
  realClips?: number | undefined;
  fakeClips?: number | undefined;
}

type Rate = Omit<ErrorRate, 'smallFace'>;

const falseAlarms = ({ falseAlarms, reals, realClips = reals }: MarkCounts): Rate | null =>
  rate('false-alarm', falseAlarms / reals, realClips);

const misses = ({ found = 0, fakes = 0, fakeClips = fakes }: MarkCounts): Rate | null =>
  rate('miss', (fakes - found) / fakes, fakeClips);

/** @param clips several versions of one say little more than one does: the interval is that of so many */
function rate(kind: ErrorRate['kind'], share: number, clips: number): Rate | null {
  if (clips === 0) return null;
  const [low, high] = wilsonInterval(share * clips, clips);
  const ofHundred = (share: number): number => Math.round(100 * share);
  return { kind, share, ofHundred: ofHundred(share), low: ofHundred(low), high: ofHundred(high), clips };
}

/** What an outcome means, in sentences: where nothing was found, also that most manipulated clips end so, where they do. */
export function meaningText(outcome: Outcome, rate: ErrorRate | null): string {
  const { meaning } = messages.outcomes[outcome];
  return rate?.kind === 'miss' && rate.share > 0.5
    ? `${meaning} ${messages.errorRate.mostMissed(rate)}`
    : meaning;
}
