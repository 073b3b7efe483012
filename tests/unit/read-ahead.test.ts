import { describe, expect, it } from 'vitest';
import { ReadAhead } from '../../src/media/read-ahead.ts';

const MEGABYTE = 2 ** 20;

/** A file whose bytes tell their place, and what was taken from it. */
function fileOf(size: number): { file: ReadAhead; bytes: Uint8Array; taken: number[] } {
  const bytes = Uint8Array.from({ length: size }, (_, at) => (at * 31 + (at >> 8)) & 255);
  const taken: number[] = [];
  const file = new ReadAhead(size, (start, end) => {
    taken.push(end - start);
    return bytes.slice(start, end);
  });
  return { file, bytes, taken };
}

/** Whether reading as a demuxer does, until it has what it asked for or the file ends, gives the file's bytes. */
function readsRight(file: ReadAhead, bytes: Uint8Array, position: number, length: number): boolean {
  const parts: Uint8Array[] = [];
  let at = position;
  while (at < position + length) {
    const part = file.read(at, position + length - at);
    if (part.length === 0) break;
    parts.push(part.slice());
    at += part.length;
  }
  return Buffer.concat(parts).equals(bytes.subarray(position, position + length));
}

describe('read-ahead', () => {
  it('takes a file that is read on and on in large pieces', () => {
    const { file, bytes, taken } = fileOf(3 * MEGABYTE);
    for (let position = 0; position < bytes.length; position += 32768)
      expect(readsRight(file, bytes, position, 32768)).toBe(true);
    expect(taken).toEqual([32768, MEGABYTE, MEGABYTE, MEGABYTE - 32768]);
  });

  it('takes no more than is asked for where reads jump', () => {
    const { file, bytes, taken } = fileOf(2 * MEGABYTE);
    for (const position of [MEGABYTE, 0, 1_500_000, 4096])
      expect(readsRight(file, bytes, position, 100)).toBe(true);
    expect(taken).toEqual([100, 100, 100, 100]);
  });

  it('gives the right bytes over the ends of pieces, going back and at the end of the file', () => {
    const { file, bytes } = fileOf(2 * MEGABYTE + 17);
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
    let position = 0;
    for (let turn = 0; turn < 60; turn++) {
      if (random(4) === 0) position = random(bytes.length);
      const length = 1 + random(90_000);
      expect(readsRight(file, bytes, position, length)).toBe(true);
      position = Math.min(bytes.length, position + length);
    }
    expect(file.read(bytes.length, 10)).toHaveLength(0);
  });
});
