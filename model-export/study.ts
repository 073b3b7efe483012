/**
 * Trains variations of one recipe and compares them on the same clips:
 *
 *     npx tsx model-export/study.ts --study ablation|generators|folds [--recipe FILE.json] [--minutes M] [--folds 5]
 *                                   [--backend auto] [--out FILE.md]
 *
 * `ablation` leaves out one thing at a time, `generators` the manipulations of one source at a time, and `folds` measures
 * every group of the training clips by a network that has not seen it. Each variation is a run of its own, `STUDY-NAME`;
 * the same command goes on after a stop. `--minutes` is the training time of each; without it the recipe's own lengths count.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArguments, refuse } from '../scripts/refuse.ts';
import { root } from '../scripts/root.ts';
import { firstTrained, RunFolder } from './checkpoint.ts';
import type { Recipe } from './recipe.ts';
import { STUDIES, studyTable, withMinutes } from './studies.ts';
import type { StudyName } from './studies.ts';
import { openStores, readRecipe } from './workspace.ts';

const { values } = readArguments({
  options: {
    study: { type: 'string', default: '' },
    recipe: { type: 'string' },
    minutes: { type: 'string' },
    folds: { type: 'string', default: '5' },
    backend: { type: 'string', default: 'auto' },
    out: { type: 'string' },
  },
});
const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
const folds = Number(values.folds);
if (
  !(values.study in STUDIES) ||
  (minutes !== undefined && !(minutes > 0)) ||
  !(Number.isInteger(folds) && folds > 1)
) {
  console.error(
    `Usage: npx tsx model-export/study.ts --study ${Object.keys(STUDIES).join('|')} [--recipe FILE.json] [--minutes M] [--folds 5] [--out FILE.md]`,
  );
  process.exit(1);
}
const study = values.study as StudyName;
const recipe = readRecipe(values.recipe);
const base = minutes === undefined ? recipe : withMinutes(recipe, minutes);
const trained =
  study === 'ablation' || base.startFrom === undefined ? undefined : firstTrained(root, base.startFrom);
if (trained !== undefined)
  refuse(
    `--study ${study} is about networks that have not seen what is left out, and startFrom leads to ${trained}, which may have: begin with imported weights, or with none.`,
  );
const tracks = openStores(base.crops).flatMap((store) => store.tracks);
const generators = [
  ...new Set(
    tracks.filter(({ label, split }) => label === 'fake' && split === 'train').map(({ source }) => source),
  ),
];

const variations = STUDIES[study](base, { generators, folds });
const results = variations.map(({ name, recipe }) => {
  const run = `${study}-${name.replaceAll(/[^A-Za-z0-9]+/g, '-')}`;
  return { name, scores: finished(run, recipe) };
});
const table = studyTable(results, study === 'folds' ? 'all folds' : undefined);
console.log(`\n${table}`);
if (values.out !== undefined) writeFileSync(values.out, table);

/** Trains the run, unless that is done. */
function finished(run: string, recipe: Recipe): NonNullable<ReturnType<RunFolder['readScores']>> {
  const folder = new RunFolder(root, run);
  folder.begin(recipe);
  if (folder.readScores() === undefined) {
    console.log(`\n${run}`);
    const made = mkdtempSync(join(tmpdir(), 'clearframe-study-'));
    const file = join(made, 'recipe.json');
    writeFileSync(file, JSON.stringify(recipe));
    const command = ['model-export/train.ts', '--run', run, '--recipe', file, '--backend', values.backend];
    const { status } = spawnSync(process.execPath, [...process.execArgv, ...command], {
      cwd: root,
      stdio: 'inherit',
    });
    rmSync(made, { recursive: true });
    if (status !== 0) process.exit(status ?? 1);
  }
  const scores = folder.readScores();
  // Stopped on request: the same command goes on.
  if (scores === undefined) process.exit(1);
  return scores;
}
