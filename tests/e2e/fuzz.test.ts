import { expect, it } from 'vitest';
import { fuzzMedia } from '../museum/fuzz-media.ts';

it('mutated videos end in a verdict or a reason, and leave the page able to work', async () => {
  const { runs, outcomes, soundChecks, failures } = await fuzzMedia({ count: 50, seed: 2 });
  expect(failures).toEqual([]);
  expect(runs).toBe(50);
  expect(soundChecks).toBe(5);
  // Not all of them fail at the door.
  expect(Object.keys(outcomes).length).toBeGreaterThan(2);
});
