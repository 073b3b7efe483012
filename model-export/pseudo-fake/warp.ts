/** Geometry: affine maps and smooth random deformation, sampled bilinearly. */
import type { CropMap } from '../../scripts/pipeline.ts';
import type { Image } from './image.ts';
import type { Random } from './random.ts';

/** Maps target pixels to source pixels: x' = a x + b y + c, y' = d x + e y + f. */
export interface Affine {
  a: number;
  b: number;
  c: number;
  d: number;
  e: number;
  f: number;
}

export const IDENTITY: Affine = { a: 1, b: 0, c: 0, d: 0, e: 1, f: 0 };

/** First `inner`, then `outer`. */
export function compose(outer: Affine, inner: Affine): Affine {
  const [c, f] = mapPoints(outer, [inner.c, inner.f]) as [number, number];
  return {
    a: outer.a * inner.a + outer.b * inner.d,
    b: outer.a * inner.b + outer.b * inner.e,
    c,
    d: outer.d * inner.a + outer.e * inner.d,
    e: outer.d * inner.b + outer.e * inner.e,
    f,
  };
}

/** Where the crop `to` has what the crop `from` of the same picture shows, in pixel indices. */
export const betweenCrops = (from: CropMap, to: CropMap): Affine =>
  compose(inverse(toPicture(to)), toPicture(from));

/** From pixel indices of a crop to the picture it was cut of. */
function toPicture({ size, centre, right, scale }: CropMap): Affine {
  const [a, d] = [scale * right.x, scale * right.y];
  const middle = (size - 1) / 2;
  return { a, b: -d, c: centre.x - (a - d) * middle, d, e: a, f: centre.y - (d + a) * middle };
}

function inverse({ a, b, c, d, e, f }: Affine): Affine {
  const determinant = a * e - b * d;
  const [ia, ib, id, ie] = [e / determinant, -b / determinant, -d / determinant, a / determinant];
  return { a: ia, b: ib, c: -(ia * c + ib * f), d: id, e: ie, f: -(id * c + ie * f) };
}

/** @param points x, y pairs */
export function mapPoints(map: Affine, points: ArrayLike<number>): number[] {
  const mapped: number[] = [];
  for (let at = 0; at + 1 < points.length; at += 2) {
    const [x, y] = [points[at]!, points[at + 1]!];
    mapped.push(map.a * x + map.b * y + map.c, map.d * x + map.e * y + map.f);
  }
  return mapped;
}

export interface Motion {
  /** Radians, counter-clockwise on the screen. */
  rotation: number;
  /** Above 1 enlarges the content. */
  scale: number;
  /** Pixels of the target by which the content moves. */
  shiftX: number;
  shiftY: number;
  flip: boolean;
}

export const STILL: Motion = { rotation: 0, scale: 1, shiftX: 0, shiftY: 0, flip: false };

/** The map for a motion around the centres of a source and a target picture, in pixel indices (centre of pixel 0 is 0). */
export function motionMap(motion: Motion, source: number, target: number): Affine {
  const cos = Math.cos(motion.rotation) / motion.scale;
  const sin = Math.sin(motion.rotation) / motion.scale;
  const mirror = motion.flip ? -1 : 1;
  const from = (source - 1) / 2;
  const centreX = (target - 1) / 2 + motion.shiftX;
  const centreY = (target - 1) / 2 + motion.shiftY;
  const [a, b, d, e] = [mirror * cos, mirror * -sin, sin, cos];
  return { a, b, c: from - a * centreX - b * centreY, d, e, f: from - d * centreX - e * centreY };
}

/** Where points (x, y pairs, in pixels) of a square source go under a motion; the inverse of `motionMap`. */
export function movePoints(
  points: ArrayLike<number>,
  motion: Motion,
  source: number,
  target: number,
): number[] {
  const cos = Math.cos(motion.rotation) * motion.scale;
  const sin = Math.sin(motion.rotation) * motion.scale;
  const from = (source - 1) / 2;
  const to = (target - 1) / 2;
  const moved: number[] = [];
  for (let at = 0; at + 1 < points.length; at += 2) {
    const x = (points[at]! - from) * (motion.flip ? -1 : 1);
    const y = points[at + 1]! - from;
    moved.push(cos * x + sin * y + to + motion.shiftX, -sin * x + cos * y + to + motion.shiftY);
  }
  return moved;
}

/** A coarse grid of displacements in pixels, interpolated bilinearly over a picture. */
export interface Deformation {
  cells: number;
  dx: Float32Array;
  dy: Float32Array;
}

/** @param amount deviation of the displacements in pixels @param cells nodes per side: more is finer */
export function randomDeformation(random: Random, cells: number, amount: number): Deformation {
  const draw = (): Float32Array =>
    Float32Array.from({ length: cells * cells }, () => random.normal(0, amount));
  return { cells, dx: draw(), dy: draw() };
}

/** A new square picture of side `target`; outside the source its border is repeated. */
export function warp(image: Image, map: Affine, target: number, deformation?: Deformation): Image {
  const { width, height, data: source } = image;
  const data = new Float32Array(target * target * 3);
  const right = width - 1.001;
  const bottom = height - 1.001;
  for (let y = 0, at = 0; y < target; y++) {
    for (let x = 0; x < target; x++, at += 3) {
      let fromX = map.a * x + map.b * y + map.c;
      let fromY = map.d * x + map.e * y + map.f;
      if (deformation !== undefined) {
        const { cells, dx, dy } = deformation;
        const gx = (x / target) * (cells - 1);
        const gy = (y / target) * (cells - 1);
        const node = Math.floor(gy) * cells + Math.floor(gx);
        const u = gx - Math.floor(gx);
        const v = gy - Math.floor(gy);
        const w00 = (1 - u) * (1 - v);
        const w01 = u * (1 - v);
        const w10 = (1 - u) * v;
        const w11 = u * v;
        fromX +=
          w00 * dx[node]! + w01 * dx[node + 1]! + w10 * dx[node + cells]! + w11 * dx[node + cells + 1]!;
        fromY +=
          w00 * dy[node]! + w01 * dy[node + 1]! + w10 * dy[node + cells]! + w11 * dy[node + cells + 1]!;
      }
      fromX = fromX < 0 ? 0 : fromX > right ? right : fromX;
      fromY = fromY < 0 ? 0 : fromY > bottom ? bottom : fromY;
      const column = fromX | 0;
      const line = fromY | 0;
      const u = fromX - column;
      const v = fromY - line;
      const from = (line * width + column) * 3;
      const below = from + width * 3;
      const w00 = (1 - u) * (1 - v);
      const w01 = u * (1 - v);
      const w10 = (1 - u) * v;
      const w11 = u * v;
      data[at] =
        w00 * source[from]! + w01 * source[from + 3]! + w10 * source[below]! + w11 * source[below + 3]!;
      data[at + 1] =
        w00 * source[from + 1]! +
        w01 * source[from + 4]! +
        w10 * source[below + 1]! +
        w11 * source[below + 4]!;
      data[at + 2] =
        w00 * source[from + 2]! +
        w01 * source[from + 5]! +
        w10 * source[below + 2]! +
        w11 * source[below + 5]!;
    }
  }
  return { width: target, height: target, data };
}
