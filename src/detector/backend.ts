import * as tf from '@tensorflow/tfjs-core';
import { fetchListed, withAddress, type OnBytes } from '../integrity/fetch-listed.ts';
import { DetectorError } from './errors.ts';
import type { KernelBuild } from './trunk.ts';
import { SELF_TEST_TOLERANCE, selfTestError, selfTestLogits } from './self-test.ts';

export type BackendName = 'webgpu' | 'wasm' | 'cpu';

/** What runs, and what was tried before it and why it was given up. */
export interface Runtime {
  backend: BackendName;
  simd: boolean;
  threads: number;
  /** Our own kernels run the trunk, in this build; tfjs does when absent. */
  kernels?: KernelBuild;
  /** Description of the GPU, with WebGPU. */
  adapter?: string;
  rejected: { backend: BackendName; reason: string }[];
}

export interface BackendOptions {
  /** Folder of tfjs-backend-wasm's `.wasm` files, absolute, with a trailing slash. */
  tfjsWasm: string;
  /** This backend and no other, also where it would not be chosen (WebGPU in software). */
  prefer?: BackendName;
}

type Opened = Omit<Runtime, 'backend' | 'rejected'>;

/** Adapters that compute on the CPU, by what they say of themselves. */
const SOFTWARE_ADAPTER = /swiftshader|llvmpipe|lavapipe|software|basic render/i;

/** tfjs wants an address for each of them, and uses one. */
const TFJS_BUILDS = [
  'tfjs-backend-wasm.wasm',
  'tfjs-backend-wasm-simd.wasm',
  'tfjs-backend-wasm-threaded-simd.wasm',
] as const;

/** What an adapter says of itself; empty when it says nothing. */
export function adapterName({ vendor, architecture, device, description }: GPUAdapterInfo): string {
  return [vendor, architecture, device, description].filter((part) => part !== '').join(' ');
}

/** It computes on the CPU. */
export function isSoftware(adapter: GPUAdapter): boolean {
  // Older browsers have it at the adapter.
  const fallback =
    adapter.info.isFallbackAdapter || (adapter as { isFallbackAdapter?: boolean }).isFallbackAdapter;
  return fallback === true || SOFTWARE_ADAPTER.test(adapterName(adapter.info));
}

/**
 * The backends in the order in which they are tried. Each says in one sentence why it cannot be used, or opens.
 * - webgpu: fastest, but only on a real GPU; a software adapter is many times slower than wasm.
 * - wasm: everywhere; SIMD in every current browser.
 * - cpu: plain JavaScript, tens of times slower; better than no answer.
 */
const BACKENDS: {
  name: BackendName;
  open(options: BackendOptions, onBytes: OnBytes): Promise<Opened | string>;
}[] = [
  { name: 'webgpu', open: openWebGpu },
  { name: 'wasm', open: openWasm },
  { name: 'cpu', open: openCpu },
];

/**
 * Opens the first backend that can be used and computes rightly (see self-test.ts), and makes it tfjs's current one.
 * @throws DetectorError `backend_unavailable` when none does; the message says why for each
 */
export async function openBackend(
  options: BackendOptions,
  onBytes: OnBytes = () => undefined,
): Promise<Runtime> {
  const rejected: Runtime['rejected'] = [];
  for (const { name, open } of BACKENDS) {
    if (options.prefer !== undefined && options.prefer !== name) continue;
    const opened = await attempt(() => open(options, onBytes));
    const reason = typeof opened === 'string' ? opened : await attempt(() => wrongness());
    if (typeof opened !== 'string' && reason === undefined) return { backend: name, ...opened, rejected };
    rejected.push({ backend: name, reason: String(reason) });
  }
  const reasons = rejected.map(({ backend, reason }) => `${backend}: ${reason}`).join('; ');
  throw new DetectorError('backend_unavailable', `no backend can be used: ${reasons}`);
}

/**
 * Tells when the GPU behind the current backend is gone or refuses work: what it computes from then on is worth nothing.
 * Other backends are never lost.
 * @param told may be called more than once, with the code `backend_lost`
 */
export function onGpuLost(told: (error: DetectorError) => void): void {
  if (tf.getBackend() !== 'webgpu') return;
  const { device } = tf.backend() as unknown as { device: GPUDevice };
  const lost = (why: string): void => told(new DetectorError('backend_lost', `the GPU was lost: ${why}`));
  void device.lost.then(({ reason, message }) => lost(message || reason));
  // Out of its memory, mostly: the GPU then leaves commands out and goes on.
  device.addEventListener('uncapturederror', ({ error }) => lost(error.message));
}

/**
 * `work` on the current backend. A GPU that fails at it counts as lost, though the browser may say so later or never: what was
 * the work's own fault fails on the next backend too.
 * @throws DetectorError `backend_lost`, or whatever `work` throws where no GPU computes or it was refused
 */
export async function lostWhenFailing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (tf.getBackend() !== 'webgpu' || error instanceof DetectorError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new DetectorError('backend_lost', `the GPU failed: ${why}`, { cause: error });
  }
}

/** A failure of any kind becomes a reason: the next backend is tried. */
async function attempt<T>(work: () => Promise<T>): Promise<T | string> {
  try {
    return await work();
  } catch (error) {
    return `failed: ${error instanceof Error ? error.message : JSON.stringify(error)}`;
  }
}

/** Why the current backend must not be trusted; undefined when the self-test passes. */
async function wrongness(): Promise<string | undefined> {
  const error = selfTestError(await selfTestLogits());
  if (error <= SELF_TEST_TOLERANCE) return undefined;
  return `computes wrongly: relative error ${error.toPrecision(2)} in the self-test`;
}

async function openWebGpu({ prefer }: BackendOptions): Promise<Opened | string> {
  if (!('gpu' in navigator)) return 'the browser has no WebGPU';
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) return 'no GPU adapter';
  const about = adapterName(adapter.info);
  if (isSoftware(adapter) && prefer !== 'webgpu') return `the adapter is software (${about || 'fallback'})`;
  await import('@tensorflow/tfjs-backend-webgpu');
  if (!(await tf.setBackend('webgpu'))) return 'tfjs could not start it';
  return { simd: false, threads: 1, adapter: about };
}

async function openWasm({ tfjsWasm }: BackendOptions, onBytes: OnBytes): Promise<Opened | string> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  // The threaded build of 4.22.0 starts eight workers and uses none: its pool reports one thread whatever is asked for.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  const simd = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) === true;
  // Once only, before the first start: `tf.findBackend` cannot be asked, it starts the backend itself.
  if (tf.engine().registry['wasm'] !== undefined) {
    if (!(await tf.setBackend('wasm'))) return 'tfjs could not start it';
    return { simd, threads: 1 };
  }
  const build = simd ? 'tfjs-backend-wasm-simd.wasm' : 'tfjs-backend-wasm.wasm';
  return withAddress(await fetchListed(tfjsWasm + build, onBytes), async (url) => {
    // Whichever name it looks up.
    setWasmPaths(Object.fromEntries(TFJS_BUILDS.map((name) => [name, url])));
    if (!(await tf.setBackend('wasm'))) return `tfjs could not start it with ${build}`;
    return { simd, threads: 1 };
  });
}

async function openCpu(): Promise<Opened | string> {
  await import('@tensorflow/tfjs-backend-cpu');
  if (!(await tf.setBackend('cpu'))) return 'tfjs could not start it';
  return { simd: false, threads: 1 };
}
