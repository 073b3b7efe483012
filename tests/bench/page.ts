/** The detector against onnxruntime-web in one page: same weights, same crops, same number of threads, turn by turn. */
import * as ort from 'onnxruntime-web/wasm';
import { DetectorPool } from '../../src/analysis/detector-pool.ts';
import type { StageRates, StagesOrder } from './stages.ts';

export interface DetectorContest {
  /** Folders and files under this origin. */
  modelUrl: string;
  onnxUrl: string;
  size: number;
  crops: number;
  turns: number;
  threads: number;
}

export interface Turns {
  /** Milliseconds per crop, one per turn. */
  ours: number[];
  ort: number[];
  kernels: string | null;
  threads: number;
  /** Largest difference of a logit, as a share of the largest. */
  difference: number;
}

/** Milliseconds before each turn: onnxruntime's threads spin for a while after a run, and would take ours a core away. */
const REST = 300;

const at = (path: string): string => new URL(path, location.origin).href;

async function contest(order: DetectorContest): Promise<Turns> {
  const { size, threads, turns } = order;
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmPaths = at('/node_modules/onnxruntime-web/dist/');
  const session = await ort.InferenceSession.create(at(order.onnxUrl));
  const pool = await DetectorPool.open({
    modelUrl: at(order.modelUrl),
    tfjsWasm: at('/node_modules/@tensorflow/tfjs-backend-wasm/dist/'),
    kernelsUrl: at('/runtime/kernels/'),
    prefer: 'wasm',
    threads,
  });
  const crops = Array.from({ length: order.crops }, (_, crop) =>
    Uint8Array.from(
      { length: size * size * 3 },
      (_, i) => (Math.imul(i + crop * 977 + 1, 0x9e3779b1) >>> 13) & 255,
    ),
  );
  const planes = new Float32Array(crops.length * 3 * size * size);
  for (const [crop, pixels] of crops.entries())
    for (let i = 0; i < pixels.length; i++)
      planes[(crop * 3 + (i % 3)) * size * size + Math.floor(i / 3)] = pixels[i]!;

  const runOurs = async (): Promise<Float32Array> => {
    const share = Math.ceil(crops.length / pool.runtime.threads);
    const parts = Array.from({ length: pool.runtime.threads }, (_, part) =>
      pool.features(crops.slice(part * share, (part + 1) * share)),
    );
    const features = await Promise.all(parts);
    const joined = new Float32Array(features.reduce((sum, part) => sum + part.length, 0));
    let end = 0;
    for (const part of features) {
      joined.set(part, end);
      end += part.length;
    }
    return pool.logits(joined);
  };
  const runOrt = async (): Promise<Float32Array> => {
    const tensor = new ort.Tensor('float32', planes, [crops.length, 3, size, size]);
    const { logits } = await session.run({ crops: tensor });
    return logits!.data as Float32Array;
  };

  // Twice for nothing: engines compile what runs often in the background.
  let [a, b] = [await runOurs(), await runOrt()];
  [a, b] = [await runOurs(), await runOrt()];
  const largest = Math.max(...b.map(Math.abs));
  const difference = Math.max(...a.map((logit, frame) => Math.abs(logit - b[frame]!))) / largest;
  const result: Turns = {
    ours: [],
    ort: [],
    kernels: pool.runtime.kernels ?? null,
    threads: pool.runtime.threads,
    difference,
  };
  const timed = async (run: () => Promise<unknown>): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, REST));
    const started = performance.now();
    await run();
    return (performance.now() - started) / crops.length;
  };
  for (let turn = 0; turn < turns; turn++) {
    result.ours.push(await timed(runOurs));
    result.ort.push(await timed(runOrt));
  }
  pool.dispose();
  await session.release();
  return result;
}

function stages(order: StagesOrder): Promise<StageRates> {
  const worker = new Worker(new URL('./stages.ts', import.meta.url), { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<{ rates: StageRates } | { error: string }>) => {
      worker.terminate();
      if ('rates' in data) resolve(data.rates);
      else reject(new Error(data.error));
    };
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(order);
  });
}

declare global {
  interface Window {
    contest: typeof contest;
    stages: typeof stages;
  }
}

window.contest = contest;
window.stages = stages;
