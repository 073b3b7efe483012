/** Clips as they are and as others have re-encoded them: what calibration, operating points and limits are measured on. */
import { basename } from 'node:path';
import { calibratedOdds } from '../src/verdict/score.ts';
import type { Calibration } from '../src/verdict/types.ts';
import { pointsFor } from './calibrate.ts';
import type { CalibrationClip, SetPoints } from './calibrate.ts';
import type { CropStore } from './crop-store.ts';
import { auc } from './metrics.ts';
import { describeReencoding, isOriginal, reencodingOf } from './reencode.ts';
import type { Reencoding } from './reencode.ts';
import { isOfVal, printFigures, validationFigures } from './validation.ts';
import type { ScoredClip } from './validation.ts';

/** Nothing of a re-encoding is there for clips as they are. */
export interface ScoredCondition extends Reencoding {
  /** Folder of the crop store. */
  name: string;
  clips: readonly ScoredClip[];
}

/**
 * Scores clips as they are and re-encoded, and prints the figures of each. Clips that set nothing are a condition of their own.
 * @param stores as `prepare.ts --measured` makes them
 * @throws when none is of clips as they are: all others are held against those
 */
export async function scoreConditions(
  stores: readonly CropStore[],
  score: (store: CropStore) => Promise<readonly ScoredClip[]>,
): Promise<ScoredCondition[]> {
  if (!stores.some(({ settings }) => isOriginal(settings)))
    throw new Error('--conditions needs a store of clips as they are');
  const conditions: ScoredCondition[] = [];
  for (const store of stores) {
    const name = basename(store.directory);
    const scored = await score(store);
    for (const clips of [scored.filter(({ test }) => !test), scored.filter(({ test }) => test)]) {
      if (clips.length === 0) continue;
      const condition = { name, ...reencodingOf(store.settings), clips };
      conditions.push(condition);
      console.log(`${titleOf(condition)}: ${printFigures(validationFigures(condition.clips))}`);
    }
  }
  return conditions;
}

function titleOf(condition: ScoredCondition): string {
  const setsNothing = condition.clips.every(({ test }) => test);
  return `${describeReencoding(condition)}${setsNothing ? ', counted only' : ''}`;
}

/** What calibration is fitted on. */
export const calibrationClips = (conditions: readonly ScoredCondition[]): CalibrationClip[] =>
  versionsOf(conditions, ({ test }) => test === undefined);

/** What sets nothing, and is counted. */
export const testClips = (conditions: readonly ScoredCondition[]): CalibrationClip[] =>
  versionsOf(conditions, ({ test }) => test === true);

function versionsOf(
  conditions: readonly ScoredCondition[],
  which: (clip: ScoredClip) => boolean,
): CalibrationClip[] {
  return conditions.flatMap((condition) =>
    condition.clips.filter(which).map(({ path, region, label, logit, group, tracks }) => {
      const { faceSize, bitsPerPixel } = tracks[0]!;
      const original = isOriginal(condition);
      return { label, logit, group, faceSize, bitsPerPixel, original, clip: `${region} ${path}` };
    }),
  );
}

/** Log odds of a clip, by its worst face. */
const oddsOf = ({ logit, tracks }: ScoredClip, calibration: Calibration): number =>
  calibratedOdds(logit, calibration, tracks[0]!);

/** What a clip shows, by its worst face. */
export function outcomes({
  calibration,
  points,
}: SetPoints): (clip: ScoredClip) => 'strong' | 'some' | 'none' {
  return (clip) => {
    const odds = oddsOf(clip, calibration);
    const { strong, some } = pointsFor(points, clip.tracks[0]!);
    return odds > strong ? 'strong' : odds > some ? 'some' : 'none';
  };
}

export interface ConditionFigures {
  condition: string;
  /** Of the val split; held-out reals do not count. */
  auc: number | null;
  paired: { right: number; pairs: number };
  reals: number;
  /** All of them, also where they only are counted. */
  fakes: number;
  /** With *some* or *strong signs*: all reals, held-out ones too, and all fakes. */
  flaggedReals: number;
  allReals: number;
  flaggedFakes: number;
}

/** Clips with their log odds in place of their logits: what they are ranked by in use. */
export const withOdds = (clips: readonly ScoredClip[], calibration: Calibration): ScoredClip[] =>
  clips.map((clip) => ({ ...clip, logit: oddsOf(clip, calibration) }));

export function conditionFigures(condition: ScoredCondition, set: SetPoints): ConditionFigures {
  const ranked = withOdds(condition.clips, set.calibration);
  const { paired, pairs, reals } = validationFigures(ranked);
  const of = (label: string): ScoredClip[] => ranked.filter((clip) => clip.label === label);
  const flagged = ({ logit, tracks }: ScoredClip): boolean => logit > pointsFor(set.points, tracks[0]!).some;
  return {
    condition: titleOf(condition),
    auc: auc(ranked.filter(isOfVal).map(({ label, logit }) => ({ label, score: logit }))),
    paired: { right: Math.round((paired ?? 0) * pairs), pairs },
    reals,
    fakes: of('fake').length,
    flaggedReals: of('real').filter(flagged).length,
    allReals: of('real').length,
    flaggedFakes: of('fake').filter(flagged).length,
  };
}
