import { afterEach, expect, test, vi } from 'vitest';
import { Moments } from '../../src/analysis/moments.ts';
import { FakeWorker } from './fake-worker.ts';

afterEach(() => vi.unstubAllGlobals());

test('closing ends what is decoded and what waits for it, and starts no further worker', async () => {
  const workers = FakeWorker.stub();
  const moments = new Moments(new Blob(['x']), 'https://example.org/');
  const asked = [moments.at(1), moments.at(2), moments.at(3)].map((frame) =>
    frame.catch((error: Error) => error.message),
  );
  await vi.waitFor(() => expect(workers).toHaveLength(1));
  moments.close();
  expect(await Promise.all(asked)).toEqual(Array(3).fill('the video was closed'));
  expect(workers.map(({ ended }) => ended)).toEqual([true]);
});
