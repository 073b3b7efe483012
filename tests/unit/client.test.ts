import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AnalysisClient } from '../../src/analysis/client.ts';
import type { AnalysisResult, EvidenceCrop } from '../../src/analysis/types.ts';
import { FakeWorker } from './fake-worker.ts';

/** Who ends the analysis worker, and what becomes of the others who wait for it. */

const RESULT = { record: { verdict: { outcome: 'none', reasons: [] } }, timings: {} };
const file = new Blob(['x']) as File;
const crop = {} as EvidenceCrop;
let finish: ((result: unknown) => void)[];
let map: () => Promise<unknown>;
let workers: FakeWorker[];
let client: AnalysisClient;

beforeEach(() => {
  vi.stubGlobal('__APP_VERSION__', '0');
  vi.stubGlobal('__APP_SHA256__', null);
  finish = [];
  map = () => Promise.reject(new TypeError('the map failed'));
  workers = FakeWorker.stub(() => ({
    open: () => undefined,
    ping: () => undefined,
    analyze: () => new Promise((resolve) => finish.push(resolve)),
    activationMap: () => map(),
  }));
  client = new AnalysisClient({ base: 'https://example.org/' });
});
afterEach(() => {
  client.dispose();
  vi.unstubAllGlobals();
});

const ended = (): boolean[] => workers.map((worker) => worker.ended);

/** A check that has begun. */
async function check(signal = new AbortController().signal): Promise<{ result: Promise<AnalysisResult> }> {
  const steps = client.analyze(file, {}, signal);
  const result = steps.next().then((step) => step.value as AnalysisResult);
  const before = finish.length;
  await vi.waitFor(() => expect(finish.length).toBeGreaterThan(before));
  return { result };
}

describe('an activation map that fails', () => {
  test('ends the worker, so that the next question has a new one', async () => {
    await expect(client.activationMap(crop)).rejects.toThrow('the map failed');
    expect(ended()).toEqual([true]);
    await expect(client.activationMap(crop)).rejects.toThrow('the map failed');
    expect(ended()).toEqual([true, true]);
  });

  test('does not end another file’s check; the worker goes once that has its result', async () => {
    const { result } = await check();
    await expect(client.activationMap(crop)).rejects.toThrow('the map failed');
    expect(ended()).toEqual([false]);
    finish[0]!(RESULT);
    expect(await result).toEqual(RESULT);
    expect(ended()).toEqual([true]);
  });
});

describe('a check that ends for lack of memory', () => {
  const LACKING = { record: { verdict: { outcome: 'cannot-tell', reasons: ['out_of_memory'] } } };

  test('leaves an activation map its worker until that has come; what is asked next has a new one', async () => {
    let answer = (_map: string): void => undefined;
    map = () => new Promise((resolve) => (answer = resolve));
    const { result } = await check();
    const shown = client.activationMap(crop);
    finish[0]!(LACKING);
    expect(await result).toEqual(LACKING);
    expect(ended()).toEqual([false]);
    await check();
    answer('cells');
    expect(await shown).toBe('cells');
    expect(ended()).toEqual([true, false]);
  });
});

test('a cancelled check ends its own worker, also where that answers nothing new any more', async () => {
  const controller = new AbortController();
  const { result } = await check(controller.signal);
  await expect(client.activationMap(crop)).rejects.toThrow('the map failed');
  await check(); // in a new worker
  controller.abort();
  expect((await result).record.verdict.reasons).toEqual(['cancelled']);
  expect(ended()).toEqual([true, false]);
});

test('a check whose worker is ended on purpose was cancelled, and a check after it has its own', async () => {
  const { result } = await check();
  client.dispose();
  const next = await check();
  expect((await result).record.verdict.reasons).toEqual(['cancelled']);
  finish[1]!(RESULT);
  expect(await next.result).toEqual(RESULT);
  expect(ended()).toEqual([true, false]);
});
