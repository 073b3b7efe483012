/**
 * `npx tsx model-export/landmarks.ts --model face_landmarker.task [--store NAME]...`
 *
 * Finds the 478 points of MediaPipe's face mesh in every crop of the stores (`.cache/crops/NAME`, default `default`), in
 * headless Chromium, and writes them to `landmarks.bin` beside the crops; run it again to go on where it stopped. The
 * pseudo-fakes take the face's outline and its expression from them. Only training needs the model file: it is not shipped.
 */
import { appendFileSync, existsSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type * as Vision from '@mediapipe/tasks-vision';
import { chromium } from 'playwright-core';
import { ensureChromium } from '../scripts/chromium.ts';
import { CHROMIUM_FLAGS } from '../scripts/pipeline.ts';
import { readArguments } from '../scripts/refuse.ts';
import { root } from '../scripts/root.ts';
import { claim } from './claim.ts';
import { CropStore, LANDMARK_BYTES, LANDMARK_VALUES } from './crop-store.ts';
import { cropsFolder } from './workspace.ts';

const CROPS_PER_CALL = 32;

const { values } = readArguments({
  options: {
    model: { type: 'string' },
    store: { type: 'string', multiple: true, default: ['default'] },
  },
});
if (values.model === undefined) {
  console.error('Usage: npx tsx model-export/landmarks.ts --model face_landmarker.task [--store NAME]...');
  process.exit(1);
}

declare global {
  interface Window {
    landmarker: Vision.FaceLandmarker;
  }
}

const VISION = join(root, 'node_modules/@mediapipe/tasks-vision');
const TYPES: Record<string, string> = {
  md: 'text/plain',
  mjs: 'text/javascript',
  js: 'text/javascript',
  wasm: 'application/wasm',
};
const browser = await chromium.launch({ executablePath: ensureChromium(), args: CHROMIUM_FLAGS });
try {
  const page = await browser.newPage();
  // Nothing listens there: all that the page asks for comes out of the package's folder.
  await page.route('http://localhost/**', (route) => {
    const path = new URL(route.request().url()).pathname;
    return route.fulfill({ path: join(VISION, path), contentType: TYPES[path.split('.').at(-1)!] ?? '' });
  });
  await page.goto('http://localhost/README.md');
  await page.evaluate(
    async ({ bundle, model }) => {
      const { FaceLandmarker } = (await import(bundle)) as typeof Vision;
      window.landmarker = await FaceLandmarker.createFromOptions(
        {
          wasmLoaderPath: '/wasm/vision_wasm_internal.js',
          wasmBinaryPath: '/wasm/vision_wasm_internal.wasm',
        },
        {
          baseOptions: { modelAssetBuffer: Uint8Array.from(atob(model), (byte) => byte.charCodeAt(0)) },
          runningMode: 'IMAGE',
        },
      );
    },
    { bundle: '/vision_bundle.mjs', model: readFileSync(values.model).toString('base64') },
  );

  /** Per crop the points' x, y as shares of its side, or nothing where no face was found. */
  const find = (crops: Uint8Array[], side: number): Promise<number[][]> =>
    page.evaluate(
      ({ encoded, side }) =>
        encoded.map((text) => {
          const rgb = atob(text);
          const pixels = new ImageData(side, side);
          for (let pixel = 0; pixel < side * side; pixel++) {
            for (let channel = 0; channel < 3; channel++)
              pixels.data[4 * pixel + channel] = rgb.charCodeAt(3 * pixel + channel);
            pixels.data[4 * pixel + 3] = 255;
          }
          const [points = []] = window.landmarker.detect(pixels).faceLandmarks;
          return points.flatMap(({ x, y }) => [x, y]);
        }),
      { encoded: crops.map((crop) => Buffer.from(crop).toString('base64')), side },
    );

  for (const name of values.store) await addLandmarks(name, find);
} finally {
  await browser.close();
}

async function addLandmarks(
  name: string,
  find: (crops: Uint8Array[], side: number) => Promise<number[][]>,
): Promise<void> {
  const store = new CropStore(resolve(cropsFolder, name));
  const release = claim(store.directory);
  const file = join(store.directory, 'landmarks.bin');
  const { size } = store.settings;
  // In the order of the crops, so that the file's length says how far this is.
  const frames = store.tracks
    .flatMap((track) => Array.from({ length: track.count }, (_, index) => ({ track, index })))
    .sort((a, b) => a.track.offset + a.index - b.track.offset - b.index);
  if (frames.some(({ track, index }, row) => track.offset + index !== row))
    throw new Error(
      `${store.directory}: crops that no track has lie between others: delete it and prepare it again`,
    );
  const done = existsSync(file) ? Math.floor(statSync(file).size / LANDMARK_BYTES) : 0;
  if (existsSync(file)) truncateSync(file, done * LANDMARK_BYTES);
  let found = 0;
  const started = performance.now();
  for (let from = done; from < frames.length; from += CROPS_PER_CALL) {
    const some = frames.slice(from, from + CROPS_PER_CALL);
    const points = await find(
      some.map(({ track, index }) => store.read(track, index)),
      size,
    );
    const rows = new Float32Array(some.length * LANDMARK_VALUES).fill(NaN);
    for (const [row, shares] of points.entries()) {
      if (shares.length !== LANDMARK_VALUES) continue;
      found++;
      // A share of 0 is the left edge of the first pixel, whose centre is index 0.
      rows.set(
        shares.map((share) => share * size - 0.5),
        row * LANDMARK_VALUES,
      );
    }
    appendFileSync(file, new Uint8Array(rows.buffer));
    const seen = Math.min(from + CROPS_PER_CALL, frames.length) - done;
    if (from % (50 * CROPS_PER_CALL) === 0 || seen + done === frames.length) {
      const each = ((performance.now() - started) / seen).toFixed(0);
      console.log(
        `${name}: ${done + seen} of ${frames.length}, face found in ${found} of ${seen}, ${each} ms each`,
      );
    }
  }
  release();
  store.close();
}
