/**
 * Folds, quantises, measures, calibrates and writes a trained network in the web format:
 *
 *     npx tsx model-export/export.ts --run NAME [--checkpoint last] [--out public/model] [--backend auto]
 *
 * Weights are stored in 8 bits where the val clips' logits hardly change, else in half precision.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { foldBatchNorm } from '../src/detector/fold.ts';
import { sequenceLogits, trunkFeatures } from '../src/detector/network.ts';
import type { Params } from '../src/detector/params.ts';
import { parseManifest } from '../src/detector/manifest.ts';
import { decodeModel, encodeModel } from '../src/detector/weights.ts';
import type { EncodedModel, Quantization } from '../src/detector/weights.ts';
import { openBackend, parseBackend } from './backend.ts';
import { RunFolder } from './checkpoint.ts';
import { CropStore } from './crop-store.ts';
import { FlatParameters } from './flat-parameters.ts';
import { buildManifest } from './model-manifest.ts';
import type { Recipe } from './recipe.ts';
import { relaunchKeepingMemory } from './relaunch.ts';
import { normalise } from './trainable.ts';
import { printFigures, scoreClips, validationClips, validationFigures } from './validation.ts';
import type { ScoredClip, ValidationClip } from './validation.ts';

/** A quantisation is good enough when no clip's logit moves by more than this share of the logits' deviation. */
const ALLOWED_CHANGE = 0.05;

const relaunched = await relaunchKeepingMemory();
if (relaunched !== undefined) process.exit(relaunched);

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: {
    run: { type: 'string' },
    checkpoint: { type: 'string', default: 'last' },
    out: { type: 'string', default: 'public/model' },
    backend: { type: 'string', default: 'auto' },
    name: { type: 'string', default: 'clearframe-compact' },
    version: { type: 'string', default: '1' },
  },
});
if (values.run === undefined) {
  console.error('Usage: npx tsx model-export/export.ts --run NAME [--checkpoint last] [--out public/model]');
  process.exit(1);
}
const folder = new RunFolder(project, values.run);
const recipe = folder.readRecipe();
const checkpoint = folder.readCheckpoint(values.checkpoint);
if (recipe === undefined || checkpoint === undefined) {
  throw new Error(`${folder.path} has no recipe or no checkpoint "${values.checkpoint}"`);
}
console.log(`backend ${await openBackend(parseBackend(values.backend))}, step ${checkpoint.progress.step}`);
const { detector } = recipe;
const stores = recipe.crops.map((name) => new CropStore(join(project, '.cache', 'crops', name)));
const clips = validationClips(stores, {
  ...recipe,
  sequenceLength: detector.sequenceLength,
  sequencesPerTrack: Infinity,
});

const average = new FlatParameters(checkpoint.layout).split(tf.tensor1d(checkpoint.optimizer.average));
const statistics = new FlatParameters(checkpoint.stateLayout).split(tf.tensor1d(checkpoint.stateValues));
const folded = foldBatchNorm(new Map(Object.entries({ ...average, ...statistics })), detector);

const trained = await measure(folded, recipe, clips);
console.log(`trained: ${printFigures(validationFigures(trained))}`);
const chosen = await chooseQuantization();
const manifest = parseManifest(
  buildManifest({
    recipe,
    stores,
    step: checkpoint.progress.step,
    version: values.version,
    name: values.name,
    clips: chosen.clips,
    quantization: chosen.quantization,
    largestChange: chosen.change,
    files: fileList(chosen.model),
  }),
);
write(join(project, values.out), chosen.model);
console.log(
  `strong from ${manifest.operatingPoints.strong.threshold}, some from ${manifest.operatingPoints.some.threshold}`,
);
process.exit(0);

/** Scores the clips with a folded network. */
async function measure(
  params: Params,
  { detector: config }: Recipe,
  list: readonly ValidationClip[],
): Promise<ScoredClip[]> {
  return scoreClips(list, config.inputSize, async (images, frames) => {
    const size = config.inputSize;
    const logits = tf.tidy(() => {
      const levels = tf.tensor4d(Float32Array.from(images), [frames, size, size, 3]);
      const features = trunkFeatures(params, normalise(levels), config, { kind: 'folded' });
      return sequenceLogits(params, tf.expandDims(features, 0) as tf.Tensor3D, config);
    });
    const result = (await logits.data()) as Float32Array;
    logits.dispose();
    return result;
  });
}

/** The smallest encoding that keeps every clip's probability. What is measured is what is written: decoded again. */
async function chooseQuantization(): Promise<{
  model: EncodedModel;
  clips: ScoredClip[];
  quantization: Quantization;
  change: number;
}> {
  const deviation = standardDeviation(trained.map(({ logit }) => logit));
  for (const quantization of ['uint8', 'float16', 'none'] as const) {
    const model = await encodeModel(folded, detector, quantization);
    const shards = new Map(model.shards.map(({ path, bytes }) => [path, bytes]));
    const params = decodeModel(model.modelJson, detector, (path) => shards.get(path)!);
    const scored = await measure(params, recipe!, clips);
    tf.dispose([...params.values()]);
    const change =
      Math.max(...scored.map(({ logit }, at) => Math.abs(logit - trained[at]!.logit))) / deviation;
    console.log(
      `${quantization}: largest change of a logit ${change.toFixed(4)} deviations; ${printFigures(validationFigures(scored))}`,
    );
    if (change <= ALLOWED_CHANGE || quantization === 'none')
      return { model, clips: scored, quantization, change };
  }
  throw new Error('unreachable: the last encoding is always taken');
}

function standardDeviation(list: readonly number[]): number {
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  return Math.sqrt(list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / list.length);
}

function modelFiles({ modelJson, shards }: EncodedModel): { path: string; bytes: Uint8Array }[] {
  return [{ path: 'model.json', bytes: Buffer.from(`${JSON.stringify(modelJson)}\n`) }, ...shards];
}

function fileList(model: EncodedModel): { path: string; sha256: string; bytes: number }[] {
  return modelFiles(model).map(({ path, bytes }) => ({
    path,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.length,
  }));
}

function write(out: string, model: EncodedModel): void {
  mkdirSync(out, { recursive: true });
  for (const name of readdirSync(out))
    if (/^(weights.*\.bin|model\.json|manifest\.json)$/.test(name)) rmSync(join(out, name));
  for (const { path, bytes } of modelFiles(model)) writeFileSync(join(out, path), bytes);
  writeFileSync(join(out, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  const total = modelFiles(model).reduce((sum, { bytes }) => sum + bytes.length, 0);
  console.log(`${out}: ${(total / 1e6).toFixed(2)} MB`);
}
