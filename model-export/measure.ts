/**
 * What a model in the web format makes of clips as they are and re-encoded:
 *
 *     npx tsx model-export/measure.ts --conditions STORE,STORE... [--model public/model] [--out FILE.json] [--backend auto]
 *
 * Prints the AUC of every way of making one number of a face's frames, and the AUC by face size, bits per pixel, sharpness
 * and length, also of faces that the verdict refuses to judge: the limits of `src/verdict/decide.ts` are set by it. The
 * stores are those of `prepare.ts --measured`.
 */
import { writeFileSync } from 'node:fs';
import { readArguments } from '../scripts/refuse.ts';
import { openBackend, parseBackend } from './backend.ts';
import type { CropStore } from './crop-store.ts';
import { heldOutShare } from './model-manifest.ts';
import { describeReencoding } from './reencode.ts';
import { relaunchKeepingMemory } from './relaunch.ts';
import { scoreNetwork } from './score-network.ts';
import { aucByQuality, aucByStatistic } from './statistics.ts';
import type { Measured } from './statistics.ts';
import { validationClips } from './validation.ts';
import type { ScoredClip, ScoredTrack } from './validation.ts';
import { openStores, readModel } from './workspace.ts';

const relaunched = await relaunchKeepingMemory();
if (relaunched !== undefined) process.exit(relaunched);

const { values } = readArguments({
  options: {
    conditions: { type: 'string' },
    model: { type: 'string', default: 'public/model' },
    out: { type: 'string' },
    backend: { type: 'string', default: 'auto' },
  },
});
if (values.conditions === undefined) {
  console.error(
    'Usage: npx tsx model-export/measure.ts --conditions STORE,STORE... [--model public/model] [--out FILE.json]',
  );
  process.exit(1);
}
await openBackend(parseBackend(values.backend));
const { manifest, scale, decode } = readModel(values.model);
const { config, sampling } = manifest;
const params = decode();

const all: ScoredClip[] = [];
const measured: Measured = { statistics: {}, qualities: {} };
console.log('AUC by the statistic of a face’s frames');
for (const store of openStores(values.conditions.split(','), { scale })) {
  const clips = await score(store);
  if (clips.length === 0) continue;
  all.push(...clips);
  const areas = aucByStatistic(judged(clips));
  measured.statistics[describeReencoding(store.settings)] = areas;
  const figures = Object.entries(areas).map(([statistic, area]) => `${statistic} ${area?.toFixed(3) ?? '-'}`);
  console.log(
    `  ${describeReencoding(store.settings)}, ${judged(clips).length} clips: ${figures.join(', ')}`,
  );
}
const QUALITIES: [name: string, of: (track: ScoredTrack) => number, bounds: number[]][] = [
  ['face size, pixels', ({ faceSize }) => faceSize, [28, 40, 56, 80, 112, 160]],
  ['bits per pixel', ({ bitsPerPixel }) => bitsPerPixel, [0.0025, 0.005, 0.01, 0.02, 0.04, 0.08]],
  ['sharpness', ({ sharpness }) => sharpness, [4, 8, 16, 32, 64, 128]],
  ['frames', ({ logits }) => logits.length, [6, 12, 24, 48]],
];
for (const [name, of, bounds] of QUALITIES) {
  console.log(`AUC by ${name}, all conditions and every face`);
  measured.qualities[name] = aucByQuality(all, of, bounds);
  for (const { from, to, auc, reals, fakes } of measured.qualities[name])
    console.log(`  ${from} to ${to}: ${auc?.toFixed(3) ?? '-'} (${reals} real, ${fakes} fake)`);
}
if (values.out !== undefined) writeFileSync(values.out, JSON.stringify(measured));
process.exit(0);

async function score(store: CropStore): Promise<ScoredClip[]> {
  const clips = validationClips([store], {
    holdOut: heldOutShare(manifest),
    framesPerSecond: sampling.framesPerSecond,
    sequenceLength: config.sequenceLength,
    sequencesPerTrack: Infinity,
    everyFace: true,
  });
  // Limits are set by it: not by clips that set nothing.
  const setting = clips.filter(({ test }) => test === undefined);
  return scoreNetwork(params, config, setting, 'folded');
}

/** Faces long enough to be judged; the statistic has to have something to choose from. */
function judged(clips: readonly ScoredClip[]): ScoredClip[] {
  return clips
    .map((clip) => ({ ...clip, tracks: clip.tracks.filter(({ logits }) => logits.length >= 6) }))
    .filter(({ tracks }) => tracks.length > 0);
}
