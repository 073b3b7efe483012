import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { assetUrls } from '../../src/analysis/assets.ts';
import { VideoOpener } from '../../src/analysis/remote-video.ts';
import type { DecoderName, Frame, Video } from '../../src/media/index.ts';
import { FakeWorker } from './fake-worker.ts';

/** A demuxer that runs in circles keeps the video worker's thread: it answers nothing any more. */

const never = new Promise<never>(() => undefined);
const info = { start: 0, duration: 4 };
type Deliver = (frame: Frame, decoder: DecoderName, info: object) => Promise<void>;
const frame = (time: number) => ({ time, width: 1, height: 1, data: new Uint8ClampedArray(4) }) as Frame;

beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Works, a frame a second, up to one of its times. */
const worker = (decoder: DecoderName, hangsAt = Infinity, more: object = {}) => ({
  open: async () => ({ info, decoder }),
  ping: () => never,
  keyTimes: async (times: number[]) => times.map(() => 0),
  async frames(times: number[], deliver: Deliver) {
    for (const time of times) {
      if (time >= hangsAt) await never;
      await deliver(frame(Math.floor(time)), decoder, info);
    }
    return { damaged: undefined, info };
  },
  close: () => undefined,
  ...more,
});

async function opened(...workers: object[]) {
  const started = FakeWorker.stub((_, index) => workers[index]!);
  const changes: string[] = [];
  const opener = new VideoOpener(assetUrls('https://example.org/'));
  const video = await opener.open(new Blob(['x']), {
    onDecoderChange: (from, to) => changes.push(`${from} → ${to}`),
  });
  return { video, changes, started };
}

/** What comes of it, however often the worker has to be asked whether it still answers. */
async function patiently<T>(work: Promise<T>): Promise<T> {
  let done = false;
  const settled = work.finally(() => (done = true));
  settled.catch(() => undefined);
  while (!done) {
    vi.advanceTimersByTime(1000);
    await new Promise((resolve) => setTimeout(resolve));
  }
  return settled;
}

async function timesOf(video: Video, times: number[]): Promise<number[]> {
  const seen: number[] = [];
  for await (const { time } of video.frames(times, new AbortController().signal)) seen.push(time);
  return seen;
}

describe('a video whose demuxer hangs', () => {
  test('while key frames are looked for has none that are known, and goes on with ffmpeg', async () => {
    const hanging = worker('webcodecs', Infinity, { keyTimes: () => never });
    const { video, changes, started } = await opened(hanging, worker('ffmpeg'));
    expect(await patiently(video.keyTimes([1, 2]))).toEqual([undefined, undefined]);
    expect(changes).toEqual(['webcodecs → ffmpeg']);
    expect(video.decoder).toBe('ffmpeg');
    expect(started.map(({ ended }) => ended)).toEqual([true, false]);
    expect(await patiently(timesOf(video, [1, 2]))).toEqual([1, 2]);
  });

  test('while ffmpeg has the key frames looked for goes on without them', async () => {
    const hanging = worker('ffmpeg', Infinity, { keyTimes: () => never });
    const { video, changes } = await opened(hanging, worker('ffmpeg'));
    expect(await patiently(video.keyTimes([1]))).toEqual([undefined]);
    expect(await patiently(timesOf(video, [1, 2]))).toEqual([1, 2]);
    expect(changes).toEqual([]);
  });

  test('while frames come goes on with ffmpeg where it stopped', async () => {
    const { video, changes } = await opened(worker('webcodecs', 2), worker('ffmpeg'));
    expect(await patiently(timesOf(video, [0, 1, 1.5, 2, 3]))).toEqual([0, 1, 2, 3]);
    expect(changes).toEqual(['webcodecs → ffmpeg']);
  });

  test('while it is opened is not shown to the demuxer again', async () => {
    const asked: unknown[] = [];
    const open = async (...[, , decoder, , demuxerHangs]: unknown[]): Promise<object> => {
      asked.push([decoder, demuxerHangs]);
      return { info, decoder };
    };
    const { video } = await patiently(
      opened(worker('webcodecs', Infinity, { open: () => never }), worker('ffmpeg', Infinity, { open })),
    );
    expect(asked).toEqual([['ffmpeg', true]]);
    expect(video.decoder).toBe('ffmpeg');
  });

  test('with ffmpeg too is given up', async () => {
    const { video } = await opened(worker('webcodecs', 1), worker('ffmpeg', 2));
    await expect(patiently(timesOf(video, [0, 1, 2]))).rejects.toMatchObject({ code: 'decoder_failed' });
  });
});
