/**
 * Folds, quantises, measures, calibrates and writes a trained network in the web format and as ONNX:
 *
 *     npx tsx model-export/export.ts --run NAME [--checkpoint last] [--out public/model] [--name NAME] [--version 1]
 *                                    [--companion RUN] [--own-share 0.5] [--coarse 0]
 *                                    [--quantization auto] [--conditions STORE,STORE...]
 *                                    [--backend auto]
 *
 * `--companion` joins another run to the network (`src/detector/members.ts`), `RUN` or `RUN/CHECKPOINT`; `--own-share` is what the
 * network itself weighs then, of faces that fill the crop. `--coarse` is the share that is taken off of what the network says of
 * crops without their detail.
 * `--quantization auto` takes 8 bits where the gate (`gate.ts`) lets them pass, else those where they are fine enough for a
 * tensor and half precision for the others, else half precision; `uint8`, `mixed`, `float16` or
 * `none` is taken as asked, or refused. `--conditions` names crop stores made by `prepare.ts --measured`, one of clips as they
 * are and any number of re-encoded ones: calibration and operating points are set on all of them. Nothing is written of
 * what the gate refuses. The ONNX file goes into the run's folder.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { readArguments } from '../scripts/refuse.ts';
import { root } from '../scripts/root.ts';
import { foldBatchNorm } from '../src/detector/fold.ts';
import type { Params } from '../src/detector/params.ts';
import { parseManifest } from '../src/detector/manifest.ts';
import { COARSE, COMPANION } from '../src/detector/members.ts';
import { decodeModel, encodeModel } from '../src/detector/weights.ts';
import type { EncodedModel, Quantization } from '../src/detector/weights.ts';
import { openBackend, parseBackend } from './backend.ts';
import { setPoints } from './calibrate.ts';
import { findCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { calibrationClips, outcomes, scoreConditions } from './conditions.ts';
import type { CropStore } from './crop-store.ts';
import { FlatParameters } from './flat-parameters.ts';
import { gate } from './gate.ts';
import type { GateResult } from './gate.ts';
import { buildManifest } from './model-manifest.ts';
import { checkOnnx } from './onnx-check.ts';
import { toOnnx } from './onnx.ts';
import { centralCrop } from './pseudo-fake/image.ts';
import type { Recipe } from './recipe.ts';
import { relaunchKeepingMemory } from './relaunch.ts';
import { scoreNetwork } from './score-network.ts';
import { printFigures, validationClips, validationFigures } from './validation.ts';
import type { ScoredClip, ValidationClip } from './validation.ts';
import { openStores } from './workspace.ts';

const QUANTIZATIONS: readonly Quantization[] = ['uint8', 'mixed', 'float16', 'none'];
const USAGE = `Usage: npx tsx model-export/export.ts --run NAME [--checkpoint last] [--out public/model] [--name NAME] [--version 1]
       [--companion RUN] [--own-share 0..1] [--coarse 0..1] [--quantization auto|${QUANTIZATIONS.join('|')}] [--conditions STORE,STORE...] [--backend auto]`;

const relaunched = await relaunchKeepingMemory();
if (relaunched !== undefined) process.exit(relaunched);

const { values } = readArguments({
  options: {
    run: { type: 'string' },
    checkpoint: { type: 'string', default: 'last' },
    out: { type: 'string', default: 'public/model' },
    backend: { type: 'string', default: 'auto' },
    name: { type: 'string', default: 'clearframe-compact' },
    version: { type: 'string', default: '1' },
    quantization: { type: 'string', default: 'auto' },
    conditions: { type: 'string' },
    companion: { type: 'string' },
    'own-share': { type: 'string', default: '0.5' },
    coarse: { type: 'string', default: '0' },
  },
});
const wanted = QUANTIZATIONS.filter((one) => ['auto', one].includes(values.quantization));
if (values.run === undefined || wanted.length === 0) {
  console.error(USAGE);
  process.exit(1);
}
const { folder, recipe: own, checkpoint } = findCheckpoint(root, `${values.run}/${values.checkpoint}`);
if (own.asCompanion === true)
  throw new Error(
    `${values.run} was trained to be a companion: name it after --companion, beside another run`,
  );
const companion = values.companion === undefined ? undefined : findCheckpoint(root, values.companion);
const joined = companion?.recipe.detector;
const stores = openStores(own.crops);
const measured = openStores(values.conditions?.split(',') ?? [], { scale: stores[0]!.scale });
const most = share('own-share');
const weight = share('coarse');
// As many pixels as a face has in a crop: the network itself weighs less where fewer were there.
const full = stores[0]!.scale;
const evenFrom = Math.round(full / 2 ** ((most - 0.5) / 0.25));
const recipe: Recipe = {
  ...own,
  // What either has seen calibrates nothing.
  holdOut: Math.min(own.holdOut, companion?.recipe.holdOut ?? 1),
  detector: {
    ...own.detector,
    ...(weight > 0 && { coarse: { side: own.detector.inputSize / COARSE.shrink, weight } }),
    ...(joined && { companion: { trunk: joined.trunk, lstm: joined.lstm, evenFrom, most } }),
  },
};
console.log(`backend ${await openBackend(parseBackend(values.backend))}, step ${checkpoint.progress.step}`);
const { detector } = recipe;
const clips = clipsOf(stores);

const unfolded = new Map([
  ...weightsOf(checkpoint),
  ...(companion === undefined ? [] : weightsOf(companion.checkpoint, COMPANION)),
]);
const folded = foldBatchNorm(unfolded, detector);

const trained = await scoreNetwork(unfolded, detector, clips, 'inference');
console.log(`trained: ${printFigures(validationFigures(trained))}`);
const chosen = await chooseQuantization();
const conditions =
  measured.length === 0
    ? [{ name: recipe.crops.join(), clips: chosen.clips }]
    : await scoreConditions(measured, (store) =>
        scoreNetwork(chosen.params, detector, clipsOf([store]), 'folded'),
      );
// What calibration rests on, for whoever wants to look closer.
writeFileSync(folder.file('conditions.json'), JSON.stringify(conditions));
const manifest = parseManifest(
  buildManifest({
    recipe,
    stores,
    begun: folder.history(root),
    progress: checkpoint.progress,
    companion: companion && {
      recipe: companion.recipe,
      begun: companion.folder.history(root),
      progress: companion.checkpoint.progress,
    },
    version: values.version,
    name: values.name,
    conditions,
    quantization: chosen.quantization,
    gate: chosen.gate,
    files: fileList(chosen.model),
  }),
);
await writeOnnx();
write(resolve(root, values.out), chosen.model);
console.log(
  `strong from ${manifest.operatingPoints.strong.threshold}, some from ${manifest.operatingPoints.some.threshold}`,
);
process.exit(0);

/** @throws when the option is no number from 0 to 1 */
function share(option: 'own-share' | 'coarse'): number {
  const value = Number(values[option]);
  if (!(value >= 0 && value <= 1))
    throw new Error(`--${option} ${values[option]}: expected a number from 0 to 1`);
  return value;
}

/** The averaged weights and the statistics of batch normalisation. */
function weightsOf(
  { layout, optimizer, stateLayout, stateValues }: Checkpoint,
  prefix = '',
): [string, tf.Tensor][] {
  const average = new FlatParameters(layout).split(tf.tensor1d(optimizer.average));
  const statistics = new FlatParameters(stateLayout).split(tf.tensor1d(stateValues));
  return Object.entries({ ...average, ...statistics }).map(([name, tensor]) => [prefix + name, tensor]);
}

function clipsOf(list: readonly CropStore[]): ValidationClip[] {
  const { sequenceLength } = detector;
  return validationClips(list, { ...recipe, sequenceLength, sequencesPerTrack: Infinity });
}

/** The smallest encoding that the gate lets pass. What is measured is what is written: decoded again. */
async function chooseQuantization(): Promise<{
  model: EncodedModel;
  params: Params;
  clips: ScoredClip[];
  quantization: Quantization;
  gate: GateResult;
}> {
  const outcome = outcomes(setPoints(calibrationClips([{ name: 'trained', clips: trained }])));
  for (const quantization of wanted) {
    const model = await encodeModel(folded, detector, quantization);
    const shards = new Map(model.shards.map(({ path, bytes }) => [path, bytes]));
    const params = decodeModel(model.modelJson, detector, (path) => shards.get(path)!);
    const scored = await scoreNetwork(params, detector, clips, 'folded');
    const bytes = modelFiles(model).reduce((sum, file) => sum + file.bytes.length, 0);
    const result = gate(trained, scored, outcome, bytes);
    console.log(
      `${quantization}: ${(bytes / 1e6).toFixed(2)} MB, largest change of a logit ${result.change.toFixed(4)} deviations, ` +
        `${result.changedOutcomes} of ${result.clips} outcomes change; ${printFigures(validationFigures(scored))}`,
    );
    if (result.refusals.length === 0) return { model, params, clips: scored, quantization, gate: result };
    console.log(`  refused: ${result.refusals.join('; ')}`);
    tf.dispose([...params.values()]);
  }
  throw new Error('the gate lets no encoding pass; nothing was written');
}

/** `model.onnx` of the run, held against our own network on a sequence of a real clip. */
async function writeOnnx(): Promise<void> {
  const { preprocessing, name, version, limits } = manifest;
  const onnx = await toOnnx(chosen.params, detector, preprocessing, {
    name,
    version,
    license: limits[0] ?? '',
  });
  const { store, track, sequences } = clips[0]!.tracks[0]!;
  const crops = sequences[0]!.map((frame) =>
    centralCrop(store.read(track, frame), store.settings.size, detector.inputSize),
  );
  const levels = Float32Array.from(Buffer.concat(crops));
  const difference = await checkOnnx(onnx, chosen.params, detector, preprocessing, levels);
  writeFileSync(folder.file('model.onnx'), onnx);
  console.log(
    `${folder.file('model.onnx')}: ${(onnx.length / 1e6).toFixed(2)} MB, logits within ${difference.toExponential(1)} of the largest`,
  );
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
}
