import { describe, expect, test } from 'vitest';
import { planarBytes, yuvToRgba } from '../../src/media/yuv.ts';

/** Every level next to every other, sooner or later. */
function madePlanes(width: number, height: number): Uint8Array<ArrayBuffer> {
  let state = 1;
  return Uint8Array.from({ length: planarBytes(width, height) }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 16;
  });
}

const MATRICES = { bt709: 'bt709', smpte170m: 'bt601', bt470bg: 'bt601' } as const;

describe('planes become the very pixels that the browser makes of them', () => {
  const cases = (['bt709', 'smpte170m', 'bt470bg'] as const).flatMap((matrix) =>
    [false, true].map((fullRange) => ({ matrix, fullRange })),
  );
  test.each(cases)('$matrix, full range $fullRange', async ({ matrix, fullRange }) => {
    // 16,384 pixels, and an odd picture whose last column and row have colour samples of their own.
    for (const [width, height] of [
      [128, 128],
      [33, 17],
    ] as const) {
      const planes = madePlanes(width, height);
      const colorSpace = { matrix, fullRange, primaries: 'bt709', transfer: 'bt709' } as const;
      const size = { codedWidth: width, codedHeight: height };
      const frame = new VideoFrame(planes, { format: 'I420', ...size, timestamp: 0, colorSpace });
      const theirs = new Uint8ClampedArray(4 * width * height);
      await frame.copyTo(theirs, { format: 'RGBA', colorSpace: 'srgb' });
      frame.close();
      const ours = yuvToRgba(planes, width, height, { matrix: MATRICES[matrix], fullRange });
      expect(ours.findIndex((level, at) => level !== theirs[at])).toBe(-1);
      expect(ours).toHaveLength(theirs.length);
      expect(new Set(ours).size).toBeGreaterThan(200);
    }
  });
});
