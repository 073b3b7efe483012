/**
 * Makes a run of a PyTorch checkpoint, to be trained further (`startFrom` in a recipe) or exported:
 *
 *     npx tsx model-export/import-pytorch.ts --file weights.safetensors --run NAME [--input-size 224]
 *         [--sequence-length 16] [--lstm-units 256] [--normalisation published] [--stages N]
 *         [--crops default]
 *
 * Reads safetensors and the zip format of `torch.save` (state_dict only; nothing in the file is executed). Trunks named as
 * torchvision's ResNeXt, with any prefix, or numbered as its children in an `nn.Sequential`; or EfficientNet-Lite, of which the
 * stages down to a sixteenth of the side are taken, or the first N. `--crops` names the stores that an export measures the run on.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { readArguments } from '../scripts/refuse.ts';
import { root } from '../scripts/root.ts';
import { beginRun } from './begin-run.ts';
import { RunFolder } from './checkpoint.ts';
import { grey, importNetwork, renormalise } from './pytorch/network.ts';
import { readStateDict } from './pytorch/state-dict.ts';
import { recipeFrom } from './recipe.ts';
import { NORMALISATION } from './trainable.ts';

const { values } = readArguments({
  options: {
    file: { type: 'string' },
    run: { type: 'string' },
    'input-size': { type: 'string', default: '224' },
    'sequence-length': { type: 'string', default: '16' },
    'lstm-units': { type: 'string', default: '256' },
    normalisation: { type: 'string', default: 'published' },
    stages: { type: 'string', default: '5' },
    crops: { type: 'string', default: 'default' },
  },
});
if (values.file === undefined || values.run === undefined) {
  console.error(
    'Usage: npx tsx model-export/import-pytorch.ts --file weights.safetensors --run NAME [--crops STORE,STORE...]',
  );
  process.exit(1);
}
if (!['published', 'none'].includes(values.normalisation)) {
  console.error(
    `--normalisation ${values.normalisation}: published (as ImageNet weights expect), or none when it is already this project's`,
  );
  process.exit(1);
}
const { config, params, missing, unused, published } = importNetwork(
  readStateDict(readFileSync(values.file)),
  {
    inputSize: Number(values['input-size']),
    sequenceLength: Number(values['sequence-length']),
    lstmUnits: Number(values['lstm-units']),
    stages: Number(values.stages),
  },
);
if (values.normalisation === 'published') {
  renormalise(params, published, grey(NORMALISATION.mean, NORMALISATION.std));
}
await tf.setBackend('cpu');
const folder = new RunFolder(root, values.run);
const crops = values.crops.split(',');
const recipe = recipeFrom({ crops, detector: config, origin: [basename(values.file)] });
beginRun(folder, recipe, params);
console.log(`${folder.path}: ${JSON.stringify(config)}`);
console.log(
  `${params.size} tensors read; at random: ${missing.join(', ') || 'none'}; not used: ${unused.join(', ') || 'none'}`,
);
