import { beforeEach, expect, it } from 'vitest';
import { KeptResults, type KeptJob } from '../../src/app/kept-results.ts';

const kept = new KeptResults();
const job: KeptJob = {
  id: 'a',
  visit: 'this one',
  order: 0,
  name: 'a.mp4',
  bytes: 1,
  lastModified: 0,
  result: null,
};

beforeEach(async () => {
  await kept.clear();
  await kept.put(job, []);
});

it('adds what a file says about its origin to what is kept of it', async () => {
  await kept.putCredentials('a', { state: 'none' });
  expect(await kept.all()).toEqual([{ ...job, credentials: { state: 'none' } }]);
});

it('does not bring back what is deleted while that is added', async () => {
  await Promise.all([kept.putCredentials('a', { state: 'none' }), kept.delete(['a'])]);
  expect(await kept.all()).toEqual([]);
  await kept.putCredentials('a', { state: 'none' });
  expect(await kept.all()).toEqual([]);
});
