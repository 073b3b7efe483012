/** Bars 1 and 2: the detector against onnxruntime-web, in one Chromium page that Vite serves from the sources. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { toOnnx } from '../../model-export/onnx.ts';
import { root } from '../../scripts/root.ts';
import { RESNEXT50_32X4D, type DetectorConfig } from '../../src/detector/config.ts';
import { foldBatchNorm } from '../../src/detector/fold.ts';
import { initParams } from '../../src/detector/network.ts';
import { loadModel } from '../../src/detector/model.ts';
import { encodeModel } from '../../src/detector/weights.ts';
import { fetchFrom, madeManifest } from '../unit/detector-model.ts';
import { sha256Hex } from '../../src/detector/model.ts';
import { onBenchPage } from './bench-page.ts';
import { modelFiles } from './model-files.ts';
import type { DetectorContest, Turns } from './page.ts';

/** Models for the benchmark; below the project, so that Vite serves them. */
const FOLDER = '.cache/bench';
const THREADS = 2;

/** The shipped model and ResNeXt-50 with start weights (their values do not change the time), each in both formats. */
async function prepareModels(): Promise<Record<'shipped' | 'resnext50', Omit<DetectorContest, 'threads'>>> {
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

export async function detectorContests(): Promise<Record<'shipped' | 'resnext50', Turns>> {
  const models = await prepareModels();
  return onBenchPage(async (page) => {
    const run = (order: Omit<DetectorContest, 'threads'>): Promise<Turns> =>
      page.evaluate((contest) => window.contest(contest), { ...order, threads: THREADS });
    return { shipped: await run(models.shipped), resnext50: await run(models.resnext50) };
  });
}
