/**
 * Makes a run of a model in the web format, the shipped one or another, to be trained further (`startFrom` in a recipe):
 *
 *     npx tsx model-export/import-model.ts --run NAME [--model public/model] [--recipe FILE.json] [--backend auto]
 *
 * The auxiliary heads are not part of a model and start at random. The recipe names the crops that the statistics of batch
 * normalisation are taken from, and may change what does not change the weights' shapes (input size, lengths).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { root as project } from '../scripts/root.ts';
import { parseManifest } from '../src/detector/manifest.ts';
import { decodeModel } from '../src/detector/weights.ts';
import type { ModelJson } from '../src/detector/weights.ts';
import { openBackend, parseBackend } from './backend.ts';
import { BatchMaker } from './batch-maker.ts';
import { RunFolder } from './checkpoint.ts';
import { CropStore } from './crop-store.ts';
import { beginRun } from './begin-run.ts';
import { recipeFrom } from './recipe.ts';
import type { Recipe } from './recipe.ts';
import { normalise } from './trainable.ts';
import { openTrainingSet } from './training-set.ts';
import { unfoldBatchNorm } from './unfold.ts';

/** Crops that the statistics are taken from. */
const STATISTICS_CROPS = 256;

const { values } = parseArgs({
  options: {
    run: { type: 'string' },
    model: { type: 'string', default: 'public/model' },
    recipe: { type: 'string' },
    backend: { type: 'string', default: 'auto' },
  },
});
if (values.run === undefined) {
  console.error(
    'Usage: npx tsx model-export/import-model.ts --run NAME [--model public/model] [--recipe FILE.json]',
  );
  process.exit(1);
}
const file = (name: string): Buffer => readFileSync(join(project, values.model, name));
const manifest = parseManifest(JSON.parse(file('manifest.json').toString()));
const changes =
  values.recipe === undefined ? {} : (JSON.parse(readFileSync(values.recipe, 'utf8')) as Partial<Recipe>);
const origin = `${manifest.name} ${manifest.version}`;
const recipe = recipeFrom({ detector: manifest.config, origin, ...changes });
await openBackend(parseBackend(values.backend));
const folded = decodeModel(JSON.parse(file('model.json').toString()) as ModelJson, manifest.config, (path) =>
  file(path),
);

const stores = recipe.crops.map((name) => new CropStore(join(project, '.cache/crops', name)));
const set = openTrainingSet(stores, recipe, recipe.detector.sequenceLength);
const rate = stores[0]?.settings.framesPerSecond ?? recipe.framesPerSecond;
const batch = await new BatchMaker(set, recipe, 1, STATISTICS_CROPS / 2, rate).make(0);
const size = recipe.detector.inputSize;
const params = unfoldBatchNorm(
  folded,
  recipe.detector,
  normalise(tf.tensor4d(batch.images, [STATISTICS_CROPS, size, size, 3])),
);
const folder = new RunFolder(project, values.run);
beginRun(folder, recipe, params);
console.log(`${folder.path}: ${manifest.name} ${manifest.version}, ${params.size} tensors`);
process.exit(0);
