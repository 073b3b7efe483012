import { beforeAll, describe, expect, test, vi } from 'vitest';
import { analyze } from '../../src/analysis/analyze.ts';
import type { Engine } from '../../src/analysis/engine.ts';
import type { AnalysisOptions, EvidenceCrop } from '../../src/analysis/types.ts';
import type { FaceDetector } from '../../src/faces/index.ts';
import type { Video, VideoInfo } from '../../src/media/index.ts';
import { sinceStart } from '../../src/app/since-start.ts';
import { readVerdictLink, verdictLink } from '../../src/share/link.ts';
import { cannotTell, parseRecord, type VerdictRecord } from '../../src/verdict/index.ts';
import { face, picture } from './faces-pictures.ts';

/** The whole walk over a made-up video of two seconds, with networks that know what to say. */

beforeAll(() => {
  vi.stubGlobal('__APP_VERSION__', '0');
  vi.stubGlobal('__APP_SHA256__', null);
});

/** Decoded at half its size, as a large video is. */
const info: VideoInfo = {
  ...{ container: 'mp4', codec: 'avc', width: 642, height: 480 },
  ...{ start: 0, duration: 2, frameRate: 25, bitrate: 1_000_000 },
};
const scene = picture(321, 240, (x, y) => 128 + ((Math.floor(x / 4) + Math.floor(y / 4)) % 2 ? 40 : -40));
const sampling = { framesPerSecond: 6, framesPerSegment: 16, maxSegments: 4 };

interface Rejected {
  backend: string;
  reason: string;
}

/** @param onFeatures is called with the backends that were given up, and may lose one on the way */
function fakeEngine(
  onFeatures: (rejected: Rejected[]) => void = () => undefined,
  start = 0,
  logitOf = (_frame: number): number => -3,
): Engine {
  const video: Partial<Video> = {
    ...{ info: { ...info, start }, decoder: 'webcodecs', damaged: undefined },
    async *frames(times: readonly number[]) {
      for (const time of times) yield { ...scene, time };
    },
    close: () => undefined,
  };
  // In the middle of whatever picture is searched.
  const found = ({ width, height }: { width: number; height: number }) => [face(width / 2, height / 2, 60)];
  const faces: FaceDetector = { detect: found, follow: found, close: () => undefined };
  const runtime = { backend: 'webgpu', threads: 1, rejected: [] as Rejected[] };
  const detector = {
    manifest: {
      ...{ name: 'made-up', version: '1', sampling, config: { sequenceLength: 16 } },
      ...{ preprocessing: { crop: { size: 16, margin: 1.2 } }, calibration: { kind: 'platt', a: 1, b: 0 } },
      operatingPoints: { strong: { threshold: 0.9 }, some: { threshold: 0.6 } },
    },
    ...{ modelSha256: '0'.repeat(64), runtime },
    async features(crops: readonly Uint8Array[]) {
      onFeatures(runtime.rejected);
      return new Float32Array(crops.length);
    },
    logits: async (features: Float32Array) => features.map((_, i) => logitOf(i)),
  };
  return {
    videos: { open: async () => video },
    faces: async () => faces,
    detector: async () => detector,
    hasher: { hash: async () => '0'.repeat(64) },
    ...{ loaded: { done: 0, total: 0 }, onload: () => undefined },
  } as unknown as Engine;
}

async function recordOf(options: AnalysisOptions, engine = fakeEngine()): Promise<VerdictRecord> {
  return (await analyze(new Blob(['x']), options, engine, () => undefined)).record;
}

describe('the boxes of a record', () => {
  const middle = async (region: NonNullable<AnalysisOptions['region']>): Promise<number> => {
    const { tracks } = await recordOf({ region });
    const [x, , width] = tracks[0]!.frames[0]!.box;
    return x + width / 2;
  };

  test('are in pixels of the source, whichever region of it was looked at', async () => {
    expect(await middle('full')).toBeCloseTo(642 / 2, 6);
    expect(await middle('left-half')).toBeCloseTo(320 / 2, 6);
    expect(await middle('right-half')).toBeCloseTo(322 + 320 / 2, 6);
  });
});

test('a record says where the video’s own clock begins, and people read its times from there', async () => {
  const record = parseRecord(await recordOf({}, fakeEngine(undefined, 30_000)));
  expect(record.media!.start).toBe(30_000);
  const [track] = record.tracks;
  expect([track!.start, track!.end]).toEqual([30_000, track!.frames.at(-1)!.time]);
  const [read] = sinceStart(record).tracks;
  expect(read!.start).toBe(0);
  expect(read!.end).toBeCloseTo(11 / 6, 6);
  expect(read!.frames.at(-1)!.time).toBe(read!.end);
  // Older records do not say it, and are shown as they are.
  delete record.media!.start;
  expect(sinceStart(parseRecord(record))).toEqual(record);
});

test('a record says where a file is cut off, and tells no run behind that', async () => {
  const engine = fakeEngine();
  const video = await engine.videos.open(new Blob(), { onDecoderChange: () => undefined });
  const cutOff = { ...info, duration: 60, endsAt: 20.04 };
  const damaged = 36;
  async function* frames(times: readonly number[]) {
    for (const time of times) if (time < cutOff.endsAt) yield { ...scene, time };
  }
  const keyTimes = async (times: readonly number[]) => times.map(() => undefined);
  engine.videos.open = async () => ({ ...video, info: cutOff, damaged, frames, keyTimes }) as Video;
  const { media, sampling: looked, tracks } = parseRecord(await recordOf({}, engine));
  expect(media).toMatchObject({ duration: 60, endsAt: 20.04 });
  expect(looked.framesDamaged).toBe(damaged);
  expect(looked.runs!.length).toBeLessThan(sampling.maxSegments);
  expect(looked.runs!.every(({ start, end }) => start <= end && end <= cutOff.endsAt)).toBe(true);
  expect(tracks).toHaveLength(looked.runs!.length);
});

test('of every frame as many crops are kept as the network’s own rate has frames', async () => {
  const crops: EvidenceCrop[] = [];
  await analyze(new Blob(['x']), { everyFrame: true }, fakeEngine(), (event) => {
    if (event.type === 'evidence') crops.push(...event.crops);
  });
  expect(crops).toHaveLength(12);
});

test('a video whose clock is that on the wall has a record that can be kept, and sent by a link', async () => {
  const start = 1_760_000_000.08;
  const record = parseRecord(await recordOf({}, fakeEngine(undefined, start)));
  expect(record.verdict.outcome).toBe('none');
  const sent = (await readVerdictLink(new URL(await verdictLink(record, 'https://example.org/')).hash))!;
  const [own, told] = [record, sent].map(({ tracks }) => tracks[0]!.frames.map(({ time }) => time - start));
  expect(told).toHaveLength(12);
  for (const [i, time] of told!.entries()) expect(Math.abs(time - own![i]!)).toBeLessThan(0.0006);
});

describe('no check ends in a record that cannot be kept', () => {
  test.each([1e12, -1e12, 1e18])('of a file that says that it begins at %d s', async (start) => {
    const { verdict, media } = parseRecord(await recordOf({}, fakeEngine(undefined, start)));
    expect(verdict).toEqual(cannotTell('file_damaged'));
    expect(media!.start).toBe(start);
  });

  test('of a part without an end', async () => {
    const { verdict, sampling } = parseRecord(await recordOf({ part: { start: 0, end: Infinity } }));
    expect(verdict.outcome).toBe('none');
    expect(sampling.part!.end).toBe(1e11);
  });

  test('of a number that is none: it is said which', async () => {
    const { verdict, runtime } = parseRecord(await recordOf({}, fakeEngine(undefined, NaN)));
    expect(verdict).toEqual(cannotTell('internal_error'));
    expect(runtime.fallbacks.join()).toContain('record: media.start');
  });
});

test.each([NaN, Infinity, -Infinity])(
  'a network that says %d of one frame says nothing of the video',
  async (logit) => {
    const log = vi.spyOn(console, 'error').mockReturnValue();
    const engine = fakeEngine(undefined, 0, (frame) => (frame === 7 ? logit : -3));
    const { verdict, tracks } = parseRecord(await recordOf({}, engine));
    expect(verdict).toEqual(cannotTell('internal_error'));
    expect(tracks).toEqual([]);
    expect(log.mock.lastCall!.join()).toContain('logits that are no numbers');
    log.mockRestore();
  },
);

test('a GPU that is lost on the way changes what ran in the record, not what was looked at', async () => {
  const engine = fakeEngine((rejected) => {
    if (rejected.length === 0) rejected.push({ backend: 'webgpu', reason: 'lost' });
  });
  const { sampling: looked, runtime } = await recordOf({ everyFrame: true }, engine);
  expect(runtime.fallbacks).toEqual(['webgpu: lost']);
  expect(looked).toMatchObject({ everyFrame: true, framesPerSecond: 25, framesDecoded: 50 });
});
