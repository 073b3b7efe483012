/** Bars 1 and 2: the detector against onnxruntime-web, in one Chromium page that Vite serves from the sources. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { toOnnx } from '../../model-export/onnx.ts';
import { root } from '../../scripts/root.ts';
import { RESNEXT50_32X4D, type DetectorConfig } from '../../src/detector/config.ts';
import { foldBatchNorm } from '../../src/detector/fold.ts';
import { initParams } from '../../model-export/start-weights.ts';
import { loadModel } from '../../src/detector/model.ts';
import { encodeModel } from '../../src/detector/weights.ts';
import { fetchFrom, madeManifest } from '../unit/detector-model.ts';
import { sha256Hex } from '../../src/integrity/sha256.ts';
import { onBenchPage } from './bench-page.ts';
import { modelFiles } from './model-files.ts';
import type { DetectorContest, Turns } from './page.ts';

/** Models for the benchmark; below the project, so that Vite serves them. */
const FOLDER = '.cache/bench';
const THREADS = 2;

type Contestants = Omit<DetectorContest, 'backend' | 'threads'>;

/** For a Chromium without a window to use the machine's GPU, and for one without a GPU to compute the same in software. */
const GPU_FLAGS = [
  '--enable-features=Vulkan',
  '--use-angle=vulkan',
  '--disable-vulkan-surface',
  '--ignore-gpu-blocklist',
];
/** Milliseconds in which a GPU says that it is there. */
const GPU_PATIENCE = 60_000;
const SOFTWARE_FLAGS = ['--use-webgpu-adapter=swiftshader'];

/** The shipped model and ResNeXt-50 with start weights (their values do not change the time), each in both formats. */
async function prepareModels(): Promise<Record<'shipped' | 'resnext50', Contestants>> {
  await tf.setBackend('cpu');
  const shipped = await loadModel('file:///model/', fetchFrom(modelFiles(join(root, 'public/model'))));
  writeOnnx(
    'shipped',
    await toOnnx(shipped.params, shipped.manifest.config, shipped.manifest.preprocessing, {}),
  );
  const large = await startWeights(RESNEXT50_32X4D);
  writeOnnx('resnext50', large.onnx);
  for (const [name, bytes] of large.files) writeFileSync(join(root, FOLDER, 'resnext50', name), bytes);
  return {
    shipped: {
      modelUrl: '/model/',
      onnxUrl: `/${FOLDER}/shipped.onnx`,
      size: shipped.manifest.config.inputSize,
      crops: 16,
      turns: 15,
    },
    resnext50: {
      modelUrl: `/${FOLDER}/resnext50/`,
      onnxUrl: `/${FOLDER}/resnext50.onnx`,
      size: RESNEXT50_32X4D.inputSize,
      crops: 4,
      turns: 7,
    },
  };
}

async function startWeights(
  config: DetectorConfig,
): Promise<{ onnx: Uint8Array; files: Map<string, Uint8Array> }> {
  const start = initParams(config, 1);
  const folded = foldBatchNorm(start, config);
  const { modelJson, shards } = await encodeModel(folded, config, 'none');
  const files = new Map<string, Uint8Array>([['model.json', Buffer.from(JSON.stringify(modelJson))]]);
  for (const { path, bytes } of shards) files.set(path, bytes);
  const listed = await Promise.all(
    [...files].map(async ([path, bytes]) => ({ path, sha256: await sha256Hex(bytes), bytes: bytes.length })),
  );
  const manifest = madeManifest(config, listed);
  files.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
  return { onnx: await toOnnx(folded, config, manifest.preprocessing, {}), files };
}

function writeOnnx(name: string, bytes: Uint8Array): void {
  mkdirSync(join(root, FOLDER, name), { recursive: true });
  writeFileSync(join(root, FOLDER, `${name}.onnx`), bytes);
}

export interface DetectorContests {
  shipped: Turns;
  resnext50: Turns;
  /** Both networks on a real GPU; without one only the shipped network, without turns: do the numbers agree? */
  webgpu: { gpu: string; shipped: Turns; resnext50: Turns } | { gpu: null; shipped: Turns };
}

export async function detectorContests(): Promise<DetectorContests> {
  const models = await prepareModels();
  const on =
    (page: Page, backend: 'wasm' | 'webgpu') =>
    (order: Contestants): Promise<Turns> =>
      page.evaluate((contest) => window.contest(contest), { ...order, backend, threads: THREADS });
  const wasm = await onBenchPage(async (page) => ({
    shipped: await on(page, 'wasm')(models.shipped),
    resnext50: await on(page, 'wasm')(models.resnext50),
  }));
  const webgpu =
    (await onBenchPage(async (page) => {
      // Chromium with a Vulkan driver that only pretends to a GPU may never answer.
      const gpu = await Promise.race([
        page.evaluate(() => window.realGpu()),
        setTimeout(GPU_PATIENCE, null, { ref: false }),
      ]);
      if (gpu === null) return null;
      const run = on(page, 'webgpu');
      return { gpu, shipped: await run(models.shipped), resnext50: await run(models.resnext50) };
    }, GPU_FLAGS)) ??
    (await onBenchPage(async (page) => {
      const shipped = await on(page, 'webgpu')({ ...models.shipped, crops: 2, turns: 0 });
      return { gpu: null, shipped };
    }, SOFTWARE_FLAGS));
  return { ...wasm, webgpu };
}
