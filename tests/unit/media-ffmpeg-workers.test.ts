import { afterEach, expect, test, vi } from 'vitest';
import { ffmpeg } from '../../src/media/ffmpeg.ts';
import type { FfmpegReply, FfmpegRequest } from '../../src/media/ffmpeg-protocol.ts';

/** What becomes of the count of damaged frames when several workers share a file, and one of them fails. */

const [width, height] = [1280, 720];
const json = JSON.stringify({
  streams: [{ index: 0, codec_type: 'video', codec_name: 'mpeg4', width, height, avg_frame_rate: '25/1' }],
  format: { duration: '2000', bit_rate: '1000' },
});
/** Far apart, so that each is a stretch of its own. */
const TIMES = [100, 200, 300, 400, 500, 600];

/** Answers as ffmpeg's worker does: one frame that is whole and one that is not for every asked time. */
class Worker extends EventTarget {
  static started = 0;
  readonly #number = Worker.started++;
  #decoded = 0;
  onmessage: ((event: { data: FfmpegReply }) => void) | undefined;

  postMessage(request: FfmpegRequest): void {
    for (const data of this.#answer(request)) setTimeout(() => this.onmessage?.({ data }));
  }

  #answer(request: FfmpegRequest): FfmpegReply[] {
    if (request.type === 'load') return [{ type: 'loaded', module: {} as WebAssembly.Module }];
    if (request.type === 'probe') return [{ type: 'probed', json, log: '' }];
    if (request.type !== 'decode') throw new Error(request.type);
    const helpersSecond = this.#number > 0 && this.#decoded++ === 1;
    if (helpersSecond) return [{ type: 'failed', message: 'out of memory', code: 'out_of_memory' }];
    const data = new ArrayBuffer(4 * width * height);
    return [
      { type: 'frame', index: 0, time: request.slice.times[0]!, data },
      { type: 'decoded', overshot: false, frames: 1, damaged: 1, log: '' },
    ];
  }

  terminate(): void {
    this.onmessage = undefined;
  }
}

afterEach(() => vi.unstubAllGlobals());

test('frames that are decoded once more after a helper has failed are counted once', async () => {
  vi.stubGlobal('Worker', Worker);
  vi.stubGlobal('navigator', { hardwareConcurrency: 2 });
  const context = {
    ...{ container: 'avi', assets: { ffmpegCore: '', ffmpegWasm: '' } },
    ...{ alive: () => undefined, demuxerHangs: false, signal: new AbortController().signal },
  };
  const decoder = await ffmpeg.open(new Blob(['x']), context);
  const seen = new Set<number>();
  for await (const { frame } of { [Symbol.asyncIterator]: () => decoder.frames(TIMES, context.signal) })
    seen.add(frame.time);
  expect(Worker.started).toBe(2);
  expect([...seen]).toEqual(TIMES);
  expect(decoder.damaged).toBe(TIMES.length);
});
