import { describe, expect, it } from 'vitest';
import {
  cropMap,
  faceGeometry,
  FaceTracker,
  frameRegion,
  toCrop,
  type Detection,
  type FaceKeypoints,
  type Picture,
  type Point,
} from '../../src/faces/index.ts';
import { cutCrop } from '../../src/faces/resample.ts';
import { median, sharpness } from '../../src/faces/quality.ts';
import { ShotChangeDetector } from '../../src/faces/shot-change.ts';

/** A picture with structure everywhere, different for every seed. */
function textured(width: number, height: number, seed = 1): Picture {
  let state = seed * 7919;
  const data = new Uint8ClampedArray(4 * width * height);
  const coarse = Array.from({ length: 400 }, () => (state = (state * 48271) % 2147483647) & 255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const block = coarse[(Math.floor(x / 37) + 20 * Math.floor(y / 29)) % 400]!;
      const i = 4 * (y * width + x);
      data[i] = block;
      data[i + 1] = (x * 3 + y * 5 + block) & 255;
      data[i + 2] = (x ^ y) & 255;
      data[i + 3] = 255;
    }
  }
  return { width, height, data };
}

/** Key points of an upright face with its eyes `eyes` pixels apart around (x, y), turned by `degrees`. */
function face(x: number, y: number, eyes = 40, degrees = 0): FaceKeypoints {
  const angle = (degrees * Math.PI) / 180;
  const at = (u: number, v: number): Point => ({
    x: x + eyes * (u * Math.cos(angle) - v * Math.sin(angle)),
    y: y + eyes * (u * Math.sin(angle) + v * Math.cos(angle)),
  });
  return {
    rightEye: at(-0.5, 0),
    leftEye: at(0.5, 0),
    nose: at(0, 0.6),
    mouth: at(0, 1.1),
    rightEar: at(-1.1, 0.2),
    leftEar: at(1.1, 0.2),
  };
}

function detection(x: number, y: number, eyes = 40, score = 0.9): Detection {
  return {
    box: { x: x - eyes, y: y - eyes / 2, width: 2 * eyes, height: 2 * eyes },
    keypoints: face(x, y, eyes),
    score,
  };
}

describe('alignment', () => {
  it.each([0, 17, -40, 90])(
    'puts the eyes on one level at the same place for a head leaning by %d degrees',
    (degrees) => {
      const settings = { size: 128, margin: 1.4 };
      const keypoints = face(300, 200, 50, degrees);
      const map = cropMap(faceGeometry(keypoints), settings);
      const right = toCrop(keypoints.rightEye, map);
      const left = toCrop(keypoints.leftEye, map);
      expect(left.y).toBeCloseTo(right.y, 9);
      expect((left.x + right.x) / 2).toBeCloseTo(64, 9);
      const upright = cropMap(faceGeometry(face(300, 200, 50)), settings);
      expect(right.x).toBeCloseTo(toCrop(face(300, 200, 50).rightEye, upright).x, 9);
    },
  );

  it('does not shrink a face that turns aside', () => {
    const front = face(0, 0);
    const aside = { ...front, leftEye: { x: -5, y: 0 } };
    expect(faceGeometry(aside).size).toBeGreaterThan(0.9 * faceGeometry(front).size);
  });
});

describe('cutCrop', () => {
  const picture = textured(640, 480);

  it.each([0.4, 1, 1.7, 3.3, 6])(
    'holds the smaller crop in the middle of the larger, byte for byte, at scale %d',
    (scale) => {
      const place = { centre: { x: 301.3, y: 222.7 }, right: { x: 0.96, y: 0.28 }, scale };
      const small = cutCrop(picture, { size: 64, ...place });
      const large = cutCrop(picture, { size: 80, ...place });
      const middle = Uint8Array.from({ length: 3 * 64 * 64 }, (_, i) => {
        const pixel = Math.floor(i / 3);
        return large[3 * ((Math.floor(pixel / 64) + 8) * 80 + (pixel % 64) + 8) + (i % 3)]!;
      });
      expect(middle).toEqual(small);
    },
  );

  it('copies pixels exactly when nothing is scaled or turned', () => {
    const crop = cutCrop(picture, { size: 32, centre: { x: 200, y: 100 }, right: { x: 1, y: 0 }, scale: 1 });
    const i = 4 * ((100 - 16 + 5) * 640 + (200 - 16 + 9));
    expect([...crop.subarray(3 * (5 * 32 + 9), 3 * (5 * 32 + 9) + 3)]).toEqual([
      ...picture.data.subarray(i, i + 3),
    ]);
  });

  it('averages areas: a fine checkerboard becomes even grey', () => {
    const board: Picture = { width: 256, height: 256, data: new Uint8ClampedArray(4 * 256 * 256) };
    for (let i = 0; i < 256 * 256; i++)
      board.data.fill(((i % 256) + (i >> 8)) % 2 === 0 ? 0 : 255, 4 * i, 4 * i + 4);
    const crop = cutCrop(board, { size: 32, centre: { x: 128, y: 128 }, right: { x: 1, y: 0 }, scale: 4 });
    expect(new Set(crop)).toEqual(new Set([128]));
  });

  it('repeats the edge outside the picture', () => {
    const crop = cutCrop(picture, {
      size: 16,
      centre: { x: -100, y: -100 },
      right: { x: 1, y: 0 },
      scale: 1,
    });
    expect([...crop.subarray(0, 3)]).toEqual([...picture.data.subarray(0, 3)]);
  });
});

describe('quality', () => {
  it('calls a blurred crop less sharp', () => {
    const picture = textured(256, 256);
    const place = { centre: { x: 128, y: 128 }, right: { x: 1, y: 0 } };
    const sharp = cutCrop(picture, { size: 64, ...place, scale: 1 });
    const blurred = cutCrop(picture, { size: 64, ...place, scale: 0.2 });
    expect(sharpness(sharp, 64)).toBeGreaterThan(2 * sharpness(blurred, 64));
    expect(sharpness(new Uint8Array(3 * 64).fill(9), 8)).toBe(0);
  });

  it('takes the middle value', () => {
    expect(median([5, 1, 9])).toBe(5);
    expect(median([1, 2, 3, 10])).toBe(2.5);
  });
});

describe('frameRegion', () => {
  it('cuts the halves of an odd width without overlap', () => {
    const picture = textured(9, 2);
    const left = frameRegion(picture, 'left-half');
    const right = frameRegion(picture, 'right-half');
    expect([left.width, right.width]).toEqual([4, 4]);
    expect([...left.data.subarray(0, 4)]).toEqual([...picture.data.subarray(0, 4)]);
    expect([...right.data.subarray(-4)]).toEqual([...picture.data.subarray(-4)]);
    expect(frameRegion(picture, 'full')).toBe(picture);
  });
});

describe('ShotChangeDetector', () => {
  it('sees a cut, but neither a flash nor a still picture', () => {
    const shots = new ShotChangeDetector();
    const scene = textured(320, 180, 1);
    const flash = { ...scene, data: scene.data.map((value) => Math.min(255, value * 0.6 + 100)) };
    expect([scene, scene, flash, textured(320, 180, 5)].map((picture) => shots.push(picture))).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });
});

describe('FaceTracker', () => {
  const settings = { size: 16, margin: 1.4 };
  const picture = textured(640, 360);
  const track = (frames: Detection[][], pictures: Picture[] = []) => {
    const tracker = new FaceTracker(settings);
    frames.forEach((detections, i) => tracker.push(i / 6, pictures[i] ?? picture, detections));
    return tracker.finish();
  };

  it('follows two faces that move past each other', () => {
    const frames = Array.from({ length: 8 }, (_, i) => [
      detection(100 + 30 * i, 100),
      detection(400 - 30 * i, 250),
    ]);
    const tracks = track(frames);
    expect(tracks.map(({ frames: seen }) => seen.length)).toEqual([8, 8]);
    for (const { frames: seen } of tracks) expect(new Set(seen.map(({ box }) => box.y)).size).toBe(1);
  });

  it('bridges a face that is missed twice, and no more', () => {
    const one = [detection(200, 100)];
    expect(track([one, [], [], one])).toHaveLength(1);
    expect(track([one, one, [], [], [], one, one])).toHaveLength(2);
  });

  it('ends a track at a cut, although the face stays where it is', () => {
    const other = textured(640, 360, 5);
    const frames = Array.from({ length: 6 }, () => [detection(200, 100)]);
    expect(
      track(frames, [picture, picture, picture, other, other, other]).map(({ frames: seen }) => seen.length),
    ).toEqual([3, 3]);
  });

  it('does not take a face of another size for the same', () => {
    expect(track([[detection(200, 100, 20)], [detection(200, 100, 60)]])).toHaveLength(2);
  });

  it('leaves out a face that was seen once and unsurely, unless there is nothing else', () => {
    const sure = detection(100, 100);
    const unsure = detection(500, 250, 40, 0.55);
    expect(track([[sure, unsure], [sure]])).toHaveLength(1);
    expect(track([[unsure]])).toHaveLength(1);
  });

  it('knows the median size of the face and cuts a crop per frame', () => {
    const [seen] = track([[detection(200, 100, 30)], [detection(200, 100, 32)], [detection(200, 100, 40)]]);
    expect(seen!.faceSize).toBeCloseTo(faceGeometry(face(200, 100, 32)).size, 9);
    expect(seen!.frames.map(({ crop }) => crop.length)).toEqual([768, 768, 768]);
  });

  it('keeps to the largest faces in a crowd', () => {
    const crowd = Array.from({ length: 20 }, (_, i) => detection(30 * i + 20, 100, 5 + i));
    expect(track([crowd, crowd]).length).toBeLessThanOrEqual(6);
  });
});
