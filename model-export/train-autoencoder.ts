/**
 * Trains an autoencoder of faces, for the pseudo-fakes that a recipe's `autoencoders` makes:
 *
 *     npx tsx model-export/train-autoencoder.ts --run NAME [--size 96] [--halvings 3] [--code-length 4] [--enlarge repeat|shuffle]
 *                                               [--crops default] [--steps 2000] [--batch 32] [--backend auto]
 *
 * The same command goes on where it stopped. It learns from the real faces of train only, stills and clips in turn.
 * `contact-sheet.ts` with a recipe that names the run shows what it makes of faces.
 */
import { setImmediate } from 'node:timers/promises';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { readArguments } from '../scripts/refuse.ts';
import { root } from '../scripts/root.ts';
import {
  autoencoderLayout,
  autoencoderStart,
  reconstruct,
  reconstructionLoss,
} from './autoencoder/network.ts';
import type { AutoencoderConfig } from './autoencoder/network.ts';
import { openBackend, parseBackend } from './backend.ts';
import { RunFolder } from './checkpoint.ts';
import { FlatParameters } from './flat-parameters.ts';
import { cosineRate, Optimizer } from './optimizer.ts';
import { resize } from './pseudo-fake/filter.ts';
import { centralCrop, imageFromBytes } from './pseudo-fake/image.ts';
import { FACE_SHARE } from './pseudo-fake/inset.ts';
import { Random } from './pseudo-fake/random.ts';
import { recipeFrom } from './recipe.ts';
import { relaunchKeepingMemory } from './relaunch.ts';
import { draw, openTrainingSet } from './training-set.ts';
import { openStores } from './workspace.ts';

const RATE = 1e-3;
const WARM_UP = 0.03;
const REPORT_SECONDS = 20;

const relaunched = await relaunchKeepingMemory();
if (relaunched !== undefined) process.exit(relaunched);

const { values } = readArguments({
  options: {
    run: { type: 'string' },
    size: { type: 'string', default: '96' },
    halvings: { type: 'string', default: '3' },
    'code-length': { type: 'string', default: '4' },
    enlarge: { type: 'string', default: 'repeat' },
    crops: { type: 'string', default: 'default' },
    steps: { type: 'string', default: '2000' },
    batch: { type: 'string', default: '32' },
    backend: { type: 'string', default: 'auto' },
  },
});
const { run, enlarge } = values;
if (run === undefined || (enlarge !== 'repeat' && enlarge !== 'shuffle')) {
  console.error(
    'Usage: npx tsx model-export/train-autoencoder.ts --run NAME [--enlarge repeat|shuffle] [...]',
  );
  process.exit(1);
}
const [size, steps, batch] = [Number(values.size), Number(values.steps), Number(values.batch)];
const [halvings, codeLength] = [Number(values.halvings), Number(values['code-length'])];

const folder = new RunFolder(root, run);
const config = openConfig({ size, halvings, codeLength, enlarge });
const recipe = recipeFrom({ crops: values.crops.split(',') });
const set = openTrainingSet(openStores(recipe.crops), recipe, 1);
const pools = [set.stills, set.clips].filter((pool) => pool.size > 0);
const backend = await openBackend(parseBackend(values.backend));
const parameters = new FlatParameters(autoencoderLayout(config));
const resumed = folder.readCheckpoint('last');
const optimizer = new Optimizer(
  { kind: 'adamw', weightDecay: 0, clipNorm: 1, averageHalfLife: 50 },
  parameters.mask(() => false),
  resumed?.optimizer ?? Optimizer.begin(autoencoderStart(config, recipe.seed)),
);
const every = parameters.mask(() => true);
let step = resumed?.progress.step ?? 0;
console.log(`backend ${backend}; ${(parameters.size / 1e6).toFixed(2)} million weights, step ${step}`);

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => (stopping = true));
let reported = performance.now();
let [steppedSince, lossSince] = [0, 0];
while (step < steps && !stopping) {
  await setImmediate();
  lossSince += await learn(facesOf(step), cosineRate(RATE, step / steps, WARM_UP));
  step++;
  steppedSince++;
  const seconds = (performance.now() - reported) / 1000;
  if (seconds > REPORT_SECONDS || step === steps) {
    const figures = {
      step,
      loss: lossSince / steppedSince,
      imagesPerSecond: (steppedSince * batch) / seconds,
    };
    folder.log(figures);
    console.log(
      `${new Date().toISOString().slice(11, 19)} step ${step} of ${steps} loss ${figures.loss.toFixed(4)}` +
        ` ${figures.imagesPerSecond.toFixed(1)} images/s`,
    );
    await save();
    [steppedSince, lossSince] = [0, 0];
    reported = performance.now();
  }
}
await save();
console.log(stopping ? 'stopped; the same command goes on' : 'finished');
process.exit(0);

/** The run's own, once it has begun. @throws when another is asked for */
function openConfig(asked: AutoencoderConfig): AutoencoderConfig {
  const file = folder.fileToWrite('autoencoder.json');
  const text = JSON.stringify(asked);
  if (!existsSync(file)) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text)
    throw new Error(`${file} is of another autoencoder than asked for`);
  return asked;
}

/** Faces of a step, a little larger or smaller than the middle of their crops, every second one mirrored. */
function facesOf(index: number): tf.Tensor4D {
  const random = new Random(2, index);
  const levels = new Float32Array(batch * size * size * 3);
  for (let face = 0; face < batch; face++) {
    const { store, track } = draw(pools[face % pools.length]!, random);
    const stored = store.settings.size;
    const crop = store.read(track, random.below(track.count));
    const side = 2 * Math.round((FACE_SHARE * stored * random.uniform(0.9, 1.1)) / 2);
    const middle = imageFromBytes(centralCrop(crop, stored, side), side, side);
    levels.set(resize(middle, size, size).data, face * size * size * 3);
  }
  return tf.tidy(() => {
    const pictures = tf.tensor4d(levels, [batch, size, size, 3]);
    const [some, others] = tf.split(pictures, 2) as [tf.Tensor4D, tf.Tensor4D];
    return tf.concat([some, tf.reverse(others, 2)]);
  });
}

/** One step of the optimizer; disposes of the pictures and gives the loss. */
async function learn(pictures: tf.Tensor4D, rate: number): Promise<number> {
  const { value, grad } = tf.valueAndGrad((vector) => {
    const params = parameters.split(vector as tf.Tensor1D);
    return reconstructionLoss(reconstruct(pictures, params, config), pictures);
  })(optimizer.current);
  optimizer.step(grad as tf.Tensor1D, rate, every);
  const loss = (await value.data())[0]!;
  tf.dispose([pictures, value, grad]);
  if (!Number.isFinite(loss)) throw new Error(`loss is ${loss} at step ${step}`);
  return loss;
}

async function save(): Promise<void> {
  folder.writeCheckpoint('last', {
    layout: autoencoderLayout(config),
    stateLayout: [],
    stateValues: new Float32Array(0),
    optimizer: await optimizer.state(),
    progress: { stage: 0, stepInStage: step, secondsInStage: 0, step, best: 0 },
  });
}
