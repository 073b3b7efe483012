/**
 * Prints how many images per second each backend of this machine trains on, forward, backward and optimizer's step:
 *
 *     npx tsx model-export/throughput.ts [--batch 32] [--recipe FILE.json] [--backend NAME] [--steps 3] [--tiny]
 *
 * Every backend is measured in a process of its own. `--tiny` shrinks the network and the picture, for software adapters.
 */
import { spawnSync } from 'node:child_process';
import { readArguments } from '../scripts/refuse.ts';
import { placeSide } from './auxiliary-heads.ts';
import { BACKENDS, openBackend, parseBackend } from './backend.ts';
import { describeTrunk } from './describe-trunk.ts';
import type { Recipe } from './recipe.ts';
import { relaunchKeepingMemory } from './relaunch.ts';
import { Trainer } from './trainer.ts';
import { readRecipe } from './workspace.ts';

const { values } = readArguments({
  options: {
    batch: { type: 'string', default: '32' },
    recipe: { type: 'string' },
    backend: { type: 'string' },
    steps: { type: 'string', default: '3' },
    tiny: { type: 'boolean', default: false },
  },
});

if (values.backend === undefined) {
  for (const backend of BACKENDS) {
    const command = [...process.execArgv, ...process.argv.slice(1), '--backend', backend];
    const { status, stderr } = spawnSync(process.execPath, command, {
      stdio: ['ignore', 'inherit', 'pipe'],
      encoding: 'utf8',
    });
    const reason = /Error: (.*)/.exec(stderr)?.[1];
    if (status !== 0) console.log(`${backend.padEnd(14)} not available: ${reason ?? `exit code ${status}`}`);
  }
  process.exit(0);
}

const relaunched = await relaunchKeepingMemory();
if (relaunched !== undefined) process.exit(relaunched);

const base = readRecipe(values.recipe);
const recipe: Recipe = values.tiny
  ? {
      ...base,
      detector: {
        ...base.detector,
        inputSize: 32,
        trunk: { depths: [1, 1], cardinality: 4, widthPerGroup: 2, stem: 'compact', stemChannels: 8 },
      },
    }
  : base;
const stage = recipe.stages.find(({ input }) => input === 'frames') ?? recipe.stages[0]!;
const images = Number(values.batch);
const size = recipe.detector.inputSize;
const backend = await openBackend(parseBackend(values.backend));
const trainer = new Trainer(recipe, undefined);
const batch = {
  images: new Float32Array(images * size * size * 3).map((_, index) => (index * 7919) % 256),
  labels: new Float32Array(images).map((_, index) => index % 2),
  places: new Float32Array(images * placeSide(recipe.detector) ** 2),
};
const step = (): Promise<number> => trainer.step(stage, batch);
await step();
const started = performance.now();
// One is ordered ahead of the one that is waited for, as in training.
let ordered = step();
for (let count = 1; count < Number(values.steps); count++) {
  const next = step();
  await ordered;
  ordered = next;
}
await ordered;
const seconds = (performance.now() - started) / 1000 / Number(values.steps);
console.log(
  `${backend.padEnd(14)} ${(images / seconds).toFixed(1)} images/s` +
    ` (batch ${images}, ${size} px, ${describeTrunk(recipe.detector.trunk)})`,
);
process.exit(0);
