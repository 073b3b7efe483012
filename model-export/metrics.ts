/** Figures of merit of scores against labels. All of them say nothing (null) rather than something wrong when a class is missing. */
export { wilsonInterval } from '../src/verdict/wilson.ts';

export interface LabelledScore {
  label: 'real' | 'fake';
  score: number;
}

/**
 * Area under the ROC curve: the chance that a fake scores above a real, ties counting half (Mann-Whitney U).
 * Null when there are no reals or no fakes.
 */
export function auc(scores: readonly LabelledScore[]): number | null {
  const sorted = [...scores].sort((a, b) => a.score - b.score);
  const fakes = sorted.filter(({ label }) => label === 'fake').length;
  const reals = sorted.length - fakes;
  if (fakes === 0 || reals === 0) return null;
  let rankSum = 0;
  for (let i = 0; i < sorted.length;) {
    let end = i;
    while (end < sorted.length && sorted[end]!.score === sorted[i]!.score) end++;
    const meanRank = (i + 1 + end) / 2;
    for (let j = i; j < end; j++) if (sorted[j]!.label === 'fake') rankSum += meanRank;
    i = end;
  }
  return (rankSum - (fakes * (fakes + 1)) / 2) / (fakes * reals);
}

export interface GroupedAuc {
  auc: number | null;
  /** Groups with reals, and with fakes. */
  realGroups: number;
  fakeGroups: number;
}

/** The same, but every group (person, footage) weighs as much as any other of its label, however many clips it has. */
export function groupedAuc(scores: readonly (LabelledScore & { group: string })[]): GroupedAuc {
  const groups = (label: LabelledScore['label']): LabelledScore[][] => {
    const found = new Map<string, LabelledScore[]>();
    for (const one of scores)
      if (one.label === label) found.set(one.group, [...(found.get(one.group) ?? []), one]);
    return [...found.values()];
  };
  const [reals, fakes] = [groups('real'), groups('fake')];
  const all = fakes.flatMap((fake) => reals.map((real) => auc([...fake, ...real])!));
  return {
    auc: all.length === 0 ? null : all.reduce((sum, one) => sum + one, 0) / all.length,
    realGroups: reals.length,
    fakeGroups: fakes.length,
  };
}

/** The largest share of fakes found by a threshold that flags at most `fpr` of the reals. */
export function tprAtFpr(scores: readonly LabelledScore[], fpr: number): number | null {
  const reals = scores.filter(({ label }) => label === 'real').map(({ score }) => score);
  const fakes = scores.filter(({ label }) => label === 'fake').map(({ score }) => score);
  if (reals.length === 0 || fakes.length === 0) return null;
  const threshold = thresholdForFpr(reals, fpr);
  return fakes.filter((score) => score > threshold).length / fakes.length;
}

/** The smallest real score such that at most `fpr` of the reals lie strictly above it. */
export function thresholdForFpr(reals: readonly number[], fpr: number): number {
  const falling = [...reals].sort((a, b) => b - a);
  return falling[Math.min(falling.length - 1, Math.floor(fpr * falling.length))]!;
}

/**
 * Expected calibration error: the mean gap between predicted probability and observed share of fakes, over `bins` bins
 * of equal width, weighted by how many clips fall into each (Naeini et al. 2015).
 */
export function expectedCalibrationError(scores: readonly LabelledScore[], bins = 10): number | null {
  if (scores.length === 0) return null;
  let error = 0;
  for (let bin = 0; bin < bins; bin++) {
    const inside = scores.filter(({ score }) => Math.min(bins - 1, Math.floor(score * bins)) === bin);
    if (inside.length === 0) continue;
    const predicted = inside.reduce((sum, { score }) => sum + score, 0) / inside.length;
    const observed = inside.filter(({ label }) => label === 'fake').length / inside.length;
    error += (inside.length / scores.length) * Math.abs(predicted - observed);
  }
  return error;
}
