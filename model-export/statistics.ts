/** Ways of making one number of a face's frames, and of looking at what a face's quality does to the answer. */
import { trimmedMean } from '../src/verdict/score.ts';
import { auc } from './metrics.ts';
import type { ScoredClip, ScoredTrack } from './validation.ts';

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const rising = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

export function median(values: readonly number[]): number {
  const sorted = rising(values);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}

export const STATISTICS: Readonly<Record<string, (logits: readonly number[]) => number>> = {
  mean,
  'trimmed mean': trimmedMean,
  median,
  'mean of the highest quarter': (logits) =>
    mean(rising(logits).slice(-Math.max(1, Math.round(logits.length / 4)))),
  highest: (logits) => Math.max(...logits),
};

/** AUC of the clips when the worst face, by that statistic, decides. */
export function aucByStatistic(clips: readonly ScoredClip[]): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(STATISTICS).map(([name, statistic]) => [
      name,
      auc(
        clips.map(({ label, tracks }) => ({
          label,
          score: Math.max(...tracks.map(({ logits }) => statistic(logits))),
        })),
      ),
    ]),
  );
}

export interface QualityClass {
  from: number;
  /** Null for no upper bound, once it has been through JSON. */
  to: number | null;
  auc: number | null;
  reals: number;
  fakes: number;
}

/** What `measure.ts` writes, for the model card. */
export interface Measured {
  /** AUC by condition and statistic. */
  statistics: Record<string, Record<string, number | null>>;
  qualities: Record<string, QualityClass[]>;
}

/** AUC of clips whose worst face lies between two bounds of a quality. @param bounds rising */
export function aucByQuality(
  clips: readonly ScoredClip[],
  quality: (track: ScoredTrack) => number,
  bounds: readonly number[],
): QualityClass[] {
  return [0, ...bounds].map((from, index) => {
    const to = bounds[index] ?? Infinity;
    const inside = clips.filter(({ tracks }) => quality(tracks[0]!) >= from && quality(tracks[0]!) < to);
    return {
      from,
      to,
      auc: auc(inside.map(({ label, logit }) => ({ label, score: logit }))),
      reals: inside.filter(({ label }) => label === 'real').length,
      fakes: inside.filter(({ label }) => label === 'fake').length,
    };
  });
}
