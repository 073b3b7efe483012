/**
 * Averages the weights of runs that began alike, a "model soup" (Wortsman et al. 2022, arXiv:2203.05482), into a new run:
 *
 *     npx tsx model-export/average-runs.ts --run NAME --of RUN/CHECKPOINT --of RUN/CHECKPOINT [--of ...] [--backend auto]
 *
 * Their batch normalisation gets statistics of its own, from batches as the first run's recipe makes them: the mean of two
 * networks has neither one's.
 */
import { readArguments } from '../scripts/refuse.ts';
import { root } from '../scripts/root.ts';
import { openBackend, parseBackend } from './backend.ts';
import { BatchQueue } from './batch-queue.ts';
import { beginWith, findCheckpoint, RunFolder, stepsOf } from './checkpoint.ts';
import { Optimizer } from './optimizer.ts';
import { STATISTICS_PICTURES, Trainer } from './trainer.ts';
import { cropsFolder } from './workspace.ts';

const BATCH = 32;

const { values } = readArguments({
  options: {
    run: { type: 'string' },
    of: { type: 'string', multiple: true, default: [] },
    backend: { type: 'string', default: 'auto' },
  },
});
if (values.run === undefined || values.of.length < 2) {
  console.error(
    'Usage: npx tsx model-export/average-runs.ts --run NAME --of RUN/CHECKPOINT --of RUN/CHECKPOINT [--backend auto]',
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
const named = values.of.map((name, index) => stepsOf(name, checkpoints[index]!));
await openBackend(parseBackend(values.backend));
const recipe = {
  ...found[0]!.recipe,
  // What any of them has seen is not held out.
  holdOut: Math.min(...found.map(({ recipe }) => recipe.holdOut)),
  origin: [`mean of ${named.join(' and ')}`],
};
const averaged = beginWith({
  ...first!,
  optimizer: Optimizer.begin(mean(checkpoints.map(({ optimizer }) => optimizer.average))),
});
const trainer = new Trainer(recipe, averaged);
trainer.settle(trainer.averagedStatistics(await batches()));
const folder = new RunFolder(root, values.run);
folder.beginNew(recipe);
folder.writeCheckpoint('last', await trainer.checkpoint());
console.log(`${folder.path}: mean of ${named.join(', ')}`);
process.exit(0);

/** Levels of training pictures. */
async function batches(): Promise<Uint8Array[]> {
  const queue = new BatchQueue({ cropsFolder, recipe, length: 1, pairs: BATCH / 2 }, 0, 1);
  const made: Uint8Array[] = [];
  while (made.length * BATCH < STATISTICS_PICTURES) made.push(Uint8Array.from((await queue.next()).images));
  await queue.close();
  return made;
}
