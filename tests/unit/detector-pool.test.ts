import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { DetectorPool } from '../../src/analysis/detector-pool.ts';
import { keepErrorCodes } from '../../src/analysis/worker-errors.ts';
import { FakeWorker } from './fake-worker.ts';

beforeAll(keepErrorCodes);
afterEach(() => vi.unstubAllGlobals());

const failure = (code: string): Error => Object.assign(new Error(code), { code });
const facts = (backend: string) => ({ runtime: { backend, threads: 1, rejected: [] } });
const features = async () => Float32Array.of(1);

/** A GPU that is lost with the first crops. */
const lost = {
  open: async () => facts('webgpu'),
  features: async () => Promise.reject(failure('backend_lost')),
};
const unavailable = { open: async () => Promise.reject(failure('model_integrity_failed')) };
const wasm = { open: async () => facts('wasm'), features };

async function poolOf(...members: object[]) {
  const workers = FakeWorker.stub((_, index) => members[index]!);
  const pool = await DetectorPool.open({ modelUrl: '', tfjsWasm: '', kernelsUrl: '', threads: 1 });
  return { pool, workers };
}

test('a GPU that is lost is replaced, once, and what it had not answered is computed again', async () => {
  const { pool, workers } = await poolOf(lost, wasm);
  for (let i = 0; i < 2; i++) expect(await pool.features([])).toEqual(Float32Array.of(1));
  expect(pool.runtime).toMatchObject({ backend: 'wasm', rejected: [{ backend: 'webgpu' }] });
  expect(workers.map(({ ended }) => ended)).toEqual([true, false]);
});

test('where nothing can take its place, the next call tries again', async () => {
  const { pool, workers } = await poolOf(lost, unavailable, wasm);
  await expect(pool.features([])).rejects.toMatchObject({ code: 'model_integrity_failed' });
  expect(await pool.features([])).toEqual(Float32Array.of(1));
  expect(pool.runtime).toMatchObject({ backend: 'wasm', rejected: [{ backend: 'webgpu' }] });
  expect(workers.map(({ ended }) => ended)).toEqual([true, true, false]);
});
