import { expect, it } from 'vitest';
import { readRecord } from '../../src/share/json.ts';
import { fuzzLinks } from '../museum/fuzz-links.ts';

it('every mutated link and record is read or refused in a sentence', async () => {
  const { runs, read, refused } = await fuzzLinks(900, 1);
  expect(runs).toBeGreaterThanOrEqual(900);
  expect(read).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(read);
});

it('a record too large to be one is refused unread', async () => {
  const huge = { size: 3e9, text: () => Promise.reject(new Error('read')) } as unknown as Blob;
  await expect(readRecord(huge)).rejects.toMatchObject({ code: 'record_invalid' });
});
