import { expect, it } from 'vitest';
import { replayFound } from '../museum/fuzz-media.ts';

/** Whatever the fuzzer has found and saved is tried again for ever after, in the built product. */
it('what the fuzzer has found ends in a verdict or a reason, in time, and a sound clip is judged behind it', async () => {
  const { files, failures } = await replayFound();
  expect(failures).toEqual([]);
  expect(files).toBeGreaterThan(0);
});
