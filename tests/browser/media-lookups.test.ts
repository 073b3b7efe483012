import { EncodedPacketSink, VideoSampleSink } from 'mediabunny';
import { afterEach, expect, test, vi } from 'vitest';
import { openVideo } from '../../src/media/index.ts';
import { clip, frameNumber } from './media-clips.ts';

/** A lookup in Matroska reads half a group of pictures and more, so that there are few, however many pictures are asked for. */

afterEach(() => vi.restoreAllMocks());

const assets = { ffmpegCore: '', ffmpegWasm: '' };

test('of each run of pictures the key frame is looked up, and what lies between runs is not decoded', async () => {
  const video = await openVideo(await clip('long-gop.mkv'), { assets, decoder: 'webcodecs' });
  const lookups = [
    vi.spyOn(EncodedPacketSink.prototype, 'getPacket'),
    vi.spyOn(EncodedPacketSink.prototype, 'getKeyPacket'),
  ];
  const decoded = vi.spyOn(VideoSampleSink.prototype, 'samples');
  const times = [2, 31].flatMap((start) => Array.from({ length: 20 }, (_, i) => start + i / 20));
  const seen: number[] = [];
  for await (const frame of video.frames(times, new AbortController().signal)) seen.push(frameNumber(frame));
  video.close();
  expect(seen).toEqual(times.map((time) => Math.floor(time * 25 + 1e-6) % 256));
  expect(decoded.mock.calls).toEqual([[0], [30]]);
  expect(lookups.flatMap(({ mock }) => mock.calls).length).toBeLessThanOrEqual(4);
});
