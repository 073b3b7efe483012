import { describe, expect, test } from 'vitest';
import {
  cut,
  laterClock,
  laterFragments,
  patch,
  secondTrackOn,
  twoRates,
  withoutBitrates,
  type Bytes,
} from '../museum/surgery.ts';
import { clip, greatestDifference, frameNumber, mediaWorker, sample } from './media-clips.ts';
import type { Frame } from '../../src/media/index.ts';
import type { Sampled } from './media.worker.ts';

/** The columns from one to before another. */
function columns(frame: Frame, from: number, to: number): Frame {
  const { height, width: stride } = frame;
  const width = to - from;
  const data = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y++)
    data.set(frame.data.subarray(4 * (y * stride + from), 4 * (y * stride + to)), 4 * y * width);
  return { ...frame, width, data };
}
const isBlack = ({ data }: Frame): boolean => data.every((level, i) => level === (i % 4 === 3 ? 255 : 0));

const numbers = (frames: Parameters<typeof frameNumber>[0][]): number[] => frames.map(frameNumber);

describe('both decoders give the same frames', () => {
  test.each([
    'h264-bframes.mp4',
    'h264-vfr.mp4',
    'h264-start-5s.mp4',
    'h264-rotated-90.mp4',
    'h264-full-range.mp4',
    'h264-no-colour-info.mp4',
    'h264.mpegts',
    'vp9.webm',
    'vp8-recorded.webm',
    'vp8-turning.webm',
    'h264-turning.mpegts',
    'vp9-alpha.webm',
    'vp9-10bit.webm',
    'vp9-hlg.webm',
    'long-gop.mp4',
    'long-gop.mkv',
    'h264-sar.mp4',
    'large.mp4',
  ])('%s', async (name) => {
    const file = await clip(name);
    const browser = await sample(file, 9, 'webcodecs');
    const wasm = await sample(file, 9, 'ffmpeg');
    expect(browser.decoder).toBe('webcodecs');
    expect(wasm.decoder).toBe('ffmpeg');
    expect(browser.frames.length).toBeGreaterThan(5);
    expect(numbers(wasm.frames)).toEqual(numbers(browser.frames));
    for (const [i, frame] of browser.frames.entries()) {
      const other = wasm.frames[i]!;
      expect(other.time).toBeCloseTo(frame.time, 4);
      expect([other.width, other.height]).toEqual([frame.width, frame.height]);
      // Not a byte: planes are converted, turned and scaled by us, whoever decoded them.
      expect(greatestDifference(frame, other)).toBe(0);
    }
    const facts = ({ width, height, codec, container }: typeof browser.info) => [
      width,
      height,
      codec,
      container,
    ];
    expect(facts(wasm.info)).toEqual(facts(browser.info));
    expect(wasm.info.start).toBeCloseTo(browser.info.start, 4);
    expect(wasm.info.duration).toBeCloseTo(browser.info.duration, 2);
    expect(wasm.info.frameRate).toBeCloseTo(browser.info.frameRate, 1);
    // The score depends on it; this one is not in a list of packets.
    if (name.endsWith('.mpegts')) return;
    expect(wasm.info.frameRate).toBe(browser.info.frameRate);
    expect(wasm.info.bitrate).toBe(browser.info.bitrate);
  });
});

describe('both say the same of a file', () => {
  const both = async (file: Blob, asked: number[] | number): Promise<[Sampled, Sampled]> => [
    await sample(file, asked, 'webcodecs'),
    await sample(file, asked, 'ffmpeg'),
  ];
  const facts = ({ info, frames }: Sampled): object => ({
    ...info,
    start: expect.closeTo(info.start, 4) as number,
    duration: expect.closeTo(info.duration, 4) as number,
    frames: numbers(frames),
  });
  const told = ({ info, frames }: Sampled): object => ({ ...info, frames: numbers(frames) });
  const bytes = async (name: string): Promise<Bytes> =>
    new Uint8Array(await (await clip(name)).arrayBuffer());

  test('whose frames get closer together', async () => {
    const [browser, wasm] = await both(new Blob([twoRates(await bytes('long-gop.mp4'))]), [1]);
    expect(browser.info.frameRate).toBeCloseTo(1500 / 45, 6);
    expect(wasm.info.frameRate).toBe(browser.info.frameRate);
    expect(wasm.info.bitrate).toBe(browser.info.bitrate);
  });

  test('whose last frame is longer than its head says', async () => {
    const [browser, wasm] = await both(new Blob([patch(await bytes('base.mp4'), 'mdhd', 20, 6400)]), 6);
    expect(told(wasm)).toEqual(facts(browser));
    expect(browser.info.duration).toBeCloseTo(0.6, 4);
  });

  test('whose edit list cuts its end off: no more than that is shown', async () => {
    const [browser, wasm] = await both(new Blob([patch(await bytes('long-gop.mp4'), 'elst', 12, 30_000)]), 3);
    expect(told(wasm)).toEqual(facts(browser));
    expect(browser.info.duration).toBe(30);
    expect(browser.frames).toHaveLength(3);
  });

  test('whose fragments begin late', async () => {
    const later = new Blob([laterFragments(await bytes('fragmented.mp4'), 300)]);
    const [browser, wasm] = await both(later, 6);
    expect(told(wasm)).toEqual(facts(browser));
    expect(browser.info.duration).toBeCloseTo(0.6, 4);
    expect(browser.frames).toHaveLength(6);
  });

  test('with sound, which is not counted', async () => {
    const [browser, wasm] = await both(new Blob([withoutBitrates(await bytes('with-sound.mp4'))]), 6);
    expect(told(wasm)).toEqual(facts(browser));
    expect(browser.info.bitrate).toBe(48_240);
    const [inBrowser, inWasm] = await both(new Blob([await bytes('with-sound.mkv')]), 6);
    expect(told(inWasm)).toEqual(facts(inBrowser));
  });

  test('with two videos, of which a player would show the second', async () => {
    const [browser, wasm] = await both(new Blob([secondTrackOn(await bytes('two-videos.mp4'))]), 6);
    expect(told(wasm)).toEqual(facts(browser));
    expect(browser.info).toMatchObject({ width: 96, height: 72 });
  });
});

test('both count the bits and frames of a recording that tells neither its length nor its rate in the same way', async () => {
  const file = await clip('vp8-recorded.webm');
  const [browser, wasm] = [await sample(file, 1, 'webcodecs'), await sample(file, 1, 'ffmpeg')];
  expect(wasm.info.duration).toBeCloseTo(1, 1);
  expect(wasm.info.frameRate).toBeCloseTo(25, -1);
  expect(wasm.info.bitrate).toBe(Math.round((8 * file.size) / wasm.info.duration));
  expect(browser.info).toEqual(wasm.info);
});

describe.each(['webcodecs', 'ffmpeg'] as const)('%s', (decoder) => {
  const keyTimes = async (name: string, times: number[]): Promise<(number | undefined)[]> =>
    mediaWorker().keyTimes(await clip(name), times, decoder);

  test('knows where decoding must start', async () => {
    for (const name of ['long-gop.mp4', 'long-gop.mkv'])
      expect(await keyTimes(name, [0, 9.99, 10, 31.5, 99])).toEqual([0, 0, 10, 30, 50]);
    expect(await keyTimes('h264-start-5s.mp4', [4, 5.5])).toEqual([undefined, 5]);
    expect(await keyTimes('vp9.webm', [0.3])).toEqual([0]);
  });

  test('does not search a container without an index for key frames', async () => {
    expect(await keyTimes('h264.mpegts', [0, 1])).toEqual([undefined, undefined]);
  });

  test('gives the last frame that starts at or before each time', async () => {
    const { frames } = await sample(await clip('h264-bframes.mp4'), [0, 0.039, 0.04, 0.5, 1.96, 7], decoder);
    expect(frames.map((frame) => Math.round(frame.time * 25))).toEqual([0, 1, 12, 49]);
    expect(numbers(frames)).toEqual([0, 1, 12, 49]);
  });

  test('follows a variable frame rate', async () => {
    // Frame n starts at n²/100 seconds and the last one is number 12.
    const asked = [0.005, 0.1, 0.5, 0.8, 1, 1.2, 1.21, 1.3, 1.44, 1.47, 9];
    const { frames } = await sample(await clip('h264-vfr.mp4'), asked, decoder);
    expect(numbers(frames)).toEqual([0, 3, 7, 8, 10, 11, 12]);
    for (const frame of frames) expect(frame.time).toBeCloseTo(frameNumber(frame) ** 2 / 100, 4);
  });

  test.each([
    ['vp8-turning.webm', 0],
    ['h264-turning.mpegts', 1.4],
  ])(
    'shows pictures of another shape than the first ones whole, in the middle, before black: %s',
    async (name, start) => {
      const { info, frames } = await sample(await clip(name), [start + 0.2, start + 0.6], decoder);
      expect([info.width, info.height]).toEqual([192, 144]);
      const [wide, narrow] = frames as [Frame, Frame];
      // 108 of 192 columns are the picture.
      const [left, middle, right] = [
        columns(narrow, 0, 42),
        columns(narrow, 42, 150),
        columns(narrow, 150, 192),
      ];
      expect([isBlack(left), isBlack(right)]).toEqual([true, true]);
      expect([isBlack(columns(wide, 0, 42)), isBlack(columns(wide, 150, 192))]).toEqual([false, false]);
      expect(frameNumber(middle)).toBe(5);
      expect(frameNumber(wide)).toBe(5);
    },
  );

  test('turns a rotated clip upright', async () => {
    const { info, frames } = await sample(await clip('h264-rotated-90.mp4'), [0.2], decoder);
    expect([info.width, info.height]).toEqual([144, 192]);
    expect(numbers(frames)).toEqual([5]);
  });

  test('makes pixels square', async () => {
    const { info, frames } = await sample(await clip('h264-sar.mp4'), [0.2], decoder);
    expect([info.width, info.height]).toEqual([192, 144]);
    expect([frames[0]!.width, frames[0]!.height]).toEqual([192, 144]);
    expect(numbers(frames)).toEqual([5]);
  });

  test('makes pixels square where only the pictures tell their shape', async () => {
    const bytes = new Uint8Array(await (await clip('h264-sar.mp4')).arrayBuffer());
    const { info, frames } = await sample(new Blob([patch(bytes, 'pasp', 0, 0x66726565)]), [0.2], decoder);
    expect([info.width, info.height]).toEqual([192, 144]);
    expect([frames[0]!.width, frames[0]!.height]).toEqual([192, 144]);
  });

  test('shows all of a broadcast whose clock turns over', async () => {
    const bytes = new Uint8Array(await (await clip('h264.mpegts')).arrayBuffer());
    const { info, frames } = await sample(new Blob([laterClock(bytes, 2 ** 33 / 90_000 - 2.4)]), 10, decoder);
    expect(info.start).toBeLessThan(-0.5);
    expect(info.duration).toBeCloseTo(2, 1);
    expect(numbers(frames)).toEqual([2, 7, 12, 17, 22, 27, 32, 37, 42, 47]);
  });

  test.each([
    ['starts again', 0, 0],
    ['jumps', 500, 0],
    ['starts again, behind some bytes of something else', 0, 1000],
  ])('shows all of a broadcast whose clock %s', async (_, gap, before) => {
    const bytes = new Uint8Array(await (await clip('h264.mpegts')).arrayBuffer());
    const twice = new Blob([new Uint8Array(before).fill(7), bytes, laterClock(bytes, gap)]);
    const { info, frames, changes } = await sample(twice, 8, decoder);
    expect(info.duration).toBeCloseTo(4, 1);
    expect(numbers(frames)).toEqual([6, 18, 31, 43, 6, 18, 31, 43]);
    expect(changes[0]).toMatch(/clock of the stream jumps/);
  });

  test('counts from the start time that the file tells', async () => {
    const { info, frames } = await sample(await clip('h264-start-5s.mp4'), [0, 5.1, 5.9], decoder);
    expect(info.start).toBeCloseTo(5, 4);
    expect(numbers(frames)).toEqual([0, 2, 22]);
  });

  test.each(['long-gop.mp4', 'long-gop.mkv'])(
    'finds frames far apart without decoding what lies between: %s',
    async (name) => {
      const file = await clip(name);
      const asked = [2, 2.04, 2.08, 31, 31.04, 55.2, 59.9];
      const { frames, damaged } = await sample(file, asked, decoder);
      expect(damaged).toBeUndefined();
      expect(frames.map((frame) => Math.round(frame.time * 25))).toEqual([50, 51, 52, 775, 776, 1380, 1497]);
      expect(numbers(frames)).toEqual([50, 51, 52, 775, 776, 1380, 1497].map((n) => n % 256));
    },
  );
});

describe('what the browser cannot decode goes to ffmpeg, and it is said', () => {
  test.each([
    ['mpeg1.mpg', 'mpeg1video', 'mpeg-ps'],
    ['mpeg4.avi', 'mpeg4', 'avi'],
    ['hevc.mp4', 'hevc', 'mp4'],
  ])('%s', async (name, codec, container) => {
    const { info, decoder, changes, frames } = await sample(await clip(name), 6);
    expect({ codec: info.codec, container: info.container }).toEqual({ codec, container });
    if (decoder === 'ffmpeg') expect(changes[0]).toMatch(/^webcodecs → ffmpeg: .*(read|decode)/);
    expect(frames).toHaveLength(6);
    for (const frame of frames) {
      const expected = Math.round((frame.time - info.start) * info.frameRate);
      expect(frameNumber(frame)).toBe(expected % 256);
    }
  });

  test('MPEG-1 frames after a seek are the ones asked for', async () => {
    const { info, frames, damaged } = await sample(
      await clip('mpeg1.mpg'),
      [4.5, 4.54, 4.9].map((t) => t + 0.54),
    );
    expect(info.start).toBeCloseTo(0.54, 2);
    expect(damaged).toBeUndefined();
    expect(numbers(frames)).toEqual([112, 113, 122]);
  });
});

test.each([
  ['vp9.webm', 0.7],
  ['long-gop.mkv', 0.99],
])('a Matroska file that is cut off is judged by all that is there: %s', async (name, share) => {
  const bytes = new Uint8Array(await (await clip(name)).arrayBuffer());
  const whole = (await sample(new Blob([bytes]), [0])).info;
  const { info, frames, decoder } = await sample(new Blob([cut(bytes, share)]), 6);
  expect(decoder).toBe('ffmpeg');
  expect(info.duration).toBeGreaterThan(0.4 * whole.duration);
  expect(info.duration).toBeLessThan(whole.duration);
  expect(info.bitrate / whole.bitrate).toBeGreaterThan(0.5);
  expect(frames).toHaveLength(6);
});

describe('bad input', () => {
  const codeOf = async (file: Blob): Promise<unknown> => mediaWorker().sample(file, 4);

  test('each kind has its code', async () => {
    const canvas = new OffscreenCanvas(16, 16);
    canvas.getContext('2d')!.fillRect(0, 0, 8, 8);
    const noise = Uint8Array.from({ length: 5000 }, (_, i) => (i * i * 31 + (i >> 3)) % 251);
    expect(await codeOf(new Blob([]))).toBe('empty_file');
    expect(await codeOf(new File([await canvas.convertToBlob()], 'film.mp4', { type: 'video/mp4' }))).toBe(
      'image_file',
    );
    expect(await codeOf(new File(['This is a letter.\n'], 'film.mp4', { type: 'video/mp4' }))).toBe(
      'not_a_video',
    );
    expect(await codeOf(new Blob([noise]))).toBe('not_a_video');
    expect(await codeOf(await clip('audio-only.mp4'))).toBe('no_video_track');
    expect(await codeOf(await clip('no-moov.mp4'))).toBe('file_damaged');
    const cut = (await clip('mpeg4.avi')).slice(0, 600);
    expect(await codeOf(cut)).toBe('file_damaged');
  });

  test.each(['webcodecs', 'ffmpeg'] as const)(
    'what is left of a file that is cut off is decoded, and what is not is counted (%s)',
    async (decoder) => {
      const file = await clip('truncated.mp4');
      const early = await sample(file, [0, 0.4], decoder);
      expect([early.frames.length, early.info.endsAt, early.damaged]).toEqual([2, undefined, undefined]);
      const { frames, info, damaged } = await sample(file, [0, 0.4, 1.7, 1.8, 1.96], decoder);
      expect(numbers(frames)).toEqual([0, 10]);
      expect(info.duration).toBeCloseTo(2, 1);
      expect(info.endsAt).toBeGreaterThanOrEqual(0.4);
      expect(info.endsAt).toBeLessThan(1.3);
      expect(damaged).toBe(3);
      // A stretch behind the end has no frames.
      expect((await sample(file, [0.4, 1.9], decoder)).frames).toHaveLength(1);
    },
  );
});

test('the hash is the SHA-256 of the bytes', async () => {
  const file = await clip('h264-bframes.mp4');
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  expect(await mediaWorker().hash(file)).toBe(hex);
});
