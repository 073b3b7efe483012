import { describe, expect, it } from 'vitest';
import { DEFAULT_RECIPE } from '../../model-export/recipe.ts';
import { STUDIES, studyTable, withMinutes } from '../../model-export/studies.ts';
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
      '| trained with | AUC, frames averaged | AUC, LSTM | fakes above their original | one against all reals | two against all reals | reals | fakes |',
    );
    expect(row).toBe('| everything | 0.250 | 0.750 | 1 of 2 | 1.000 | 0.500 | 2 | 2 |');
  });
});
