import { readFileSync } from 'node:fs';
import { EncodedPacketSink } from 'mediabunny';
import { afterEach, expect, test, vi } from 'vitest';
import { bisect, keyTimesOfFile } from '../../src/media/key-frames.ts';

afterEach(() => vi.restoreAllMocks());

const piece = (name: string): Blob =>
  new Blob([readFileSync(new URL(`../museum/pieces/${name}`, import.meta.url))]);
const keyTimes = (name: string, times: readonly number[]): Promise<(number | undefined)[]> =>
  keyTimesOfFile(piece(name), 'matroska', times, () => undefined);

test('of thousands of times few are looked up where key frames are few', async () => {
  const times = Array.from({ length: 3600 }, (_, i) => i / 6);
  const find = vi.fn(async (time: number) => (time < 5 ? undefined : 10 * Math.floor(time / 10)));
  expect(await bisect(times, find)).toEqual(await Promise.all(times.map(find)));
  expect(find.mock.calls.length - times.length).toBeLessThan(500);
});

test.each([[[]], [[1]], [[1, 1]], [[1, 25]], [[1, 15, 25]], [[1, 2, 25, 26]]])(
  'of the times %j',
  async (times) => {
    const find = async (time: number): Promise<number> => Math.floor(time / 10);
    expect(await bisect(times, find)).toEqual(await Promise.all(times.map(find)));
  },
);

test.each(['base.mkv', 'no-index.mkv', 'live.mkv', 'variable-rate.mkv'])(
  '%s: many times have the key frames that each has alone',
  async (name) => {
    const times = Array.from({ length: 40 }, (_, i) => i / 10 - 0.5);
    const alone: (number | undefined)[] = [];
    for (const time of times) alone.push(...(await keyTimes(name, [time])));
    expect(new Set(alone).size).toBeGreaterThan(1);
    expect(await keyTimes(name, times)).toEqual(alone);
  },
);

test('of many times in a file few are looked up', async () => {
  const lookups = vi.spyOn(EncodedPacketSink.prototype, 'getKeyPacket');
  const times = Array.from({ length: 500 }, (_, i) => i / 500);
  const found = await keyTimes('base.mkv', times);
  expect(new Set(found)).toEqual(new Set([0, 0.4]));
  expect(lookups.mock.calls.length).toBeLessThan(20);
});

test('a file without an index is gone through once, in whatever order its times are looked up', async () => {
  const next = vi.spyOn(EncodedPacketSink.prototype, 'getNextKeyPacket');
  const times = Array.from({ length: 200 }, (_, i) => i / 50);
  const found = await keyTimes('no-index.mkv', times);
  expect(next.mock.calls.length).toBeLessThanOrEqual(new Set(found).size);
});
