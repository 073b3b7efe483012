import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/root.ts';
import { checkEncryption } from '../../src/media/iso-encryption.ts';
import {
  box,
  cut,
  find,
  join as joined,
  nested,
  noise,
  patch,
  resized,
  type Bytes,
} from '../museum/surgery.ts';

const piece = (name: string): Bytes => new Uint8Array(readFileSync(join(root, 'tests/museum/pieces', name)));
const encrypted = piece('encrypted.mp4');
const base = piece('base.mp4');
const check = (bytes: Uint8Array): Promise<void> => checkEncryption(new Blob([bytes as Bytes]));
const letters = (text: string): number => new DataView(new TextEncoder().encode(text).buffer).getUint32(0);
/** Another codec name for the first video track. */
const named = (bytes: Bytes, codec: string): Bytes => patch(bytes, 'stsd', 16, letters(codec));
/** A second codec name behind the first; the boxes around are lengthened in vain, as only `stsd` is read by its end. */
const alsoNamed = (bytes: Bytes, codec: string): Bytes => {
  const at = find(bytes, 'stsd') + 12;
  const entry = box(codec);
  const longer = joined(bytes.subarray(0, at), entry, bytes.subarray(at));
  return ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd'].reduce((result, type) => {
    const size = new DataView(result.buffer).getUint32(find(result, type) - 4);
    return resized(result, type, size + entry.length);
  }, longer);
};

describe('encrypted pictures', () => {
  it.each([
    ['Common Encryption', encrypted],
    ['FairPlay', named(base, 'drmi')],
    ['FairPlay in QuickTime', named(piece('base.mov'), 'drmi')],
  ])('of %s are found', async (_, bytes) => {
    await expect(check(bytes)).rejects.toMatchObject({ code: 'file_encrypted' });
  });

  it.each([
    'base.mp4',
    'base.mov',
    'fragmented.mp4',
    'moov-last.mp4',
    'with-sound.mp4',
    'sound-with-cover.mp4',
  ])('are not seen in %s', async (name) => {
    await expect(check(piece(name))).resolves.toBeUndefined();
  });

  it('do not count where a part of the track is in the clear', async () => {
    await expect(check(alsoNamed(encrypted, 'avc1'))).resolves.toBeUndefined();
    await expect(check(alsoNamed(encrypted, 'encv'))).rejects.toMatchObject({ code: 'file_encrypted' });
  });

  it.each([
    ['an index that is cut off', cut(encrypted, 0.1)],
    ['a table longer than the file', resized(encrypted, 'stsd', 0x7fffffff)],
    ['boxes nested without end', joined(base.subarray(0, 32), nested('moov', 10_000))],
    ['tracks nested without end', joined(base.subarray(0, 32), box('moov', nested('trak', 5000)))],
    ['noise', noise(5000)],
    ['nothing', new Uint8Array(0)],
  ])('are looked for without harm in %s', async (_, bytes) => {
    await check(bytes).catch((error: unknown) => expect(error).toMatchObject({ code: 'file_encrypted' }));
  });
});
