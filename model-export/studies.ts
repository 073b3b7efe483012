/** What `study.ts` varies, and the table that compares the results. */
import type { RunScores } from './checkpoint.ts';
import type { Recipe } from './recipe.ts';
import { validationFigures } from './validation.ts';
import type { ScoredClip, ValidationFigures } from './validation.ts';

export interface Variation {
  name: string;
  recipe: Recipe;
}

export interface StudyOptions {
  /** Sources of the manipulations in the training split. */
  generators: readonly string[];
  folds: number;
}

export type StudyName = 'ablation' | 'generators' | 'folds';

const EVERYTHING = 'everything';

export const STUDIES: Readonly<Record<StudyName, (base: Recipe, options: StudyOptions) => Variation[]>> = {
  ablation: (base) =>
    vary(base, {
      [EVERYTHING]: {},
      // By how much rows differ that differ in nothing but chance.
      'everything, other random numbers': { seed: base.seed + 1 },
      'without real manipulations': { mix: { ...base.mix, paired: 0 } },
      'without pseudo-fakes of stills': { mix: { ...base.mix, still: 0 } },
      'without pseudo-fakes of clips': { mix: { ...base.mix, clip: 0 } },
      'without other people’s faces': { donorShare: 0 },
      ...(base.landmarkShare > 0 && {
        'without landmarks': { landmarkShare: 0 },
        'without other speech': { reenactShare: 0 },
      }),
      ...(base.autoencoders && { 'without autoencoders': { autoencoderShare: 0 } }),
      'without whole faces': { regions: { ...base.regions, face: 0, box: 0 } },
      'without parts of faces': { regions: { face: base.regions.face ?? 1, box: base.regions.box ?? 0 } },
      'without failures in time': { steadyShare: 1 },
      'without parts of manipulations': { partialShare: 0 },
      'without a real encoder': { h264Share: 0 },
      'without the loss on places': { placeWeight: 0 },
    }),
  generators: (base, { generators }) =>
    vary(base, {
      [EVERYTHING]: {},
      ...Object.fromEntries(generators.map((source) => [`without ${source}`, { leaveOut: [source] }])),
    }),
  folds: (base, { folds }) =>
    vary(
      base,
      Object.fromEntries(
        Array.from({ length: folds }, (_, index) => [
          `fold ${index + 1} of ${folds}`,
          { fold: { index, count: folds } },
        ]),
      ),
    ),
};

function vary(base: Recipe, changes: Record<string, Partial<Recipe>>): Variation[] {
  return Object.entries(changes).map(([name, change]) => ({ name, recipe: { ...base, ...change } }));
}

/** The recipe with its stages stretched or shortened so that those measured in minutes take so many in all. */
export function withMinutes(recipe: Recipe, minutes: number): Recipe {
  const all = recipe.stages.reduce((sum, stage) => sum + (stage.minutes ?? 0), 0);
  if (all === 0) throw new Error('the recipe’s stages have steps, not minutes: there is nothing to stretch');
  return {
    ...recipe,
    stages: recipe.stages.map((stage) =>
      stage.minutes === undefined ? stage : { ...stage, minutes: (stage.minutes * minutes) / all },
    ),
  };
}

export interface StudyResult {
  name: string;
  scores: RunScores;
}

/** What a row shows. */
type Figures = Omit<ValidationFigures, 'byGroup'>;

interface Row {
  name: string;
  frames: Figures;
  sequences: Figures;
}

/**
 * Markdown: a row per variation, a column per source of fakes, counts behind all of it.
 * @param together a last row for all results, which are of different clips each
 */
export function studyTable(results: readonly StudyResult[], together?: string): string {
  const sources = [...new Set(results.flatMap(({ scores }) => fakeSources(scores.sequences)))];
  const rows: Row[] = results.map(({ name, scores }) => ({
    name,
    frames: validationFigures(scores.frames),
    sequences: validationFigures(scores.sequences),
  }));
  if (together !== undefined)
    rows.push({
      name: together,
      frames: foldFigures(results.map(({ scores }) => scores.frames)),
      sequences: foldFigures(results.map(({ scores }) => scores.sequences)),
    });
  const head = [
    'trained with',
    'AUC, frames averaged',
    'AUC, LSTM',
    'fakes above a real of their group',
    ...sources.map((source) => `${source} against all reals`),
    'reals',
    'fakes',
  ];
  const lines = rows.map(({ name, frames, sequences }) => [
    name,
    figure(frames.auc['all']),
    figure(sequences.auc['all']),
    pairs(sequences),
    ...sources.map((source) => figure(sequences.auc[`${source} against all reals`])),
    sequences.reals,
    sequences.fakes,
  ]);
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

/**
 * Figures over the clips of all folds. Scores of different networks are not comparable: an AUC is the share of pairs of a
 * fake and a real clip in the right order, and only pairs of one fold count.
 */
export function foldFigures(folds: readonly (readonly ScoredClip[])[]): Figures {
  const sums = new Map<string, { right: number; pairs: number }>();
  const total = { right: 0, pairs: 0, reals: 0, fakes: 0 };
  for (const clips of folds) {
    const { auc, paired, pairs, reals, fakes } = validationFigures(clips);
    const sources = fakeSources(clips);
    for (const [name, value] of Object.entries(auc)) {
      const source = /^(.*) against all reals$/.exec(name)?.[1];
      if ((name !== 'all' && source === undefined) || value === null) continue;
      const count = reals * (source === undefined ? fakes : sources.filter((one) => one === source).length);
      const sum = sums.get(name) ?? { right: 0, pairs: 0 };
      sums.set(name, { right: sum.right + value * count, pairs: sum.pairs + count });
    }
    total.right += (paired ?? 0) * pairs;
    total.pairs += pairs;
    total.reals += reals;
    total.fakes += fakes;
  }
  return {
    auc: Object.fromEntries([...sums].map(([name, { right, pairs }]) => [name, right / pairs])),
    paired: total.pairs === 0 ? null : total.right / total.pairs,
    pairs: total.pairs,
    reals: total.reals,
    fakes: total.fakes,
  };
}

const fakeSources = (clips: readonly ScoredClip[]): string[] =>
  clips.filter(({ label, heldOut }) => label === 'fake' && !heldOut).map(({ source }) => source);

const figure = (value: number | null | undefined): string =>
  value === null || value === undefined ? '-' : value.toFixed(3);

const pairs = ({ paired, pairs: count }: Figures): string =>
  paired === null ? '-' : `${Math.round(paired * count)} of ${count}`;
