import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../../scripts/root.ts';
import { clockJumps } from '../../src/media/stream-clock.ts';
import { laterClock, type Bytes } from '../museum/surgery.ts';

const read = (path: string): Bytes => new Uint8Array(readFileSync(join(root, 'tests', path)));
const alive = (): void => undefined;
const jumps = (...parts: Bytes[]): Promise<boolean> => clockJumps(new Blob(parts), alive);
const broadcast = read('fixtures/clips/h264.mpegts');
const seconds = 2;

describe('the clock of a stream', () => {
  test.each([
    'fixtures/clips/h264.mpegts',
    'fixtures/clips/mpeg2-start-30000s.mpegts',
    'fixtures/clips/mpeg1.mpg',
    'museum/pieces/base.m2ts',
    'museum/pieces/base.mpg',
    'museum/pieces/base.vob',
  ])('runs through %s, and starts again where that is there twice', async (path) => {
    const stream = read(path);
    expect(await jumps(stream)).toBe(false);
    expect(await jumps(stream, stream)).toBe(true);
  });

  test('jumps where a later one follows, but not at a short gap', async () => {
    expect(await jumps(broadcast, laterClock(broadcast, seconds + 100))).toBe(true);
    expect(await jumps(broadcast, laterClock(broadcast, seconds))).toBe(false);
    expect(await jumps(broadcast, laterClock(broadcast, seconds + 5))).toBe(false);
  });

  test('does not jump where it turns over', async () => {
    expect(await jumps(laterClock(broadcast, 2 ** 33 / 90_000 - 2.4))).toBe(false);
  });

  test('is looked at here and there in a large file', async () => {
    const size = 2 ** 40;
    /** A file that has the broadcast everywhere, at the time (seconds) that the clock gives for a share of the file. */
    const large = (clock: (share: number) => number): Blob =>
      ({ size, slice: (from: number) => new Blob([laterClock(broadcast, clock(from / size))]) }) as Blob;
    expect(
      await clockJumps(
        large((share) => 3600 * share),
        alive,
      ),
    ).toBe(false);
    expect(
      await clockJumps(
        large((share) => 3600 * (share % 0.5)),
        alive,
      ),
    ).toBe(true);
    expect(
      await clockJumps(
        large((share) => 3600 * share + (share > 0.5 ? 5000 : 0)),
        alive,
      ),
    ).toBe(true);
  });
});

test('a file that holds no pictures has no clock', async () => {
  expect(await jumps()).toBe(false);
  expect(await jumps(new Uint8Array(100_000))).toBe(false);
});
