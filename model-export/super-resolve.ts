/**
 * `npx tsx model-export/super-resolve.ts --model DIR [--model DIR]... [--store NAME]... [--share 0.4] [--backend auto]`
 *
 * Puts the faces of a share of the real train crops through one of the given networks: down, and up again by what the network has
 * learnt that faces look like. They go to `restored.bin` beside the crops; run it again to go on where it stopped. Pseudo-fakes
 * insert them (`restoredShare`): face swaps are made at 128 pixels or so and enlarged like this. A model is a folder with the
 * `model.json` of a tfjs layers model, as in the npm packages `@upscalerjs/esrgan-*` (MIT).
 */
import { closeSync, existsSync, fstatSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { readArguments } from '../scripts/refuse.ts';
import { openBackend, parseBackend } from './backend.ts';
import { imageFromBytes } from './pseudo-fake/image.ts';
import { Random } from './pseudo-fake/random.ts';
import { restore } from './super-resolution/restore.ts';
import { SuperResolutionNetwork } from './super-resolution/network.ts';
import { openStores } from './workspace.ts';

const { values } = readArguments({
  options: {
    model: { type: 'string', multiple: true, default: [] },
    store: { type: 'string', multiple: true, default: ['default'] },
    share: { type: 'string', default: '0.4' },
    backend: { type: 'string', default: 'auto' },
  },
});
const share = Number(values.share);
if (values.model.length === 0 || !(share > 0 && share <= 1)) {
  console.error(
    'Usage: npx tsx model-export/super-resolve.ts --model DIR... [--store NAME]... [--share 0..1]',
  );
  process.exit(1);
}
await openBackend(parseBackend(values.backend));
const networks = values.model.map((directory) => new SuperResolutionNetwork(directory));

for (const store of openStores(values.store)) {
  const { size } = store.settings;
  const file = join(store.directory, 'restored.bin');
  const restored = openSync(file, existsSync(file) ? 'r+' : 'w+');
  const record = 1 + store.cropBytes;
  const done = Math.floor(fstatSync(restored).size / record);
  const tracks = store.tracks.filter(({ label, split }) => label === 'real' && split === 'train');
  let made = 0;
  const started = performance.now();
  for (const track of [...tracks].sort((a, b) => a.offset - b.offset)) {
    // One network for all frames of a track, as a manipulation has it.
    const random = new Random(1, track.offset);
    if (track.count === 1 && !random.chance(share)) continue;
    const network = random.pick(networks);
    const shrink = random.uniform(0.7, 1);
    for (let index = 0; index < track.count; index++) {
      const at = track.offset + index;
      if (at < done) continue;
      const image = restore(imageFromBytes(store.read(track, index), size, size), network, shrink);
      const bytes = new Uint8Array(record);
      bytes[0] = 1;
      bytes.set(Uint8ClampedArray.from(image.data), 1);
      writeSync(restored, bytes, 0, record, at * record);
      if (++made % 500 === 0) {
        const each = ((performance.now() - started) / made).toFixed(0);
        console.log(`${store.directory}: ${made} faces, ${each} ms each, ${tf.memory().numTensors} tensors`);
      }
    }
  }
  closeSync(restored);
  console.log(`${store.directory}: ${made} faces restored`);
}
