import { describe, expect, it } from 'vitest';
import { overlap } from '../../src/faces/follower.ts';
import { median, sharpness } from '../../src/faces/quality.ts';
import { FaceTracker } from '../../src/faces/tracker.ts';
import type { Detection, Picture, Track } from '../../src/faces/types.ts';
import { face, noise, picture } from './faces-pictures.ts';

const CROP = { size: 16, margin: 1.6 };
const STEP = 1 / 6;
const scene = picture(320, 240, (x, y) => 128 + 60 * Math.sin(x / 40) + 40 * Math.cos(y / 30));
const otherScene = picture(320, 240, (x, y) => (x + y < 280 ? 30 : 220));

/** Pushes one picture per entry. */
function track(
  entries: readonly (Detection[] | { picture: Picture; faces: Detection[] })[],
  stride?: number,
): Track[] {
  const tracker = new FaceTracker(CROP, stride);
  entries.forEach((entry, i) => {
    const { picture, faces } = Array.isArray(entry) ? { picture: scene, faces: entry } : entry;
    tracker.push(i * STEP, picture, faces);
  });
  return tracker.finish();
}

const lengths = (tracks: Track[]): number[] => tracks.map(({ frames }) => frames.length);

describe('FaceTracker', () => {
  it('links a moving face and keeps time, boxes, crops and medians', () => {
    const tracks = track([0, 1, 2, 3, 4].map((i) => [face(80 + 20 * i, 100, 60 + 2 * i)]));
    expect(lengths(tracks)).toEqual([5]);
    const [{ frames, faceSize }] = tracks as [Track];
    expect(frames.map(({ time }) => time)).toEqual([0, 1, 2, 3, 4].map((i) => i * STEP));
    expect(frames.map(({ box }) => box.x + box.width / 2)).toEqual([80, 100, 120, 140, 160]);
    for (const { crop } of frames) expect(crop).toHaveLength(3 * 16 * 16);
    expect(faceSize).toBe(frames[2]!.faceSize);
  });

  it('keeps faces that cross apart', () => {
    // Two people of different size pass each other on slightly different heights.
    const tracks = track(
      [0, 1, 2, 3, 4, 5, 6].map((i) => [face(60 + 30 * i, 90, 70), face(240 - 30 * i, 130, 60)]),
    );
    expect(lengths(tracks)).toEqual([7, 7]);
    for (const { frames } of tracks) expect(new Set(frames.map(({ box }) => box.width)).size).toBe(1);
  });

  it('does not depend on the order of the detections', () => {
    const faces = [face(80, 90, 60), face(220, 110, 60)];
    expect(lengths(track([faces, [...faces].reverse(), faces]))).toEqual([3, 3]);
  });

  it('bridges a face that is missing in two pictures, not in three', () => {
    const one = [face(100, 100, 60)];
    expect(lengths(track([one, one, [], [], one]))).toEqual([3]);
    expect(lengths(track([one, one, [], [], [], one]))).toEqual([2, 1]);
  });

  it('does not link a face that jumps or changes its size at once', () => {
    expect(lengths(track([[face(60, 100, 50)], [face(250, 100, 50)]]))).toEqual([1, 1]);
    expect(lengths(track([[face(160, 120, 40)], [face(160, 120, 120)]]))).toEqual([1, 1]);
  });

  it('ends tracks at a shot change even when a face is in the same place', () => {
    const faces = [face(100, 100, 60)];
    const tracks = track([faces, faces, { picture: otherScene, faces }, { picture: otherScene, faces }]);
    expect(lengths(tracks)).toEqual([2, 2]);
  });

  it('links in every frame no faces that it would not link in every fifth', () => {
    const [here, far] = [[face(60, 100, 50)], [face(250, 100, 50)]];
    // As far as three widths: ten pictures are as long as two were.
    expect(lengths(track([here, here, [], [], far]))).toEqual([2, 1]);
    expect(lengths(track([here, here, ...Array<Detection[]>(10).fill([]), far], 5))).toEqual([2, 1]);
    expect(lengths(track([here, here, ...Array<Detection[]>(10).fill([]), here], 5))).toEqual([3]);
    // A dissolve of five pictures, each much like the one before.
    const dissolving = [0, 0, 0.2, 0.4, 0.6, 0.8, 1, 1].map((share) => ({
      picture: {
        ...scene,
        data: scene.data.map((value, at) => (1 - share) * value + share * otherScene.data[at]!),
      },
      faces: [face(100, 100, 60)],
    }));
    expect(lengths(track(dissolving, 5)).length).toBeGreaterThan(1);
    expect(lengths(track(dissolving))).toEqual([8]);
  });

  it('takes neither a flash nor a pan for a shot change', () => {
    const faces = [face(100, 100, 60)];
    const bright = (gain: number, offset: number): Picture => ({
      ...scene,
      data: scene.data.map((value) => value * gain + offset),
    });
    expect(lengths(track([faces, { picture: bright(1, 60), faces }, faces]))).toEqual([3]);
    expect(lengths(track([faces, { picture: bright(1.4, 0), faces }, faces]))).toEqual([3]);
    const panned = picture(320, 240, (x, y) => 128 + 60 * Math.sin((x + 12) / 40) + 40 * Math.cos(y / 30));
    expect(lengths(track([faces, { picture: panned, faces }, faces]))).toEqual([3]);
  });

  it('drops a face seen once by an unsure detector unless there is nothing else', () => {
    const weak = face(250, 60, 40, 0.55);
    const steady = face(100, 120, 60);
    expect(lengths(track([[steady], [steady, weak], [steady]]))).toEqual([3]);
    expect(lengths(track([[], [weak], []]))).toEqual([1]);
    expect(lengths(track([[steady], [steady, { ...weak, score: 0.95 }]]))).toEqual([2, 1]);
  });

  it('follows the six largest faces of a crowd', () => {
    const crowd = Array.from({ length: 10 }, (_, i) => face(20 + 30 * i, 100, 20 + i));
    const tracks = track([crowd, crowd]);
    expect(tracks).toHaveLength(6);
    expect(Math.min(...tracks.map(({ frames }) => frames[0]!.box.width))).toBe(24);
  });

  it('stays with faces of a crowd that nod, until a much larger one comes', () => {
    const nodding = (time: number): Detection[] =>
      Array.from({ length: 9 }, (_, i) => face(20 + 35 * i, 100, 24 + 1.5 * Math.sin(2 * time + i)));
    const crowd = Array.from({ length: 12 }, (_, time) => nodding(time));
    expect(lengths(track(crowd))).toEqual([12, 12, 12, 12, 12, 12]);
    const joined = crowd.map((faces, time) => (time < 6 ? faces : [...faces, face(160, 200, 60)]));
    expect(Math.max(...track(joined).map(({ faceSize }) => faceSize))).toBeGreaterThan(40);
  });

  it('hands out a bounded number of tracks, the longest among them', () => {
    const entries = Array.from({ length: 200 }, (_, i) => [
      face(i % 2 === 0 ? 50 : 250, 60 + (i % 4) * 40, 30),
    ]);
    const long = [face(160, 200, 60)];
    const tracks = track([long, long, long, ...entries]);
    expect(tracks.length).toBeLessThanOrEqual(24);
    expect(tracks[0]!.frames.length).toBeGreaterThanOrEqual(3);
    expect(tracks.map(({ id }) => id)).toEqual(tracks.map((_, i) => i));
  });

  it('is empty without faces', () => expect(track([[], []])).toEqual([]));
});

describe('overlap', () => {
  const box = { x: 0, y: 0, width: 10, height: 10 };
  it('is the intersection over the union', () => {
    expect(overlap(box, box)).toBe(1);
    expect(overlap(box, { ...box, x: 5 })).toBeCloseTo(50 / 150, 12);
    expect(overlap(box, { ...box, x: 10 })).toBe(0);
  });
});

describe('quality', () => {
  const size = 32;
  const rgb = ({ data }: Picture): Uint8Array =>
    Uint8Array.from({ length: 3 * size * size }, (_, i) => data[4 * Math.floor(i / 3) + (i % 3)]!);
  const blurred = (source: Picture): Picture =>
    picture(size, size, (x, y) => {
      let sum = 0;
      for (let dy = -1; dy <= 1; dy++)
        for (let dx = -1; dx <= 1; dx++) {
          const px = Math.min(Math.max(Math.floor(x) + dx, 0), size - 1);
          const py = Math.min(Math.max(Math.floor(y) + dy, 0), size - 1);
          sum += source.data[4 * (py * size + px) + 1]!;
        }
      return sum / 9;
    });

  it('calls a sharp crop sharper than a blurred one, and a flat one not sharp at all', () => {
    const grain = noise(size, size);
    const once = blurred(grain);
    const twice = blurred(once);
    expect(sharpness(rgb(grain), size)).toBeGreaterThan(2 * sharpness(rgb(once), size));
    expect(sharpness(rgb(once), size)).toBeGreaterThan(sharpness(rgb(twice), size));
    expect(sharpness(rgb(picture(size, size, () => 90)), size)).toBeCloseTo(0, 6);
  });

  it('takes the middle value', () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});
