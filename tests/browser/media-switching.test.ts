import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Decoder, DecoderEntry, ServedFrame } from '../../src/media/decoder.ts';
import {
  MediaError,
  openVideo,
  type DecoderName,
  type MediaErrorCode,
  type VideoInfo,
} from '../../src/media/index.ts';
import { clip, frameNumber } from './media-clips.ts';

/** The wrapper around the decoders, with made-up decoders, and the aborting of the true ones. */

const info: VideoInfo = {
  container: 'mp4',
  codec: 'avc',
  width: 2,
  height: 1,
  start: 0,
  duration: 10,
  frameRate: 1,
  bitrate: 0,
};
const runtime = (file: string): string => new URL(`/runtime/ffmpeg/${file}`, location.href).href;
const assets = { ffmpegCore: runtime('ffmpeg-core.js'), ffmpegWasm: runtime('ffmpeg-core.wasm') };
const never = new AbortController().signal;
const forever = new Promise<never>(() => undefined);
const stallMs = 60;

interface Fake extends DecoderEntry {
  closed: number;
  asked: number[][];
}

/** One frame per second; `act` says what happens before frame `n` is given. */
function fake(name: DecoderName, act: (n: number) => void | Promise<void> = () => undefined): Fake {
  const entry: Fake = {
    name,
    closed: 0,
    asked: [],
    open: async () => {
      const decoder: Decoder = {
        name,
        info,
        damaged: 0,
        async *frames(times): AsyncGenerator<ServedFrame, void> {
          entry.asked.push([...times]);
          for (const [index, asked] of times.entries()) {
            const time = Math.floor(asked);
            await act(time);
            yield { index, frame: { time, width: 2, height: 1, data: new Uint8ClampedArray(8) } };
          }
        },
        close: () => void entry.closed++,
      };
      return decoder;
    },
  };
  return entry;
}

async function play(decoders: DecoderEntry[], times: number[], signal = never) {
  const changes: string[] = [];
  const video = await openVideo(await clip('h264-bframes.mp4'), {
    assets,
    stallMs,
    decoders,
    onDecoderChange: (from, to, reason) => changes.push(`${from} → ${to}: ${reason}`),
  });
  const seen: number[] = [];
  try {
    for await (const frame of video.frames(times, signal)) seen.push(frame.time);
  } finally {
    video.close();
  }
  return { seen, changes, decoder: video.decoder };
}

async function codeOf(work: Promise<unknown>): Promise<MediaErrorCode | undefined> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof MediaError ? error.code : undefined;
}

describe('a decoder that fails is replaced where it stopped', () => {
  test('when it stalls', async () => {
    const stalling = fake('webcodecs', (n) => (n === 3 ? forever : undefined));
    const next = fake('ffmpeg');
    const { seen, changes, decoder } = await play([stalling, next], [0, 1, 2, 3, 4]);
    expect(seen).toEqual([0, 1, 2, 3, 4]);
    expect(next.asked).toEqual([[3, 4]]);
    expect(changes).toEqual(['webcodecs → ffmpeg: no progress for 60 ms']);
    expect(decoder).toBe('ffmpeg');
    expect(stalling.closed).toBeGreaterThan(0);
  });

  test('when it throws; a frame that both give comes once', async () => {
    const breaking = fake('webcodecs', (n) => {
      if (n === 2) throw new Error('bad macroblock');
    });
    const { seen, changes } = await play([breaking, fake('ffmpeg')], [0, 1.1, 1.6, 2, 3]);
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(changes).toEqual(['webcodecs → ffmpeg: bad macroblock']);
  });

  test('not when that comes after the last frame that was asked for', async () => {
    const entry = fake('webcodecs');
    const breaking: DecoderEntry = {
      ...entry,
      open: async (...file) => {
        const decoder = await entry.open(...file);
        async function* frames(...asked: Parameters<Decoder['frames']>): AsyncGenerator<ServedFrame, void> {
          yield* { [Symbol.asyncIterator]: () => decoder.frames(...asked) };
          throw new Error('bad macroblock');
        }
        return { ...decoder, frames };
      },
    };
    const { seen, changes, decoder } = await play([breaking, fake('ffmpeg')], [0, 1, 2]);
    expect([seen, changes, decoder]).toEqual([[0, 1, 2], [], 'webcodecs']);
  });

  test('when it stalls while opening, and it is told to end', async () => {
    let told: unknown;
    const stuck: DecoderEntry = {
      name: 'webcodecs',
      open: (_file, { signal }) => {
        signal.addEventListener('abort', () => (told = signal.reason));
        return forever;
      },
    };
    expect((await play([stuck, fake('ffmpeg')], [0, 1])).seen).toEqual([0, 1]);
    expect(told).toBeInstanceOf(Error);
  });

  test('signs of life keep a slow decoder', async () => {
    const slow: DecoderEntry = {
      name: 'webcodecs',
      open: async (file, context) => {
        for (let i = 0; i < 4; i++) {
          await new Promise((resolve) => setTimeout(resolve, stallMs / 2));
          context.alive();
        }
        return fake('webcodecs').open(file, context);
      },
    };
    expect((await play([slow], [0, 1])).seen).toEqual([0, 1]);
  });

  test('a slow consumer is no stall', async () => {
    const entry = fake('webcodecs');
    const video = await openVideo(await clip('h264-bframes.mp4'), { assets, stallMs, decoders: [entry] });
    const seen: number[] = [];
    for await (const frame of video.frames([0, 1], never)) {
      seen.push(frame.time);
      await new Promise((resolve) => setTimeout(resolve, stallMs * 2));
    }
    expect(seen).toEqual([0, 1]);
  });
});

describe('when no decoder is left', () => {
  test('a stall is decoder_failed', async () => {
    expect(await codeOf(play([fake('ffmpeg', () => forever)], [0]))).toBe('decoder_failed');
  });

  test('a file without any frame is damaged', async () => {
    const nothing: DecoderEntry = {
      name: 'ffmpeg',
      open: async () => ({ name: 'ffmpeg', info, damaged: 0, close: () => undefined, async *frames() {} }),
    };
    expect(await codeOf(play([nothing], [0]))).toBe('file_damaged');
  });

  test('the code that tells about the file wins over a decoder that broke', async () => {
    const refuse = (name: DecoderName, code: MediaErrorCode): DecoderEntry => ({
      name,
      open: () => Promise.reject(new MediaError(code, code)),
    });
    const broken = refuse('ffmpeg', 'decoder_failed');
    expect(await codeOf(play([refuse('webcodecs', 'codec_unsupported'), broken], [0]))).toBe(
      'codec_unsupported',
    );
    expect(
      await codeOf(play([refuse('webcodecs', 'not_a_video'), refuse('ffmpeg', 'out_of_memory')], [0])),
    ).toBe('out_of_memory');
  });

  test('an ffmpeg that cannot be loaded is model_integrity_failed: its own files, not the video, are at fault', async () => {
    const missing = { ffmpegCore: runtime('none.js'), ffmpegWasm: runtime('none.wasm') };
    const avi = await clip('mpeg4.avi');
    expect(await codeOf(openVideo(avi, { assets: missing, decoder: 'ffmpeg' }))).toBe(
      'model_integrity_failed',
    );
    // Nor does the other decoder, which knows no such container, tell what the file is not.
    expect(await codeOf(openVideo(avi, { assets: missing }))).toBe('model_integrity_failed');
  });
});

describe('abort', () => {
  test.each(['webcodecs', 'ffmpeg'] as const)(
    '%s: stops at once and cannot be used again',
    async (decoder) => {
      const controller = new AbortController();
      const video = await openVideo(await clip('long-gop.mp4'), { assets, decoder });
      const times = Array.from({ length: 600 }, (_, i) => i / 10);
      const seen: number[] = [];
      const loop = (async () => {
        for await (const frame of video.frames(times, controller.signal)) {
          seen.push(frame.time);
          if (seen.length === 3) controller.abort(new DOMException('enough', 'AbortError'));
        }
      })();
      await expect(loop).rejects.toMatchObject({ name: 'AbortError', message: 'enough' });
      expect(seen).toHaveLength(3);
      const again = async (): Promise<void> => {
        for await (const frame of video.frames([0], never)) seen.push(frame.time);
      };
      await expect(again()).rejects.toThrow();
    },
  );

  test('while opening', async () => {
    const controller = new AbortController();
    const opening = openVideo(await clip('hevc.mp4'), {
      assets,
      decoder: 'ffmpeg',
      signal: controller.signal,
    });
    controller.abort(new DOMException('enough', 'AbortError'));
    await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
  });

  test.each(['webcodecs', 'ffmpeg'] as const)(
    '%s: a loop that was left early can be followed by another',
    async (decoder) => {
      const video = await openVideo(await clip('h264-bframes.mp4'), { assets, decoder });
      try {
        for await (const frame of video.frames([0, 0.5, 1, 1.5], never)) if (frame.time >= 0.5) break;
        const seen: number[] = [];
        for await (const frame of video.frames([1, 1.8], never)) seen.push(Math.round(frame.time * 25));
        expect(seen).toEqual([25, 45]);
      } finally {
        video.close();
      }
    },
  );
});

describe('large frames', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  test.each([
    ['webcodecs', true],
    ['ffmpeg', true],
    ['ffmpeg', false],
  ] as const)('%s, shared memory: %s: all come, scaled down, to a slow consumer', async (decoder, shared) => {
    if (!shared) vi.stubGlobal('SharedArrayBuffer', undefined);
    const video = await openVideo(await clip('large.mp4'), { assets, decoder });
    try {
      expect([video.info.width, video.info.height]).toEqual([3840, 2160]);
      const times = Array.from({ length: 12 }, (_, i) => i / 25);
      const seen: number[] = [];
      for await (const frame of video.frames(times, never)) {
        expect([frame.width, frame.height]).toEqual([1920, 1080]);
        seen.push(frameNumber(frame));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    } finally {
      video.close();
    }
  });
});
