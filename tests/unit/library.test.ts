import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { analyze, dispose, type AnalysisEvent } from '../../src/analysis/library.ts';
import { FakeWorker } from './fake-worker.ts';

/** The queue of `analyze` for other people's pages, with a worker that does nothing by itself. */

const never = new Promise<never>(() => undefined);
const file = new Blob(['x']) as File;
const STEP: AnalysisEvent = { type: 'progress', stage: 'load', done: 0, total: 1 };
const RESULT = { record: { verdict: { outcome: 'none', reasons: [] } }, timings: {} };

beforeEach(() => {
  vi.stubGlobal('__APP_VERSION__', '0');
  vi.stubGlobal('__APP_SHA256__', null);
});
afterEach(() => {
  dispose();
  vi.unstubAllGlobals();
});

/** @param end of the analysis that is given to the worker with this number, after one event */
function stubWorkers(end: (worker: number) => Promise<unknown>): FakeWorker[] {
  return FakeWorker.stub((_, index) => ({
    open: () => undefined,
    ping: () => undefined,
    async analyze(_file: Blob, _options: object, emit: (event: AnalysisEvent) => Promise<void>) {
      await emit(STEP);
      return end(index);
    },
  }));
}

test('an error of the page in an event ends that analysis, and not the next', async () => {
  const workers = stubWorkers((worker) => (worker === 0 ? never : Promise.resolve(RESULT)));
  const fails = analyze(file, {
    onEvent: () => {
      throw new Error('the page');
    },
  });
  const next = analyze(file);
  await expect(fails).rejects.toThrow('the page');
  expect(await next).toEqual(RESULT);
  expect(workers.map(({ ended }) => ended)).toEqual([true, false]);
});

test('what is cancelled while it waits is answered at once, and the worker goes on with the others', async () => {
  const finish: ((result: unknown) => void)[] = [];
  const workers = stubWorkers(() => new Promise((resolve) => finish.push(resolve)));
  const controller = new AbortController();
  const first = analyze(file);
  const waiting = analyze(file, { signal: controller.signal });
  const last = analyze(file);
  await vi.waitFor(() => expect(finish).toHaveLength(1));
  controller.abort();
  expect((await waiting).record.verdict.reasons).toEqual(['cancelled']);
  expect(finish).toHaveLength(1); // the last one still waits for the first
  finish[0]!(RESULT);
  expect(await first).toEqual(RESULT);
  await vi.waitFor(() => expect(finish).toHaveLength(2));
  finish[1]!(RESULT);
  expect(await last).toEqual(RESULT);
  expect(workers.map(({ ended }) => ended)).toEqual([false]);
});
