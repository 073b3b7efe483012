/**
 * Makes a run of a model in the web format, the shipped one or another, to be trained further (`startFrom` in a recipe):
 *
 *     npx tsx model-export/import-model.ts --run NAME [--model public/model] [--network 1 | --companion]
 *                                          [--recipe FILE.json] [--backend auto]
 *
 * One network of the model becomes the run: the first one, another of its ensemble (`--network 2` and so on), or its companion.
 * The auxiliary heads are not part of a model and start at random. The recipe names the crops that the statistics of batch
 * normalisation are taken from, and may change what does not change the weights' shapes (input size, lengths).
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { root } from '../scripts/root.ts';
import { COMPANION, ensemblePrefix, networks, paramsOf } from '../src/detector/members.ts';
import { openBackend, parseBackend } from './backend.ts';
import { BatchMaker } from './batch-maker.ts';
import { RunFolder } from './checkpoint.ts';
import { beginRun } from './begin-run.ts';
import { normalise } from './trainable.ts';
import { unfoldBatchNorm } from './unfold.ts';
import { openStores, readModel, readRecipe } from './workspace.ts';

/** Crops that the statistics are taken from. */
const STATISTICS_CROPS = 256;

const { values } = parseArgs({
  options: {
    run: { type: 'string' },
    model: { type: 'string', default: 'public/model' },
    network: { type: 'string', default: '1' },
    companion: { type: 'boolean', default: false },
    recipe: { type: 'string' },
    backend: { type: 'string', default: 'auto' },
  },
});
if (values.run === undefined) {
  console.error(
    'Usage: npx tsx model-export/import-model.ts --run NAME [--model public/model] [--network 1 | --companion] [--recipe FILE.json]',
  );
  process.exit(1);
}
const { manifest, decode } = readModel(values.model);
const index = Number(values.network) - 1;
const prefix = values.companion ? COMPANION : ensemblePrefix(index);
const network = networks(manifest.config).find((one) => one.prefix === prefix);
const which = values.companion ? 'companion of ' : index > 0 ? `network ${values.network} of ` : '';
if (network === undefined) throw new Error(`there is no ${which}${values.model}`);
const training = values.companion
  ? manifest.training?.companion
  : index > 0
    ? manifest.training?.ensemble?.[index - 1]
    : manifest.training;
const steps = training === undefined ? '' : ` (${training.steps} steps)`;
const name = `${which}${manifest.name} ${manifest.version}${steps}`;
const recipe = readRecipe(values.recipe, {
  detector: network.config,
  origin: [name, ...(training?.begun ?? [])],
  ...(values.companion && { asCompanion: true }),
});
await openBackend(parseBackend(values.backend));
const batch = await BatchMaker.open(openStores(recipe.crops), recipe, 1, STATISTICS_CROPS / 2).make(0);
const size = recipe.detector.inputSize;
const params = unfoldBatchNorm(
  paramsOf(decode(), network),
  recipe.detector,
  normalise(tf.tensor4d(batch.images, [STATISTICS_CROPS, size, size, 3])),
);
const folder = new RunFolder(root, values.run);
beginRun(folder, recipe, params);
console.log(`${folder.path}: ${manifest.name} ${manifest.version}, ${params.size} tensors`);
process.exit(0);
