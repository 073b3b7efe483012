import { describe, expect, test } from 'vitest';
import { CropScorer } from '../../src/analysis/crop-scorer.ts';
import type { Detector } from '../../src/detector/index.ts';
import type { TrackFrame } from '../../src/faces/index.ts';

/** A face whose crop is one byte. */
const face = (value: number): TrackFrame => ({ crop: Uint8Array.of(value) }) as TrackFrame;

const SIZE = 90;
const track = (frames: TrackFrame[]) => ({ frames, faceSize: SIZE });

/** Two features per crop: its byte and 1; the logit of a frame is the sum of its sequence's bytes. */
function fakeDetector(delay: () => Promise<void> = () => Promise.resolve()) {
  const calls: number[][] = [];
  const detector = {
    async features(crops: readonly Uint8Array[]) {
      calls.push(crops.map(([byte]) => byte!));
      await delay();
      return Float32Array.from(crops.flatMap(([byte]) => [byte!, 1]));
    },
    logits(features: Float32Array, faceSize: number) {
      expect(faceSize).toBe(SIZE);
      const bytes = [...features].filter((_, i) => i % 2 === 0);
      return Promise.resolve(Float32Array.from(bytes, () => bytes.reduce((sum, byte) => sum + byte, 0)));
    },
  } as unknown as Detector;
  return { detector, calls };
}

describe('crops that are scored as they come', () => {
  test('keep the order of their track, whatever batch they went in', async () => {
    const { detector, calls } = fakeDetector();
    let done = 0;
    const scorer = new CropScorer(detector, (count) => (done = count));
    const [left, right] = [[1, 2, 3, 4, 5].map(face), [10, 20, 30, 40, 50].map(face)];
    for (const [i, frame] of left.entries()) await scorer.push([frame, right[i]!]);
    expect(calls).toEqual([
      [1, 10, 2, 20],
      [3, 30, 4, 40],
    ]);
    // Sequences of 2 and 3 frames (the fewest of at most 4), each with its own sum.
    expect(await scorer.logits(track(left), 4)).toEqual(Float32Array.of(6, 6, 6, 9, 9));
    expect(await scorer.logits(track(right), 8)).toEqual(Float32Array.of(150, 150, 150, 150, 150));
    expect(calls.flat()).toHaveLength(10);
    expect(done).toBe(10);
  });

  test('are let go of when they are not to be kept, and still count', async () => {
    const { detector } = fakeDetector();
    const scorer = new CropScorer(detector, () => undefined);
    const frames = [1, 2, 3, 4, 5, 6].map(face);
    for (const [i, frame] of frames.entries()) await scorer.push([frame], i % 3 === 0);
    // Every other frame makes a sequence: 1 + 3 + 5 and 2 + 4 + 6.
    expect(await scorer.logits(track(frames), 8, 2)).toEqual(Float32Array.of(9, 12, 9, 12, 9, 12));
    expect(frames.map(({ crop }) => crop.length)).toEqual([1, 0, 0, 1, 0, 0]);
  });

  test('make the next frame wait while too many are under way', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const { detector } = fakeDetector(() => gate);
    const scorer = new CropScorer(detector, () => undefined);
    const crowd = Array.from({ length: 40 }, (_, i) => face(i));
    let went = false;
    const pushed = scorer.push(crowd).then(() => (went = true));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(went).toBe(false);
    release();
    await pushed;
    expect(await scorer.logits(track(crowd), 40)).toHaveLength(40);
  });

  test('end the analysis when the detector fails, instead of hanging', async () => {
    const { detector } = fakeDetector(() => Promise.reject(new Error('device lost')));
    const scorer = new CropScorer(detector, () => undefined);
    const frames = Array.from({ length: 40 }, (_, i) => face(i));
    await expect(scorer.push(frames)).rejects.toThrow('device lost');
    await expect(scorer.logits(track(frames), 8)).rejects.toThrow('device lost');
  });
});
