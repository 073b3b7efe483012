import { describe, expect, it } from 'vitest';
import { DEFAULT_RECIPE } from '../../model-export/recipe.ts';
import { foldFigures, STUDIES, studyTable, withMinutes } from '../../model-export/studies.ts';
import type { ScoredClip } from '../../model-export/validation.ts';

const options = { generators: ['one', 'two'], folds: 4 };

function clip(label: 'real' | 'fake', source: string, group: string, logit: number): ScoredClip {
  const kind = label === 'real' ? 'real' : 'fake-swap';
  return {
    path: `${group}.mp4`,
    region: 'full',
    label,
    kind,
    source,
    group,
    heldOut: false,
    logit,
    tracks: [],
  };
}

describe('studies', () => {
  it('leave out one thing at a time', () => {
    const [all, ...others] = STUDIES.ablation(DEFAULT_RECIPE, options);
    expect(all!.recipe).toEqual(DEFAULT_RECIPE);
    expect(others.length).toBeGreaterThan(3);
    for (const { recipe } of others) {
      const changed = Object.entries(recipe).filter(
        ([key, value]) => JSON.stringify(value) !== JSON.stringify(DEFAULT_RECIPE[key as 'seed']),
      );
      expect(changed).toHaveLength(1);
    }
  });

  it('leave out every generator once, and cover every fold', () => {
    expect(STUDIES.generators(DEFAULT_RECIPE, options).map(({ recipe }) => recipe.leaveOut)).toEqual([
      undefined,
      ['one'],
      ['two'],
    ]);
    expect(STUDIES.folds(DEFAULT_RECIPE, options).map(({ recipe }) => recipe.fold?.index)).toEqual([
      0, 1, 2, 3,
    ]);
  });

  it('take as many minutes as asked for', () => {
    const { stages } = withMinutes(DEFAULT_RECIPE, 12);
    expect(stages.reduce((sum, stage) => sum + stage.minutes!, 0)).toBeCloseTo(12);
    const steps = DEFAULT_RECIPE.stages.map(({ minutes, ...stage }) => ({ ...stage, steps: minutes! }));
    expect(() => withMinutes({ ...DEFAULT_RECIPE, stages: steps }, 12)).toThrow(/steps, not minutes/);
  });

  it('are told as a table of both heads, with counts', () => {
    const sequences = [
      clip('real', 'one', 'a', 0),
      clip('fake', 'one', 'a', 2),
      clip('real', 'two', 'b', 1),
      clip('fake', 'two', 'b', 0.5),
    ];
    const frames = sequences.map((scored) => ({ ...scored, logit: -scored.logit }));
    const [head, , row] = studyTable([{ name: 'everything', scores: { frames, sequences } }]).split('\n');
    expect(head).toBe(
      '| trained with | AUC, frames averaged | AUC, LSTM | fakes above a real of their group | one against all reals | two against all reals | reals | fakes |',
    );
    expect(row).toBe('| everything | 0.250 | 0.750 | 1 of 2 | 1.000 | 0.500 | 2 | 2 |');
  });

  it('of folds count pairs of clips of one fold only', () => {
    const first = [clip('real', 'one', 'a', 0), clip('real', 'one', 'b', 1), clip('fake', 'one', 'a', 2)];
    // Another network, another scale: its fake is below the reals of the first fold.
    const second = [clip('real', 'two', 'c', -5), clip('fake', 'two', 'c', -6)];
    const { auc, paired, pairs, reals, fakes } = foldFigures([first, second]);
    expect(auc['all']).toBeCloseTo(2 / 3);
    expect(auc['one against all reals']).toBe(1);
    expect(auc['two against all reals']).toBe(0);
    expect([paired, pairs, reals, fakes]).toEqual([0.5, 2, 3, 2]);
  });
});
