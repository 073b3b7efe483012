import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/root.ts';
import { readRecord } from '../../src/share/json.ts';
import { fuzzLinks, readHostile, type LinkInput } from '../museum/fuzz-links.ts';

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

/** `npm run -s fuzz` saves links and records that break a rule here. */
describe('links and records that have broken a rule once', () => {
  const folder = join(root, 'tests/museum/found');
  const found = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name): [string, LinkInput | undefined] => [
      name,
      (JSON.parse(readFileSync(join(folder, name), 'utf8')) as { hostile?: LinkInput }).hostile,
    ]);
  const links: [string, LinkInput][] = [
    // One by hand, so that the replay itself is tried.
    ['an empty record', { reader: 'record', text: '{}' }],
    ...found.filter((one): one is [string, LinkInput] => one[1] !== undefined),
  ];

  it.each(links)('%s breaks none any more', async (_, input) => {
    expect(['read', 'refused']).toContain(await readHostile(input));
  });
});
