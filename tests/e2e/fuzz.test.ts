import { expect, it } from 'vitest';
import { fuzzMedia } from '../museum/fuzz-media.ts';

// Not more of them yet: docs/reliability.md tells of a page that gives no answer at about the 28th.
it('mutated videos end in a verdict or a reason, and leave the page able to work', async () => {
  const { runs, outcomes, soundChecks, failures } = await fuzzMedia({ count: 20, seed: 2 });
  expect(failures).toEqual([]);
  expect(runs).toBe(20);
  expect(soundChecks).toBe(2);
  // Not all of them fail at the door.
  expect(Object.keys(outcomes).length).toBeGreaterThan(2);
});
