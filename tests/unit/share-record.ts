import { Random } from '../../model-export/pseudo-fake/random.ts';
import { parseRecord, type VerdictRecord } from '../../src/verdict/index.ts';

/** 64 hexadecimal digits that differ from letter to letter. */
export const hash = (digit: string): string =>
  Array.from({ length: 64 }, (_, i) => ((i * 7 + digit.charCodeAt(0)) % 16).toString(16)).join('');

/** A ten-second clip with one face that moves. */
export function record(frames = 60): VerdictRecord {
  const random = new Random(4);
  let [x, y] = [400, 200];
  return parseRecord({
    format: 'clearframe-verdict',
    version: 1,
    createdAt: '2026-01-02T03:04:05.678Z',
    app: { version: '0.1.0' },
    file: { sha256: hash('a'), bytes: 1234567 },
    media: {
      container: 'mp4',
      codec: 'avc',
      width: 1280,
      height: 720,
      start: 0,
      duration: 10.01,
      frameRate: 29.97,
      bitrate: 1576876,
    },
    model: {
      name: 'made',
      version: '1',
      sha256: hash('b'),
      operatingPoints: { strong: 0.8178, some: 0.6607 },
    },
    runtime: {
      backend: 'wasm',
      threads: 1,
      kernels: 'relaxed',
      decoder: 'webcodecs',
      fallbacks: ['webgpu: the adapter is software (google swiftshader)'],
    },
    sampling: {
      framesPerSecond: 6,
      framesPerSegment: 16,
      maxSegments: 4,
      region: 'full',
      framesDecoded: frames,
      framesWithFace: frames,
    },
    tracks: [
      {
        id: 0,
        start: 0,
        end: (frames - 1) / 6,
        faceSize: 132.95539523117398,
        sharpness: 111.3176023434754,
        logit: -1.345525802884783,
        score: 0.218973896679652,
        outcome: 'none',
        reasons: [],
        frames: Array.from({ length: frames }, (_, i) => {
          [x, y] = [x + random.normal(0, 4), y + random.normal(0, 3)];
          const side = 150 + random.normal(0, 3);
          return { time: i / 6, box: [x, y, side, side], score: random.uniform() };
        }),
      },
    ],
    verdict: { outcome: 'none', score: 0.218973896679652, reasons: [], trackId: 0 },
  });
}
