import { describe, expect, it } from 'vitest';
import { cropMap, DEFAULT_CROP, faceGeometry, toCrop } from '../../src/faces/alignment.ts';
import { frameRegion } from '../../src/faces/region.ts';
import type { FaceKeypoints, Point } from '../../src/faces/types.ts';
import { face, picture } from './faces-pictures.ts';

/** The same face turned in the picture plane about (200, 150). */
function turned(keypoints: FaceKeypoints, degrees: number): FaceKeypoints {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const turn = ({ x, y }: Point): Point => ({
    x: 200 + cos * (x - 200) - sin * (y - 150),
    y: 150 + sin * (x - 200) + cos * (y - 150),
  });
  const { rightEye, leftEye, nose, mouth, rightEar, leftEar } = keypoints;
  return {
    rightEye: turn(rightEye),
    leftEye: turn(leftEye),
    nose: turn(nose),
    mouth: turn(mouth),
    rightEar: turn(rightEar),
    leftEar: turn(leftEar),
  };
}

const upright = face(210, 140, 100).keypoints;

describe('alignment', () => {
  it.each([-170, -90, -30, 0, 15, 60, 135])('levels the eyes of a face turned by %d degrees', (degrees) => {
    const keypoints = turned(upright, degrees);
    const map = cropMap(faceGeometry(keypoints), DEFAULT_CROP);
    const rightEye = toCrop(keypoints.rightEye, map);
    const leftEye = toCrop(keypoints.leftEye, map);
    const mouth = toCrop(keypoints.mouth, map);
    expect(leftEye.y).toBeCloseTo(rightEye.y, 6);
    expect(leftEye.x).toBeGreaterThan(rightEye.x);
    expect(mouth.y).toBeGreaterThan(leftEye.y);
  });

  it('puts a turned face where it puts the upright one', () => {
    const at = (keypoints: FaceKeypoints): Point =>
      toCrop(keypoints.nose, cropMap(faceGeometry(keypoints), DEFAULT_CROP));
    const before = at(upright);
    const after = at(turned(upright, 40));
    expect(after.x).toBeCloseTo(before.x, 6);
    expect(after.y).toBeCloseTo(before.y, 6);
  });

  it('measures a head turned aside or nodding like the frontal one', () => {
    const front = faceGeometry(upright).size;
    const middle = (upright.rightEye.x + upright.leftEye.x) / 2;
    const aside = (point: Point): Point => ({ x: middle + (point.x - middle) * 0.4, y: point.y });
    const nod = (point: Point): Point => ({ x: point.x, y: 140 + (point.y - 140) * 0.5 });
    for (const squeeze of [aside, nod]) {
      const size = faceGeometry({
        ...upright,
        rightEye: squeeze(upright.rightEye),
        leftEye: squeeze(upright.leftEye),
        mouth: squeeze(upright.mouth),
      }).size;
      expect(size / front).toBeGreaterThan(0.8);
      expect(size / front).toBeLessThanOrEqual(1);
    }
  });

  it('scales with the face', () => {
    expect(faceGeometry(face(0, 0, 300).keypoints).size).toBeCloseTo(
      3 * faceGeometry(face(0, 0, 100).keypoints).size,
      9,
    );
  });

  it('keeps the whole face box and some background inside the default crop', () => {
    const { box, keypoints } = face(200, 150, 100);
    const map = cropMap(faceGeometry(keypoints), DEFAULT_CROP);
    for (const corner of [
      { x: box.x, y: box.y },
      { x: box.x + box.width, y: box.y + box.height },
    ]) {
      const { x, y } = toCrop(corner, map);
      for (const value of [x, y]) {
        expect(value).toBeGreaterThan(4);
        expect(value).toBeLessThan(DEFAULT_CROP.size - 4);
      }
    }
  });

  it('survives eyes on one point', () => {
    const { right, size } = faceGeometry({ ...upright, leftEye: upright.rightEye });
    expect(right).toEqual({ x: 1, y: 0 });
    expect(Number.isFinite(size)).toBe(true);
  });
});

describe('frameRegion', () => {
  const odd = picture(5, 2, (x, y) => Math.floor(x) * 10 + Math.floor(y) * 100);
  const greys = (part: { data: Uint8ClampedArray }): number[] => [...part.data].filter((_, i) => i % 4 === 0);

  it('gives the picture itself or one of its halves, without the middle column of an odd width', () => {
    expect(frameRegion(odd, 'full')).toBe(odd);
    const left = frameRegion(odd, 'left-half');
    expect([left.width, left.height]).toEqual([2, 2]);
    expect(greys(left)).toEqual([0, 10, 100, 110]);
    expect(greys(frameRegion(odd, 'right-half'))).toEqual([30, 40, 130, 140]);
  });
});
