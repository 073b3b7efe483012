/**
 * Averages the weights of runs that began alike, a "model soup" (Wortsman et al. 2022, arXiv:2203.05482), into a new run:
 *
 *     npx tsx model-export/average-runs.ts --run NAME --of RUN/CHECKPOINT --of RUN/CHECKPOINT [--of ...]
 *
 * The statistics of batch normalisation are averaged too, which is only near the truth: train a few steps on (`startFrom`).
 */
import { parseArgs } from 'node:util';
import { root } from '../scripts/root.ts';
import { beginWith, findCheckpoint, RunFolder } from './checkpoint.ts';
import { Optimizer } from './optimizer.ts';

const { values } = parseArgs({
  options: { run: { type: 'string' }, of: { type: 'string', multiple: true, default: [] } },
});
if (values.run === undefined || values.of.length < 2) {
  console.error(
    'Usage: npx tsx model-export/average-runs.ts --run NAME --of RUN/CHECKPOINT --of RUN/CHECKPOINT',
  );
  process.exit(1);
}
const found = values.of.map((name) => findCheckpoint(root, name));
const checkpoints = found.map(({ checkpoint }) => checkpoint);
const [first, ...others] = checkpoints;
for (const { layout } of others)
  if (JSON.stringify(layout) !== JSON.stringify(first!.layout))
    throw new Error('these runs are not of one network');
const mean = (vectors: readonly Float32Array[]): Float32Array =>
  vectors[0]!.map((_, at) => vectors.reduce((sum, vector) => sum + vector[at]!, 0) / vectors.length);
const folder = new RunFolder(root, values.run);
const named = values.of.map((name, index) => {
  const { step } = checkpoints[index]!.progress;
  return step === 0 ? name : `${name} (${step} steps)`;
});
folder.writeRecipe({ ...found[0]!.recipe, origin: [`mean of ${named.join(' and ')}`] });
folder.writeCheckpoint(
  'last',
  beginWith({
    ...first!,
    stateValues: mean(checkpoints.map(({ stateValues }) => stateValues)),
    optimizer: Optimizer.begin(mean(checkpoints.map(({ optimizer }) => optimizer.average))),
  }),
);
console.log(`${folder.path}: mean of ${named.join(', ')}`);
