import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../scripts/root.ts';
import { isMatroskaCutOff, withoutAlpha } from '../../src/media/ebml.ts';
import { cut, type Bytes } from '../museum/surgery.ts';

const read = (path: string): Bytes => new Uint8Array(readFileSync(join(root, 'tests', path)));
const cutOff = (bytes: Bytes): Promise<boolean> => isMatroskaCutOff(new Blob([bytes]));
const bytesOf = async (blob: Blob): Promise<Uint8Array> => new Uint8Array(await blob.arrayBuffer());

test('a Matroska file that says how long it is is cut off where it is shorter', async () => {
  for (const path of ['museum/pieces/base.mkv', 'museum/pieces/vp9.webm', 'fixtures/clips/long-gop.mkv']) {
    expect(await cutOff(read(path))).toBe(false);
    expect(await cutOff(cut(read(path), 0.9))).toBe(true);
  }
});

test('of one that does not say it, as a live stream, nobody knows', async () => {
  const live = read('museum/pieces/live.mkv');
  expect([await cutOff(live), await cutOff(cut(live, 0.9))]).toEqual([false, false]);
  expect([await cutOff(live.slice(0, 20)), await cutOff(read('museum/pieces/base.mp4'))]).toEqual([
    false,
    false,
  ]);
});

test('nothing but the word on transparency is taken out', async () => {
  const transparent = read('museum/pieces/vp9-alpha.webm');
  const bare = await bytesOf(await withoutAlpha(new Blob([transparent])));
  const changed = [...transparent.keys()].filter((at) => bare[at] !== transparent[at]);
  expect(bare).toHaveLength(transparent.length);
  expect(changed.map((at) => [...transparent.slice(at - 3, at + 1), bare[at]])).toEqual([
    [0x53, 0xc0, 0x81, 1, 0],
  ]);
  const opaque = new Blob([read('museum/pieces/vp9.webm')]);
  expect(await withoutAlpha(opaque)).toBe(opaque);
});
