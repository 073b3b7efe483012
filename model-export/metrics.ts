/** Figures of merit of scores against labels. All of them say nothing (null) rather than something wrong when a class is missing. */
export { wilsonInterval } from '../src/verdict/wilson.ts';

export interface LabelledScore {
  label: 'real' | 'fake';
  score: number;
}

/**
 * Area under the ROC curve: the chance that a fake scores above a real, ties counting half (Mann-Whitney U).
 * Null when there are no reals or no fakes.
 * @throws when a score is not a number
 * @param weightOf how much a clip counts among those of its label
 */
export function auc<T extends LabelledScore>(
  scores: readonly T[],
  weightOf: (clip: T) => number = () => 1,
): number | null {
  if (scores.some(({ score }) => Number.isNaN(score))) throw new Error('a score is not a number');
  const sorted = [...scores].sort((a, b) => a.score - b.score);
  const weight = { real: 0, fake: 0 };
  let above = 0;
  for (let i = 0; i < sorted.length;) {
    const equal = { real: 0, fake: 0 };
    const { score } = sorted[i]!;
    for (; i < sorted.length && sorted[i]!.score === score; i++)
      equal[sorted[i]!.label] += weightOf(sorted[i]!);
    above += equal.fake * (weight.real + equal.real / 2);
    weight.real += equal.real;
    weight.fake += equal.fake;
  }
  return weight.real === 0 || weight.fake === 0 ? null : above / (weight.real * weight.fake);
}

export interface GroupedAuc {
  auc: number | null;
  /** Groups with reals, and with fakes. */
  realGroups: number;
  fakeGroups: number;
}

/** The same, but every group (person, footage) weighs as much as any other of its label, however many clips it has. */
export function groupedAuc(scores: readonly (LabelledScore & { group: string })[]): GroupedAuc {
  const sizes = { real: new Map<string, number>(), fake: new Map<string, number>() };
  for (const { label, group } of scores) sizes[label].set(group, (sizes[label].get(group) ?? 0) + 1);
  return {
    auc: auc(scores, ({ label, group }) => 1 / sizes[label].get(group)!),
    realGroups: sizes.real.size,
    fakeGroups: sizes.fake.size,
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
