import * as tf from '@tensorflow/tfjs-core';
import { openBackend, type BackendOptions, type Runtime } from '../../src/detector/backend.ts';
import { LoadedDetector } from '../../src/detector/detector.ts';
import { fetchModel, openModel } from '../../src/detector/model.ts';
import { fetchFrom, madeCrops, scoreSequence } from '../unit/detector-model.ts';
import type { DetectorConfig } from '../../src/detector/config.ts';

export interface WorkerRequest {
  backend: BackendOptions;
  /** Folder of our own kernels, to use them. */
  kernelsUrl?: string;
  files: Map<string, Uint8Array>;
  config: DetectorConfig;
  crops: number;
}

export interface WorkerReply {
  runtime: Runtime;
  logits: Float32Array;
  /** Names of the wasm files that were fetched. */
  wasm: string[];
  millisecondsPerCrop: number;
  tensors: number;
  isolated: boolean;
}

addEventListener('message', (event: MessageEvent<WorkerRequest>) => {
  run(event.data).then(
    (reply) => postMessage(reply),
    (error: Error) => postMessage({ error: `${error.name}: ${error.message}` }),
  );
});

async function run({ backend, kernelsUrl, files, config, crops }: WorkerRequest): Promise<WorkerReply> {
  const fetched = await fetchModel('https://example.test/model/', fetchFrom(files));
  const runtime = await openBackend(backend);
  const detector = new LoadedDetector(openModel(fetched), runtime);
  if (kernelsUrl !== undefined) await detector.useKernels(kernelsUrl);
  await detector.warmUp();
  const pixels = madeCrops(crops, config.inputSize);
  const started = performance.now();
  const logits = await scoreSequence(detector, pixels);
  const millisecondsPerCrop = (performance.now() - started) / crops;
  detector.dispose();
  const wasm = performance
    .getEntriesByType('resource')
    .map(({ name }) => name.split('/').at(-1)!)
    .filter((name) => name.endsWith('.wasm'));
  return {
    runtime,
    logits,
    wasm,
    millisecondsPerCrop,
    tensors: tf.memory().numTensors,
    isolated: crossOriginIsolated,
  };
}
