import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../scripts/root.ts';
import { factsOfFile, type TrackFacts } from '../../src/media/track-facts.ts';
import {
  laterFragments,
  patch,
  secondTrackOn,
  twoRates,
  withoutBitrates,
  type Bytes,
} from '../museum/surgery.ts';

const read = (path: string): Bytes => new Uint8Array(readFileSync(join(root, 'tests', path)));
const facts = (bytes: Bytes, container = 'mp4', id?: number): Promise<TrackFacts | undefined> =>
  factsOfFile(new Blob([bytes]), container, () => undefined, id);

test('sound does not count as bits of the video', async () => {
  const silent = await facts(read('museum/pieces/base.mp4'));
  expect(silent).toEqual({ start: 0, duration: 0.6, frameRate: 25, bitrate: 48_240 });
  expect(await facts(withoutBitrates(read('museum/pieces/with-sound.mp4')))).toEqual(silent);
});

test('the frame rate is that of the whole track, however it changes', async () => {
  // A minute, 25 frames per second; its second half made twice as fast.
  const constant = await facts(read('fixtures/clips/long-gop.mp4'));
  const faster = await facts(twoRates(read('fixtures/clips/long-gop.mp4')));
  expect(constant).toMatchObject({ duration: 60, frameRate: 25 });
  expect(faster!.duration).toBeCloseTo(45, 1);
  expect(faster!.frameRate).toBeCloseTo(1500 / 45, 6);
  // As many bits per frame, which is what the score goes by.
  expect(faster!.bitrate / faster!.frameRate).toBeCloseTo(constant!.bitrate / constant!.frameRate, 0);
});

test('a file in fragments lasts as long as its pictures, whenever they begin', async () => {
  const fragmented = read('museum/pieces/fragmented.mp4');
  const later = await facts(laterFragments(fragmented, 300));
  expect(later!.start).toBeCloseTo(300.08, 6);
  expect(later!.duration).toBeCloseTo(0.6, 6);
  expect(later!.frameRate).toBeCloseTo(25, 6);
  expect(later!.bitrate).toBe(48_240);
});

test('a track is found by its number, and is the first one otherwise', async () => {
  const two = read('museum/pieces/two-videos.mp4');
  expect((await facts(two))!.bitrate).toBe(48_240);
  expect((await facts(secondTrackOn(two)))!.bitrate).toBe(48_240);
  expect((await facts(two, 'mp4', 2))!.bitrate).toBe(32_853);
  expect(await facts(two, 'mp4', 3)).toBeUndefined();
});

test('of Matroska, which has no list of packets, all bits of the file count but the share that sound has', async () => {
  const of = async (name: string): Promise<[all: number, counted: number]> => {
    const bytes = read(`museum/pieces/${name}`);
    const { duration, bitrate } = (await facts(bytes, 'matroska'))!;
    return [(8 * bytes.length) / duration, bitrate];
  };
  const [all, counted] = await of('variable-rate.mkv');
  expect(counted).toBe(Math.round(all));
  const [withSound, pictures] = await of('with-sound.mkv');
  const [silent] = await of('base.mkv');
  // The rest is what the container itself needs for every packet.
  expect(withSound).toBeGreaterThan(1.6 * silent);
  expect(pictures).toBeLessThan(1.25 * silent);
});

test('a track of one picture is passed over where another has more', async () => {
  expect(await facts(read('museum/pieces/picture-first.mov'), 'mov')).toMatchObject({
    duration: 0.6,
    bitrate: 48_240,
  });
});

test('what an edit list cuts off behind its one edit, a second and more, does not count', async () => {
  const minute = read('fixtures/clips/long-gop.mp4');
  const until = async (milliseconds: number): Promise<number> =>
    (await facts(patch(minute, 'elst', 12, milliseconds)))!.duration;
  expect([await until(30_000), await until(59_000), await until(59_500), await until(0)]).toEqual([
    30, 59, 60, 60,
  ]);
  expect(await until(0x7fffffff)).toBe(60);
});

test('a container without an index is not read for that', async () => {
  expect(await facts(read('fixtures/clips/h264.mpegts'), 'mpeg-ts')).toBeUndefined();
});
