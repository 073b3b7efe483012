/** Which tfjs backend trains. One training code for all of them; this file only finds and registers one. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { require as requireWithTsx } from 'tsx/cjs/api';
import { root } from '../scripts/root.ts';
import { useNativeGroupedConv, useNativeReluGradient } from './native-operations.ts';
import { useWebGpuOperations } from './webgpu-operations.ts';

export const BACKENDS = ['tfjs-node-gpu', 'webgpu', 'tfjs-node', 'wasm'] as const;
export type TrainingBackend = (typeof BACKENDS)[number];

const require = createRequire(import.meta.url);

/** Loads a CommonJS package that registers a backend; false when it is not installed. Other failures are thrown. */
function load(name: string): boolean {
  try {
    require(name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return false;
    throw error;
  }
}

/**
 * tfjs-core alone knows no gradients; tfjs-node brings them along. They exist as ES modules in a package that Node takes
 * for CommonJS, which only tsx loads. The registry they go to is one for all copies of tfjs-core.
 */
export function registerGradients(): void {
  requireWithTsx('@tensorflow/tfjs-core/dist/register_all_gradients.js', import.meta.url);
}

/** tfjs-node registers itself with whichever tfjs-core it resolves: it has to be the one used here. */
async function useTensorflow(): Promise<boolean> {
  if (tf.engine().registryFactory['tensorflow'] === undefined) {
    throw new Error('tfjs-node registered with another copy of @tensorflow/tfjs-core than the project uses');
  }
  if (!(await tf.setBackend('tensorflow'))) return false;
  useNativeReluGradient();
  useNativeGroupedConv();
  return true;
}

/** The folders where tfjs-node may be: an ordinary install, our own build, and one named by the environment. */
function tfjsNodePlaces(): string[] {
  const built = join(root, '.cache', 'tfjs-node', 'node_modules', '@tensorflow', 'tfjs-node');
  const named = process.env['CLEARFRAME_TFJS_NODE'];
  return [
    '@tensorflow/tfjs-node',
    ...[built, named ?? ''].filter((place) => place !== '' && existsSync(place)),
  ];
}

/**
 * The npm package `webgpu` (Dawn) gives Node `navigator.gpu`. A software adapter counts only when it is asked for by
 * name: it is slower than any CPU backend.
 */
async function openWebGpu(allowSoftware: boolean): Promise<boolean> {
  const { create, globals } = (await import('webgpu')) as unknown as {
    create(options: string[]): GPU;
    globals: Record<string, unknown>;
  };
  Object.assign(globalThis, globals);
  const gpu = create([]);
  const known = globalThis.navigator as Navigator | undefined;
  if (known === undefined)
    Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  else Object.defineProperty(known, 'gpu', { value: gpu, configurable: true });
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) return false;
  const { vendor, architecture, description } = adapter.info;
  const software =
    adapter.info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe/i.test(`${architecture} ${description}`);
  if (software && !allowSoftware) return false;
  console.log(`webgpu adapter: ${[vendor, architecture, description].filter(Boolean).join(', ')}`);
  await import('@tensorflow/tfjs-backend-webgpu');
  registerGradients();
  useWebGpuOperations();
  return tf.setBackend('webgpu');
}

async function openWasm(): Promise<boolean> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')), '/'));
  registerGradients();
  return tf.setBackend('wasm');
}

async function open(name: TrainingBackend, asked: boolean): Promise<boolean> {
  switch (name) {
    case 'tfjs-node-gpu':
      return load('@tensorflow/tfjs-node-gpu') && useTensorflow();
    case 'tfjs-node':
      return tfjsNodePlaces().some(load) && useTensorflow();
    case 'webgpu':
      return openWebGpu(asked);
    case 'wasm':
      return openWasm();
  }
}

/**
 * Registers and selects a backend.
 * @param wanted one of BACKENDS, or `auto` for the first of them that works here
 * @returns the name of the backend that is now active
 * @throws when the wanted backend (or with `auto` any) cannot be had
 */
export async function openBackend(wanted: TrainingBackend | 'auto'): Promise<TrainingBackend> {
  for (const name of wanted === 'auto' ? BACKENDS : [wanted]) {
    try {
      if (await open(name, wanted !== 'auto')) {
        await tf.ready();
        return name;
      }
    } catch (error) {
      if (wanted !== 'auto') throw error;
      console.warn(`backend ${name} is not usable: ${(error as Error).message}`);
    }
  }
  throw new Error(
    wanted === 'tfjs-node'
      ? 'tfjs-node is not installed; `npx tsx model-export/setup-tfjs-node.ts` builds it'
      : `backend ${wanted} is not available here`,
  );
}

/** Reads `--backend NAME` as given on a command line. */
export function parseBackend(value: string): TrainingBackend | 'auto' {
  const known: readonly string[] = [...BACKENDS, 'auto'];
  if (!known.includes(value)) throw new Error(`--backend ${value}: expected one of ${known.join(', ')}`);
  return value as TrainingBackend | 'auto';
}
