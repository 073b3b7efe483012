/** The detector against onnxruntime-web in one page: same weights, same crops, same backend and threads, turn by turn. */
import { adapterName, isSoftware } from '../../src/detector/backend.ts';
import { DetectorPool } from '../../src/analysis/detector-pool.ts';
import { createDetector } from '../../src/detector/index.ts';
import type { StageRates, StagesOrder } from './stages.ts';

export interface DetectorContest {
  /** Folders and files under this origin. */
  modelUrl: string;
  onnxUrl: string;
  backend: 'wasm' | 'webgpu';
  size: number;
  crops: number;
  /** None: only the numbers are compared. */
  turns: number;
  /** Of the WASM backends. */
  threads: number;
}

export interface Turns {
  /** Milliseconds per crop, one per turn. */
  ours: number[];
  ort: number[];
  kernels: string | null;
  threads: number;
  /** What onnxruntime-web works with, as it says after its start: without isolation it falls back to one. */
  ortThreads: number;
  isolated: boolean;
  /** The GPU, with WebGPU. */
  adapter: string | null;
  /** Crops of one turn. */
  crops: number;
  /** Largest difference of a logit, as a share of the largest. */
  difference: number;
  /** With WebGPU: how many pieces of work the GPU is given for the crops of one turn, which ours takes eight at a time. */
  dispatches: { ours: number; ort: number } | null;
}

/** Milliseconds before each turn: onnxruntime's threads spin for a while after a run, and would take ours a core away. */
const REST = 300;
/** Side of the face in source pixels. */
const FACE_SIZE = 160;

const at = (path: string): string => new URL(path, location.origin).href;

async function contest(order: DetectorContest): Promise<Turns> {
  const { size, threads, turns, backend } = order;
  const ort = await (backend === 'webgpu'
    ? import('onnxruntime-web/webgpu')
    : import('onnxruntime-web/wasm'));
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmPaths = at('/node_modules/onnxruntime-web/dist/');
  const session = await ort.InferenceSession.create(at(order.onnxUrl), { executionProviders: [backend] });
  const pool = await DetectorPool.open({
    modelUrl: at(order.modelUrl),
    tfjsWasm: at('/runtime/tfjs/'),
    kernelsUrl: at('/runtime/kernels/'),
    prefer: backend,
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
    return pool.logits(joined, FACE_SIZE);
  };
  const runOrt = async (): Promise<Float32Array> => {
    const tensor = new ort.Tensor('float32', planes, [crops.length, 3, size, size]);
    const face = { face_size: new ort.Tensor('float32', [FACE_SIZE], [1]) };
    const { logits } = await session.run({
      crops: tensor,
      ...(session.inputNames.includes('face_size') && face),
    });
    return logits!.data as Float32Array;
  };

  let [a, b] = [await runOurs(), await runOrt()];
  // Again for nothing: engines compile what runs often in the background.
  if (turns > 0) [a, b] = [await runOurs(), await runOrt()];
  const largest = Math.max(...b.map(Math.abs));
  const difference = Math.max(...a.map((logit, frame) => Math.abs(logit - b[frame]!))) / largest;
  const dispatches = backend === 'webgpu' ? await countDispatches(order, crops, runOrt) : null;
  const result: Turns = {
    ours: [],
    ort: [],
    kernels: pool.runtime.kernels ?? null,
    threads: pool.runtime.threads,
    ortThreads: ort.env.wasm.numThreads ?? 1,
    isolated: crossOriginIsolated,
    adapter: pool.runtime.adapter ?? null,
    crops: crops.length,
    difference,
    dispatches,
  };
  const timed = async (run: () => Promise<unknown>): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, REST));
    const started = performance.now();
    await run();
    return (performance.now() - started) / crops.length;
  };
  for (let turn = 0; turn < turns; turn++) {
    const order = [
      async () => result.ours.push(await timed(runOurs)),
      async () => result.ort.push(await timed(runOrt)),
    ];
    // Whoever comes second may find the machine warmer, or busier.
    for (const take of turn % 2 === 0 ? order : order.reverse()) await take();
  }
  pool.dispose();
  await session.release();
  return result;
}

/** Runs both once, ours in this thread, where its work can be counted. */
async function countDispatches(
  order: DetectorContest,
  crops: Uint8Array[],
  runOrt: () => Promise<unknown>,
): Promise<{ ours: number; ort: number }> {
  const detector = await createDetector({
    modelUrl: at(order.modelUrl),
    tfjsWasm: at('/runtime/tfjs/'),
    prefer: 'webgpu',
  });
  const encoder = GPUComputePassEncoder.prototype;
  const { dispatchWorkgroups, dispatchWorkgroupsIndirect } = encoder;
  let count = 0;
  encoder.dispatchWorkgroups = function (...counts) {
    count++;
    return dispatchWorkgroups.apply(this, counts);
  };
  encoder.dispatchWorkgroupsIndirect = function (...from) {
    count++;
    return dispatchWorkgroupsIndirect.apply(this, from);
  };
  await detector.logits(await detector.features(crops), FACE_SIZE);
  const ours = count;
  await runOrt();
  Object.assign(encoder, { dispatchWorkgroups, dispatchWorkgroupsIndirect });
  detector.dispose();
  return { ours, ort: count - ours };
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

/** What `navigator.gpu` gives by itself; null when it gives nothing or computes on the CPU. */
async function realGpu(): Promise<string | null> {
  const adapter = (await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' })) ?? null;
  return adapter === null || isSoftware(adapter) ? null : adapterName(adapter.info);
}

declare global {
  interface Window {
    realGpu: typeof realGpu;
    contest: typeof contest;
    stages: typeof stages;
  }
}

window.realGpu = realGpu;
window.contest = contest;
window.stages = stages;
