import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { messages } from '../../src/app/messages.ts';
import type { Reason } from '../../src/verdict/index.ts';
import { root } from '../../scripts/root.ts';
import { peakResidentBytes } from '../../scripts/long-run-measure.ts';
import { MAX_BYTES } from '../museum/fuzz-media.ts';
import { MUSEUM } from '../museum/catalogue.ts';
import type { Bytes } from '../museum/surgery.ts';
import { clip, useBuiltApp } from './built-app.ts';

const app = useBuiltApp();

/** Pieces of the museum in the built page, and what it says of them. None of them shows a face. */
const WALKED: Readonly<Record<string, Reason>> = {
  'base.wmv': 'no_face',
  'live.mkv': 'no_face',
  'ten-hours.mp4': 'no_face',
  'eight-k.webm': 'no_face',
  'thin.mp4': 'no_face',
  'claims-wide-pixels.mp4': 'no_face',
  'sound-with-cover.mp4': 'no_video_track',
  'animated.gif': 'image_file',
  'cut-50.mp4': 'file_damaged',
  'encrypted.mp4': 'file_encrypted',
  'many-samples.mp4': 'file_damaged',
  'many-per-entry.mp4': 'no_face',
  'nested.mp4': 'file_damaged',
  'many-equal-samples.mp4': 'file_damaged',
  'many-edits.mp4': 'no_face',
  'claims-64k.mp4': 'no_face',
  'claims-eternity.mkv': 'no_face',
  'claims-petabytes.mkv': 'no_face',
  'loop.mkv': 'no_face',
  'loop.avi': 'no_face',
  'many-frames.avi': 'no_face',
  'claims-wide.avi': 'no_face',
  'packed-zeros.mp4': 'not_a_video',
  'zip-bomb.mp4': 'not_a_video',
  'playlist.mp4': 'not_a_video',
  'empty.mp4': 'empty_file',
};

function bytesOf(name: string): Buffer {
  const { from, found, make } = MUSEUM.find((piece) => piece.name === name)!;
  const folder = join(root, 'tests/museum', found ? 'found' : 'pieces');
  const source = from === undefined ? '' : readFileSync(join(folder, from));
  const bytes = new Uint8Array(Buffer.from(source)) as Bytes;
  return Buffer.from(make === undefined ? bytes : make(bytes));
}

it('says of odd files what they are, keeps its place and its memory, and judges what comes after them', async () => {
  const page = await app.browser.newPage({ acceptDownloads: true });
  await page.goto(app.server.url);
  await page.getByRole('button', { name: messages.start.choose }).waitFor();
  await page.setInputFiles('input[multiple]', [
    ...Object.keys(WALKED).map((name) => ({ name, mimeType: 'video/mp4', buffer: bytesOf(name) })),
    // Its demuxer runs in circles: found by the fuzzer. As it is, it is cut off, and no browser's demuxer is asked.
    {
      name: 'endless.mkv',
      mimeType: 'video/mp4',
      buffer: Buffer.concat([readFileSync(join(root, 'tests/museum/found/endless.mkv')), Buffer.alloc(1000)]),
    },
    { name: 'sound.mp4', mimeType: 'video/mp4', buffer: readFileSync(clip('face.mp4')) },
  ]);
  const rows = page.locator('.rows li');
  const state = (name: string) => rows.filter({ hasText: name }).locator('.state');
  await state('sound.mp4')
    .getByText(new RegExp([messages.outcomes.none.title, messages.outcomes.some.title].join('|')))
    .waitFor({ timeout: 240_000 });
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: messages.queue.table }).click();
  const table = readFileSync(await (await download).path(), 'utf8').split('\n');
  const line = (name: string): string | undefined => table.find((row) => row.startsWith(name));
  for (const [name, reason] of Object.entries(WALKED)) expect(line(name), name).toContain(reason);
  expect(line('endless.mkv')).toMatch(/codec_unsupported|file_damaged|decoder_failed/);
  // Whatever they claim: two billion frames, 10^300 milliseconds, petabytes, pictures of 2^60 pixels.
  const peak = await peakResidentBytes(app.browser);
  expect(peak ?? 0).toBeLessThan(MAX_BYTES);
  await page.close();
});
