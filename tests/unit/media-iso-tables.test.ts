import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/root.ts';
import { checkSampleTables, isCutOff, type TrackSums } from '../../src/media/iso-tables.ts';
import { box, cut, nested, patch, resized, type Bytes } from '../museum/surgery.ts';
import { join as joined } from '../museum/surgery.ts';

const piece = (name: string): Bytes => new Uint8Array(readFileSync(join(root, 'tests/museum/pieces', name)));
const base = piece('base.mp4');
const check = (bytes: Uint8Array): Promise<TrackSums[]> => checkSampleTables(new Blob([bytes as Bytes]));

describe('tables of an ISO media file', () => {
  it.each([
    'base.mp4',
    'moov-last.mp4',
    'fragmented.mp4',
    'base.mov',
    'edit-list.mp4',
    'with-sound.mp4',
    'ten-hours.mp4',
  ])('of %s are true', async (name) => {
    await expect(check(piece(name))).resolves.toBeDefined();
  });

  it.each([
    ['samples', patch(base, 'stsz', 12, 0x7fffffff)],
    ['samples of one byte', patch(patch(base, 'stsz', 8, 1), 'stsz', 12, 0x7fffffff)],
    ['entries of time', patch(base, 'stts', 8, 0x7fffffff)],
    ['samples of one entry of time', patch(base, 'stts', 12, 0x7fffffff)],
    ['samples of one entry of offsets', patch(base, 'ctts', 12, 0x7fffffff)],
    ['chunks', patch(base, 'stco', 8, 0x7fffffff)],
    ['key frames', patch(base, 'stss', 8, 0x7fffffff)],
  ])('that claim two billion %s are found out', async (_, bytes) => {
    await expect(check(bytes)).rejects.toMatchObject({ code: 'file_damaged' });
  });

  it.each([
    ['an index that is cut off', cut(base, 0.3)],
    ['an index that is longer than the file', resized(base, 'moov', 0x7fffffff)],
    ['a box smaller than its head', resized(base, 'mvhd', 4)],
    ['boxes within boxes', joined(box('ftyp'), nested('moov', 3))],
    ['no index', box('mdat', new Uint8Array(100))],
    ['nothing', new Uint8Array(0)],
  ])('leaves %s to the demuxer', async (_, bytes) => {
    await expect(check(bytes)).resolves.toBeDefined();
  });

  it('tell the bytes and the length of every track', async () => {
    expect(await check(piece('two-videos.mp4'))).toEqual([
      { id: 1, samples: 15, bytes: 3618, seconds: 0.6, shownUntil: 0.6 },
      { id: 2, samples: 15, bytes: 2464, seconds: 0.6, shownUntil: 0.6 },
    ]);
    const equal = patch(patch(base, 'stsz', 8, 100), 'stsz', 12, 15);
    expect(await check(equal)).toMatchObject([{ samples: 15, bytes: 1500 }]);
    expect(await check(piece('fragmented.mp4'))).toEqual([]);
    expect(await check(patch(base, 'mdhd', 16, 0))).toEqual([]);
  });

  it('do not know of a file that is cut off; the box of its pictures does', async () => {
    const isCut = (bytes: Bytes): Promise<boolean> => isCutOff(new Blob([bytes]));
    const indexFirst = new Uint8Array(readFileSync(join(root, 'tests/fixtures/clips/h264-bframes.mp4')));
    for (const whole of [base, piece('moov-last.mp4'), piece('fragmented.mp4'), indexFirst])
      expect(await isCut(whole)).toBe(false);
    expect(await isCut(cut(indexFirst, 0.6))).toBe(true);
    expect(await isCut(resized(base, 'mdat', 0))).toBe(false); // up to the end, wherever that is
    expect(await isCut(new Uint8Array(0))).toBe(false);
  });

  it('gives up on boxes without end', async () => {
    const many = joined(...Array.from({ length: 60_000 }, () => box('free')));
    await expect(check(box('moov', many))).rejects.toMatchObject({ code: 'file_damaged' });
    await expect(check(joined(many, base))).resolves.toBeDefined();
  });
});
