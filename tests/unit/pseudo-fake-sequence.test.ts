import { describe, expect, it } from 'vitest';
import { frameFace, randomCapture, record } from '../../model-export/pseudo-fake/capture.ts';
import { frontalKeypoints } from '../../model-export/pseudo-fake/face-geometry.ts';
import type { Image } from '../../model-export/pseudo-fake/image.ts';
import { Random } from '../../model-export/pseudo-fake/random.ts';
import { animateStill, pseudoFakeSequence, wander } from '../../model-export/pseudo-fake/sequence.ts';
import { STILL } from '../../model-export/pseudo-fake/warp.ts';
import { DEFAULT_RECIPE } from '../../model-export/recipe.ts';

const SIZE = 48;
const { regions, steadyShare } = DEFAULT_RECIPE;
const pattern: Image = {
  width: SIZE,
  height: SIZE,
  data: new Float32Array(SIZE * SIZE * 3).map((_, i) => 120 + 60 * Math.sin(i / 17) + 30 * Math.cos(i / 151)),
};
const face = { image: pattern, keypoints: frontalKeypoints(SIZE) };
const distance = (a: Image, b: Image): number =>
  a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]!), 0) / a.data.length;

describe('a random walk', () => {
  it('has the asked-for deviation and moves little from step to step', () => {
    const random = new Random(1);
    const walks = Array.from({ length: 400 }, () => wander(random, 16, 3, 0.9));
    const all = walks.flat();
    const deviation = Math.sqrt(all.reduce((sum, value) => sum + value * value, 0) / all.length);
    expect(deviation).toBeGreaterThan(2.7);
    expect(deviation).toBeLessThan(3.3);
    const steps = walks.flatMap((walk) => walk.slice(1).map((value, i) => value - walk[i]!));
    const stepDeviation = Math.sqrt(steps.reduce((sum, value) => sum + value * value, 0) / steps.length);
    // Of an AR(1) process with memory 0.9: deviation * sqrt(2 - 2 * 0.9).
    expect(stepDeviation).toBeCloseTo(3 * Math.sqrt(0.2), 1);
  });
});

describe('a still in motion', () => {
  it('gives frames that differ, with key points that move along', () => {
    const frames = animateStill(face, 8, new Random(2));
    expect(frames).toHaveLength(8);
    for (let i = 1; i < frames.length; i++) {
      expect(distance(frames[i]!.image, frames[i - 1]!.image)).toBeGreaterThan(0.2);
      const shift = Math.hypot(
        frames[i]!.keypoints[0]! - face.keypoints[0]!,
        frames[i]!.keypoints[1]! - face.keypoints[1]!,
      );
      expect(shift).toBeLessThan(0.15 * SIZE);
    }
  });
});

describe('a pseudo-fake sequence', () => {
  it('changes every picture or most of them, and repeats itself for the same seed', () => {
    const frames = animateStill(face, 8, new Random(3));
    let changed = 0;
    for (let seed = 0; seed < 10; seed++) {
      const fakes = pseudoFakeSequence(frames, new Random(seed), regions, steadyShare);
      expect(fakes).toHaveLength(8);
      changed += fakes.filter((fake, i) => distance(fake, frames[i]!.image) > 0.05).length;
      expect(pseudoFakeSequence(frames, new Random(seed), regions, steadyShare)[5]!.data).toEqual(
        fakes[5]!.data,
      );
    }
    expect(changed).toBeGreaterThan(60);
  });

  it('takes the pixels of a donor, frame by frame', () => {
    const frames = animateStill(face, 4, new Random(4));
    const bright = frames.map((frame, i) => ({
      ...frame,
      image: { ...frame.image, data: frame.image.data.map((value, at) => value + ((at * (i + 3)) % 41)) },
    }));
    const gaps = Array.from({ length: 10 }, (_, seed) => {
      const own = pseudoFakeSequence(frames, new Random(seed), regions, steadyShare);
      const swapped = pseudoFakeSequence(frames, new Random(seed), regions, steadyShare, bright);
      return distance(own[2]!, swapped[2]!);
    });
    expect(Math.max(...gaps)).toBeGreaterThan(1);
    expect(Math.min(...gaps)).toBeGreaterThan(0);
  });
});

describe('the recording chain', () => {
  it('does the same to equal pictures of a pair, noise included', () => {
    const random = new Random(6);
    for (let round = 0; round < 20; round++) {
      const settings = randomCapture(random, 32);
      const framed = frameFace(face, settings.motion, 32).image;
      expect(record(framed, settings, 99).data).toEqual(record(framed, settings, 99).data);
    }
  });

  it('with strength 0 loses nothing: the framed picture comes through untouched', () => {
    const settings = randomCapture(new Random(7), 32, 0);
    const { image } = frameFace(face, settings.motion, 32);
    expect([...record(image, settings, 1).data]).toEqual([...image.data]);
  });

  it('frames nothing but the centre of the stored crop where there is no motion', () => {
    const { image } = frameFace(face, STILL, 32);
    const border = (SIZE - 32) / 2;
    for (const [x, y] of [
      [0, 0],
      [13, 20],
      [30, 30],
    ] as const) {
      const from = ((y + border) * SIZE + x + border) * 3;
      expect(image.data[(y * 32 + x) * 3]).toBeCloseTo(pattern.data[from]!, 2);
    }
  });
});
