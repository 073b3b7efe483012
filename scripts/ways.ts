/** The ways to one and the same verdict: decoders and arithmetic. Each is taken from outside, without hooks in the product. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnalysisOptions } from '../src/analysis/index.ts';
import type { VerdictRecord } from '../src/verdict/index.ts';
import { ensureBuilt } from './build-stamp.ts';
import { openPipeline, type Pipeline } from './pipeline.ts';
import { root } from './root.ts';

export interface Way {
  name: string;
  options: AnalysisOptions;
  /** Files of the built app that the host does not have. */
  without: readonly string[];
  /** For Chromium, besides the usual ones. */
  flags: readonly string[];
  /** So slow that it is tried with the clip of the tests only. */
  slow?: boolean;
  /** What the record says when this way was gone: a browser may not decode or compute what another one does. */
  gone: (runtime: VerdictRecord['runtime']) => boolean;
}

const RELAXED = 'runtime/kernels/kernels-relaxed.wasm';
const PLAIN = 'runtime/kernels/kernels-simd.wasm';

/** What people get in a current browser without a GPU. */
export const USUAL: Way = {
  name: 'WebCodecs, our kernels with relaxed SIMD',
  options: {},
  without: [],
  flags: [],
  gone: ({ decoder, backend, kernels }) =>
    decoder === 'webcodecs' && backend === 'wasm' && kernels === 'relaxed',
};

export const OTHERS: readonly Way[] = [
  {
    name: 'ffmpeg.wasm instead of WebCodecs',
    options: { decoder: 'ffmpeg' },
    without: [],
    flags: [],
    gone: ({ decoder }) => decoder === 'ffmpeg',
  },
  {
    name: 'our kernels with plain SIMD',
    options: {},
    without: [RELAXED],
    flags: [],
    gone: ({ backend, kernels }) => backend === 'wasm' && kernels === 'simd',
  },
  {
    name: 'tfjs on WebAssembly instead of our kernels',
    options: {},
    without: [RELAXED, PLAIN],
    flags: [],
    gone: ({ backend, kernels }) => backend === 'wasm' && kernels === null,
  },
  {
    name: 'tfjs in JavaScript',
    options: { backend: 'cpu' },
    without: [],
    flags: [],
    gone: ({ backend }) => backend === 'cpu',
  },
  {
    name: 'tfjs on WebGPU',
    options: { backend: 'webgpu' },
    without: [],
    // In software: minutes for two seconds of video, and the product takes it only because it is told to.
    slow: true,
    flags: ['--use-webgpu-adapter=swiftshader'],
    gone: ({ backend }) => backend === 'webgpu',
  },
];

/** The built product as this way meets it. */
export async function openWay({ without, flags }: Way): Promise<Pipeline> {
  await ensureBuilt();
  const dist = join(root, 'dist');
  if (without.length === 0) return openPipeline({ flags });
  const copy = mkdtempSync(join(tmpdir(), 'clearframe-way-'));
  const missing = new Set(without.map((path) => join(dist, path)));
  cpSync(dist, copy, { recursive: true, filter: (path) => !missing.has(path) });
  const remove = (): void => rmSync(copy, { recursive: true, force: true });
  try {
    const pipeline = await openPipeline({ dist: copy, flags });
    return { ...pipeline, close: () => pipeline.close().finally(remove) };
  } catch (error) {
    remove();
    throw error;
  }
}
