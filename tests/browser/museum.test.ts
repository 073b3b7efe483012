import { describe, expect, test } from 'vitest';
import { VideoOpener } from '../../src/analysis/remote-video.ts';
import { assetUrls } from '../../src/analysis/assets.ts';
import { ENCODED, FOUND, MADE, MUSEUM, type Outcome, type Piece } from '../museum/catalogue.ts';
import type { Bytes } from '../museum/surgery.ts';
import { frameNumber, mediaWorker } from './media-clips.ts';
import type { Sampled } from './media.worker.ts';

const URLS = import.meta.glob<string>('../museum/{pieces,found}/*', {
  query: '?url',
  import: 'default',
  eager: true,
});

async function fileOf({ name, from, found, make }: Piece): Promise<File> {
  let bytes: Bytes = new Uint8Array(0);
  if (from !== undefined) {
    const response = await fetch(URLS[`../museum/${found ? 'found' : 'pieces'}/${from}`]!);
    bytes = new Uint8Array(await response.arrayBuffer());
  }
  return new File([make === undefined ? bytes : make(bytes)], name, { type: 'video/mp4' });
}

const outcomeOf = (result: Sampled | string): string => (typeof result === 'string' ? result : 'frames');

/** Too large, or too thin, for a pattern. */
const PLAIN = ['eight-k.webm', 'thin.mp4'];

/** Times to ask for: from start to end, and far beyond. */
const ASKED = 6;

test('holds 60 pieces at least, each with a name of its own', () => {
  expect(MUSEUM.length).toBeGreaterThanOrEqual(60);
  expect(new Set(MUSEUM.map(({ name }) => name)).size).toBe(MUSEUM.length);
});

describe.each(['webcodecs', 'ffmpeg'] as const)('%s', (decoder) => {
  test.each([...ENCODED, ...MADE])('$name: $odd', async (piece) => {
    const result = await mediaWorker().sample(await fileOf(piece), ASKED, decoder);
    const expected: readonly Outcome[] = [piece[decoder]].flat();
    expect(expected).toContain(outcomeOf(result));
    if (typeof result === 'string') return;
    if (piece.size !== undefined) expect([result.info.width, result.info.height]).toEqual(piece.size);
    expect(result.frames.length).toBeGreaterThan(0);
    expect(result.damaged).toBe(decoder === 'ffmpeg' ? piece.damaged : undefined);
    const times = result.frames.map(({ time }) => time);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    for (const { width, height, data } of result.frames) expect(data).toHaveLength(4 * width * height);
    // Upright, in order, whole, and each of them another: the number that every frame carries says so.
    if ((!ENCODED.includes(piece) && piece.damaged === undefined) || PLAIN.includes(piece.name)) return;
    const numbers = result.frames.map(frameNumber);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });
});

describe.each(['webcodecs', 'ffmpeg'] as const)('found by the fuzzer: %s', (decoder) => {
  const opener = new VideoOpener(assetUrls(new URL('/', location.href).href));

  // As in use, in a worker that is asked from outside whether it still answers: not all of them let it.
  test.each([...FOUND])('$name: $odd', async (piece) => {
    const outcome = async (): Promise<string> => {
      const video = await opener.open(await fileOf(piece), { decoder, onDecoderChange: () => undefined });
      try {
        let frames = 0;
        for await (const frame of video.frames([0, 0.2], new AbortController().signal))
          frames += Math.sign(frame.data.length);
        return frames > 0 ? 'frames' : 'file_damaged';
      } finally {
        video.close();
      }
    };
    const code = (error: unknown): string => (error as { code: string }).code;
    const expected: readonly Outcome[] = [piece[decoder]].flat();
    expect(expected).toContain(await outcome().catch(code));
  });

  test('a sound file is read behind them', async () => {
    const base = MUSEUM.find(({ name }) => name === 'base.mp4')!;
    const video = await opener.open(await fileOf(base), { decoder, onDecoderChange: () => undefined });
    expect(video.info).toMatchObject({ width: 96, height: 72 });
    video.close();
  });
});

test('everything that the fuzzer has found is in the catalogue', () => {
  const files = Object.keys(URLS).filter((path) => path.includes('/found/'));
  const videos = files
    .map((path) => path.slice('../museum/found/'.length))
    .filter((name) => !name.endsWith('.json'));
  expect(FOUND.map(({ name }) => name).sort()).toEqual(videos.sort());
});

describe('a file that the browser’s decoder gives up as damaged', () => {
  const piece = (name: string): Piece => MUSEUM.find((one) => one.name === name)!;

  test('goes on with the frames that are whole; how many are not is told', async () => {
    const result = (await mediaWorker().sample(await fileOf(piece('late-damage.mp4')), ASKED)) as Sampled;
    expect(result).toMatchObject({ decoder: 'ffmpeg', damaged: 2 });
    expect(result.changes[0]).toMatch(/^webcodecs → ffmpeg: .*Decod/);
    expect(result.frames.map(frameNumber)).toEqual([1, 3, 6, 8]);
  });

  test('is told of, also where ffmpeg finds nothing wrong', async () => {
    const result = (await mediaWorker().sample(await fileOf(piece('bits-flipped.webm')), ASKED)) as Sampled;
    expect(result).toMatchObject({ decoder: 'ffmpeg', damaged: 0 });
  });
});
