import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Sha256 } from '../../src/media/sha256/sha256.ts';

const expected = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
const made = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24);

async function inPieces(data: Uint8Array, size: number): Promise<string> {
  const hash = await Sha256.create();
  for (let at = 0; at < data.length; at += size) hash.update(data.subarray(at, at + size));
  return hash.digest();
}

describe('SHA-256', () => {
  it('is the standard’s for every length around the padding', async () => {
    for (let length = 0; length <= 200; length++)
      expect(await inPieces(made(length), 1 << 20), `${length} bytes`).toBe(expected(made(length)));
  });

  it.each([1, 63, 64, 65, 1000])('is the same in pieces of %i bytes', async (size) => {
    const data = made(5000);
    expect(await inPieces(data, size)).toBe(expected(data));
  });

  it('takes pieces that are larger than its memory', async () => {
    const data = made(5_000_001);
    expect(await inPieces(data, data.length)).toBe(expected(data));
    expect(await inPieces(data, 1_048_577)).toBe(expected(data));
  });

  it('keeps messages apart', async () => {
    const [one, two] = [await Sha256.create(), await Sha256.create()];
    one.update(made(100));
    two.update(made(70));
    one.update(made(30));
    expect(two.digest()).toBe(expected(made(70)));
    expect(one.digest()).toBe(expected(Buffer.concat([made(100), made(30)])));
  });
});
