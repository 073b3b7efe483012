import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openVideo } from '../../src/media/index.ts';
import type { FfmpegReply, FfmpegRequest } from '../../src/media/ffmpeg-protocol.ts';
import type { LifeMessage } from '../../src/workers/lifetime.ts';
import { clip, frameNumber } from './media-clips.ts';

/** What ffmpeg's workers are asked to do: what is much to decode is shared by several, and nothing is decoded for nothing. */

const runtime = (file: string): string => new URL(`/runtime/ffmpeg/${file}`, location.href).href;
const assets = { ffmpegCore: runtime('ffmpeg-core.js'), ffmpegWasm: runtime('ffmpeg-core.wasm') };
const never = new AbortController().signal;
const BrowserWorker = globalThis.Worker;

/** @param onStart of each worker, counted from 0 */
function watchWorkers(onStart: (worker: Worker, index: number) => void = () => undefined): () => number {
  let started = 0;
  vi.stubGlobal(
    'Worker',
    class extends BrowserWorker {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        onStart(this, started++);
      }
    },
  );
  return () => started;
}
beforeEach(() => vi.spyOn(navigator, 'hardwareConcurrency', 'get').mockReturnValue(3));
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** The numbers of the frames shown at so many times, spread over the clip; `most` ends it early. */
async function numbers(name: string, count: number, most = count): Promise<number[]> {
  const video = await openVideo(await clip(name), { assets, decoder: 'ffmpeg' });
  const times = Array.from({ length: count }, (_, i) => (i * video.info.duration) / count);
  const seen: number[] = [];
  try {
    for await (const frame of video.frames(times, never)) {
      seen.push(frameNumber(frame));
      if (seen.length === most) break;
    }
  } finally {
    video.close();
  }
  return seen;
}

const EVERY_OTHER = Array.from({ length: 25 }, (_, i) => 2 * i);

describe('50 frames of 3840 x 2160, with a key frame twice a second', () => {
  test('are decoded by several, and come in order', async () => {
    const started = watchWorkers();
    expect(await numbers('large-keys.mp4', 25)).toEqual(EVERY_OTHER);
    expect(started()).toBeGreaterThan(1);
  });

  test('come all the same when those that help die', async () => {
    const started = watchWorkers((worker, index) => {
      // Not before it has said that it lives: nobody could tell that it died.
      worker.addEventListener('message', ({ data }: MessageEvent<FfmpegReply | LifeMessage>) => {
        if (index > 0 && 'life' in data) setTimeout(() => worker.terminate(), 400);
      });
    });
    expect(await numbers('large-keys.mp4', 25)).toEqual(EVERY_OTHER);
    expect(started()).toBeGreaterThan(1);
  });

  test('can be left early, which ends them all', async () => {
    const workers: Worker[] = [];
    watchWorkers((worker) => workers.push(worker));
    const ended = new Set<Worker>();
    const end = vi.spyOn(BrowserWorker.prototype, 'terminate').mockImplementation(function (this: Worker) {
      ended.add(this);
    });
    expect(await numbers('large-keys.mp4', 25, 3)).toEqual([0, 2, 4]);
    end.mockRestore();
    for (const worker of workers) worker.terminate();
    expect(workers.length).toBeGreaterThan(1);
    expect(workers.filter((worker) => !ended.has(worker))).toEqual([]);
  });
});

test('what is little is decoded by one', async () => {
  const started = watchWorkers();
  expect(await numbers('long-gop.mp4', 5)).toHaveLength(5);
  expect(started()).toBe(1);
});

test('a clip whose clock has run for hours is not decoded from its start', async () => {
  const asked: boolean[] = [];
  watchWorkers((worker) => {
    const post = worker.postMessage.bind(worker);
    worker.postMessage = (request: FfmpegRequest): void => {
      if (request.type === 'decode') asked.push(request.slice.seeked);
      post(request);
    };
  });
  const video = await openVideo(await clip('mpeg2-start-30000s.mpegts'), { assets, decoder: 'ffmpeg' });
  const seen: number[] = [];
  try {
    const { start } = video.info;
    expect(start).toBeCloseTo(30001.4, 4);
    for await (const frame of video.frames([start + 4, start + 4.04, start + 5], never))
      seen.push(frameNumber(frame));
  } finally {
    video.close();
  }
  expect(seen).toEqual([100, 101, 125]);
  expect(asked).toEqual([true]);
});
