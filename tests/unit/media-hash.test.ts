import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hashFile } from '../../src/media/hash.ts';

const content = Uint8Array.from({ length: 3_000_000 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24);
const expected = createHash('sha256').update(content).digest('hex');

describe('hashing a file', () => {
  it('gives its SHA-256 and tells how far it is', async () => {
    const told: [number, number][] = [];
    const hash = await hashFile(new Blob([content]), {
      onProgress: (...progress) => void told.push(progress),
    });
    expect(hash).toBe(expected);
    expect(told.at(-1)).toEqual([content.length, content.length]);
    expect(told.map(([bytes]) => bytes)).toEqual(told.map(([bytes]) => bytes).sort((a, b) => a - b));
  });

  it('does so where files stream in chunks of their own only', async () => {
    const file = new Blob([content]);
    file.stream = () =>
      new ReadableStream({
        start(controller) {
          for (let at = 0; at < content.length; at += 70_001)
            controller.enqueue(content.slice(at, at + 70_001));
          controller.close();
        },
      });
    expect(await hashFile(file)).toBe(expected);
  });

  it('gives the hash of nothing for an empty file', async () => {
    expect(await hashFile(new Blob([]))).toBe(createHash('sha256').digest('hex'));
  });

  it('ends with the signal’s reason, and frees the stream', async () => {
    const abort = new AbortController();
    const file = new Blob([content]);
    let cancelled = false;
    file.stream = () =>
      new ReadableStream({
        pull: (controller) => controller.enqueue(content.slice(0, 1000)),
        cancel: () => void (cancelled = true),
      });
    const hashing = hashFile(file, {
      signal: abort.signal,
      onProgress: () => abort.abort(new Error('left')),
    });
    await expect(hashing).rejects.toThrow('left');
    expect(cancelled).toBe(true);
  });
});
