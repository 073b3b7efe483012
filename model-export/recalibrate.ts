/**
 * Sets calibration and operating points of a model anew, on clips that it was not trained on, and leaves its weights as they are:
 *
 *     npx tsx model-export/recalibrate.ts --conditions STORE,STORE... --version N [--model public/model]
 *                                         [--scored FILE.json] [--backend auto]
 *
 * The stores are those of `prepare.ts --measured`, one of clips as they are and any number of re-encoded ones; your own clips work
 * as well as those that the model was published with. Only `manifest.json` is written. `--scored` keeps what the weights make of every
 * clip, for `compare-calibrations.ts`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readArguments } from '../scripts/refuse.ts';
import { root } from '../scripts/root.ts';
import { parseManifest } from '../src/detector/manifest.ts';
import { openBackend, parseBackend } from './backend.ts';
import { scoreConditions } from './conditions.ts';
import { heldOutShare, judgementOf, KNOWN_LIMITS, trainingData, USES } from './model-manifest.ts';
import { relaunchKeepingMemory } from './relaunch.ts';
import { scoreNetwork } from './score-network.ts';
import { validationClips } from './validation.ts';
import { openStores, readModel } from './workspace.ts';

const relaunched = await relaunchKeepingMemory();
if (relaunched !== undefined) process.exit(relaunched);

const { values } = readArguments({
  options: {
    conditions: { type: 'string' },
    version: { type: 'string' },
    model: { type: 'string', default: 'public/model' },
    scored: { type: 'string' },
    backend: { type: 'string', default: 'auto' },
  },
});
if (values.conditions === undefined || values.version === undefined) {
  console.error(
    'Usage: npx tsx model-export/recalibrate.ts --conditions STORE,STORE... --version N [--model public/model] [--scored FILE.json] [--backend auto]',
  );
  process.exit(1);
}
console.log(`backend ${await openBackend(parseBackend(values.backend))}`);
const { manifest, scale, decode } = readModel(values.model);
const { config, sampling, quality } = manifest;
const params = decode();
const holdOut = heldOutShare(manifest);
const stores = openStores(values.conditions.split(','), { scale });
const conditions = await scoreConditions(stores, (store) => {
  const clips = validationClips([store], {
    holdOut,
    framesPerSecond: sampling.framesPerSecond,
    sequenceLength: config.sequenceLength,
    sequencesPerTrack: Infinity,
  });
  return scoreNetwork(params, config, clips, 'folded');
});
if (values.scored !== undefined) writeFileSync(values.scored, JSON.stringify(conditions));
const { weights } = quality;
// What is counted only is counted anew.
const told = manifest.trainingData.filter(({ use }) => use !== USES.test);
const listed = new Set(told.map(({ name }) => name));
const added = trainingData({ holdOut }, stores).filter(
  ({ name, use }) => use === USES.test || !listed.has(name),
);
const judgement = judgementOf(conditions);
const anew = parseManifest({
  ...manifest,
  ...judgement,
  version: values.version,
  createdAt: new Date().toISOString(),
  limits: KNOWN_LIMITS,
  trainingData: [...told, ...added],
  quality: { ...judgement.quality, ...(weights !== undefined && { weights }) },
});
writeFileSync(join(root, values.model, 'manifest.json'), `${JSON.stringify(anew, null, 2)}\n`);
console.log(JSON.stringify(anew.operatingPoints, null, 2));
process.exit(0);
