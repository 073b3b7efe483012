import { describe, expect, test } from 'vitest';
import { ENCODED, MADE, MUSEUM, type Outcome, type Piece } from '../museum/catalogue.ts';
import type { Bytes } from '../museum/surgery.ts';
import { frameNumber, mediaWorker } from './media-clips.ts';
import type { Sampled } from './media.worker.ts';

const URLS = import.meta.glob<string>('../museum/pieces/*', {
  query: '?url',
  import: 'default',
  eager: true,
});

async function fileOf({ name, from, make }: Piece): Promise<File> {
  let bytes: Bytes = new Uint8Array(0);
  if (from !== undefined) {
    const response = await fetch(URLS[`../museum/pieces/${from}`]!);
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
