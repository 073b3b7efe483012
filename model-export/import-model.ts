/**
 * Makes a run of a model in the web format, the shipped one or another, to be trained further (`startFrom` in a recipe):
 *
 *     npx tsx model-export/import-model.ts --run NAME [--model public/model] [--companion] [--recipe FILE.json]
 *                                          [--backend auto]
 *
 * Of a model with a companion one of the two becomes the run: the network itself, or with `--companion` the other.
 * The auxiliary heads are not part of a model and start at random. The recipe names the crops that the statistics of batch
 * normalisation are taken from, and may change what does not change the weights' shapes (input size, lengths).
 */
import * as tf from '@tensorflow/tfjs-core';
import { readArguments } from '../scripts/refuse.ts';
import { root } from '../scripts/root.ts';
import { networks, paramsOf } from '../src/detector/members.ts';
import { openBackend, parseBackend } from './backend.ts';
import { BatchMaker } from './batch-maker.ts';
import { RunFolder } from './checkpoint.ts';
import { beginRun } from './begin-run.ts';
import { heldOutShare } from './model-manifest.ts';
import { normalise } from './trainable.ts';
import { unfoldBatchNorm } from './unfold.ts';
import { openStores, readModel, readRecipe } from './workspace.ts';

/** Crops that the statistics are taken from. */
const STATISTICS_CROPS = 256;

const { values } = readArguments({
  options: {
    run: { type: 'string' },
    model: { type: 'string', default: 'public/model' },
    companion: { type: 'boolean', default: false },
    recipe: { type: 'string' },
    backend: { type: 'string', default: 'auto' },
  },
});
if (values.run === undefined) {
  console.error(
    'Usage: npx tsx model-export/import-model.ts --run NAME [--model public/model] [--companion] [--recipe FILE.json]',
  );
  process.exit(1);
}
const { manifest, decode } = readModel(values.model);
const member = networks(manifest.config)[values.companion ? 1 : 0];
if (member === undefined) throw new Error(`${values.model} has no companion`);
const training = values.companion ? manifest.training?.companion : manifest.training;
const steps = training?.steps ?? 'unknown';
const name = `${values.companion ? 'companion of ' : ''}${manifest.name} ${manifest.version} (${steps} steps)`;
const recipe = readRecipe(values.recipe, {
  detector: member.config,
  holdOut: heldOutShare(manifest),
  origin: [name, ...(training?.begun ?? [])],
  ...(values.companion && { asCompanion: true }),
});
await openBackend(parseBackend(values.backend));
const batch = await BatchMaker.open(openStores(recipe.crops), recipe, 1, STATISTICS_CROPS / 2).make(0);
const size = recipe.detector.inputSize;
const params = unfoldBatchNorm(
  paramsOf(decode(), member),
  recipe.detector,
  normalise(tf.tensor4d(batch.images, [STATISTICS_CROPS, size, size, 3])),
);
const folder = new RunFolder(root, values.run);
beginRun(folder, recipe, params);
console.log(`${folder.path}: ${manifest.name} ${manifest.version}, ${params.size} tensors`);
process.exit(0);
