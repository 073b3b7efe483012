/** Soft masks of parts of a face: where a pseudo-fake takes its pixels from the other view. */
import { blurMask } from './filter.ts';
import { toPixels } from './face-geometry.ts';
import type { FaceFrame } from './face-geometry.ts';
import { outlineOf, randomOutline } from './landmarks.ts';
import type { PartOutline } from './landmarks.ts';
import type { Random } from './random.ts';

export const REGIONS = ['face', 'inner', 'mouth', 'eyes', 'nose', 'box'] as const;
export type MaskRegion = (typeof REGIONS)[number];
/** How often each region is chosen, against the others. */
export type RegionWeights = Readonly<Partial<Record<MaskRegion, number>>>;

/** A mask's random choices; kept apart from its pixels so that it can move with the face from frame to frame. */
export interface MaskShape {
  region: MaskRegion;
  /** What it follows where the face's landmarks are known; the extents below serve where they are not. */
  outline: PartOutline | undefined;
  /** Vertical extents in units of the face frame. */
  top: number;
  bottom: number;
  /** Factors of the outline's width at the eyes and at the bottom. */
  width: number;
  taper: number;
  /** Relative deviation of the outline's radius at NODES angles. */
  wobble: number[];
  /** Blur in units of the face frame. */
  softness: number;
  /** Highest value of the mask. */
  opacity: number;
}

const NODES = 12;
const OUTLINE_POINTS = 48;

/** Extents [top lowest, top highest, bottom lowest, bottom highest, width lowest, width highest, taper lowest, taper highest]. */
const EXTENTS: Record<MaskRegion, readonly number[]> = {
  face: [-0.95, -0.4, 1.45, 1.85, 0.85, 1.1, 0.35, 0.75],
  inner: [-0.5, -0.25, 1.2, 1.45, 0.6, 0.85, 0.45, 0.8],
  mouth: [0.55, 0.8, 1.25, 1.75, 0.5, 0.95, 0.5, 0.9],
  eyes: [-0.55, -0.3, 0.25, 0.5, 0.75, 1.05, 0.8, 1],
  nose: [-0.1, 0.15, 0.7, 0.95, 0.25, 0.45, 0.9, 1.2],
  box: [-0.9, -0.4, 1.4, 1.8, 0.8, 1.1, 0.9, 1],
};

export function randomMaskShape(random: Random, region: MaskRegion): MaskShape {
  const [t0, t1, b0, b1, w0, w1, p0, p1] = EXTENTS[region] as number[] as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const wobble = random.chance(0.5) ? 0.03 : 0.09;
  return {
    region,
    outline: randomOutline(random, region),
    top: random.uniform(t0, t1),
    bottom: random.uniform(b0, b1),
    width: random.uniform(w0, w1),
    taper: random.uniform(p0, p1),
    wobble: Array.from({ length: NODES }, () => random.normal(0, region === 'box' ? 0.01 : wobble)),
    softness: random.chance(0.25) ? random.uniform(0.01, 0.06) : random.logUniform(0.05, 0.35),
    opacity: random.pick([0.5, 0.75, 1, 1, 1, 1]),
  };
}

/** Relative deviation of the outline's radius towards an angle in 0..2 pi. */
function wobbleAt({ wobble }: MaskShape, angle: number): number {
  const node = (angle * NODES) / (2 * Math.PI);
  const first = Math.floor(node);
  const share = node - first;
  return wobble[first % NODES]! * (1 - share) + wobble[(first + 1) % NODES]! * share;
}

/** Outline of a shape around a face, as x, y pairs in pixels. */
function outline(shape: MaskShape, frame: FaceFrame): Float32Array {
  if (frame.landmarks !== undefined && shape.outline !== undefined) {
    return around(outlineOf(frame.landmarks, shape.outline), shape, shape.outline.scale);
  }
  const points = new Float32Array(OUTLINE_POINTS * 2);
  const middle = (shape.top + shape.bottom) / 2;
  const half = (shape.bottom - shape.top) / 2;
  // A superellipse: 2 is an ellipse, more comes close to a rectangle.
  const power = shape.region === 'box' ? 8 : shape.region === 'face' || shape.region === 'inner' ? 2.3 : 2.8;
  for (let index = 0; index < OUTLINE_POINTS; index++) {
    const angle = (2 * Math.PI * index) / OUTLINE_POINTS;
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    const radius = (Math.abs(cos) ** power + Math.abs(sin) ** power) ** (-1 / power);
    const r = radius * (1 + wobbleAt(shape, angle));
    // From the middle down the outline narrows towards the chin.
    const narrowing = sin > 0 ? 1 + (shape.taper - 1) * sin * sin : 1;
    const side = cos < 0 ? frame.leftWidth : frame.rightWidth;
    const [x, y] = toPixels(frame, cos * r * side * shape.width * narrowing, middle + sin * r * half);
    points[2 * index] = x;
    points[2 * index + 1] = y;
  }
  return points;
}

/** A polygon, drawn larger or smaller around its middle and unevenly so. */
function around(polygon: readonly number[], shape: MaskShape, scale: number): Float32Array {
  const count = polygon.length / 2;
  const mean = (axis: number): number =>
    polygon.reduce((sum, value, at) => (at % 2 === axis ? sum + value : sum), 0) / count;
  const [middleX, middleY] = [mean(0), mean(1)];
  const points = new Float32Array(polygon.length);
  for (let at = 0; at < polygon.length; at += 2) {
    const [x, y] = [polygon[at]! - middleX, polygon[at + 1]! - middleY];
    const r = scale * (1 + wobbleAt(shape, Math.atan2(y, x) + Math.PI));
    points[at] = middleX + r * x;
    points[at + 1] = middleY + r * y;
  }
  return points;
}

/** Fills a polygon by scanlines (even-odd rule); values 0 and 1. */
function fillPolygon(points: Float32Array, width: number, height: number): Float32Array {
  const mask = new Float32Array(width * height);
  const count = points.length / 2;
  const crossings: number[] = [];
  for (let y = 0; y < height; y++) {
    crossings.length = 0;
    for (let index = 0; index < count; index++) {
      const next = (index + 1) % count;
      const y0 = points[2 * index + 1]!;
      const y1 = points[2 * next + 1]!;
      if (y0 <= y === y1 <= y) continue;
      const x0 = points[2 * index]!;
      crossings.push(x0 + ((y - y0) / (y1 - y0)) * (points[2 * next]! - x0));
    }
    crossings.sort((a, b) => a - b);
    for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
      const from = Math.max(0, Math.ceil(crossings[pair]!));
      const to = Math.min(width - 1, Math.floor(crossings[pair + 1]!));
      if (to >= from) mask.fill(1, y * width + from, y * width + to + 1);
    }
  }
  return mask;
}

/** One value in 0..opacity per pixel of a `width` x `height` picture. */
export function drawMask(shape: MaskShape, frame: FaceFrame, width: number, height: number): Float32Array {
  const hard = fillPolygon(outline(shape, frame), width, height);
  const radius = (shape.softness * frame.unit) / 2;
  const soft = blurMask(hard, width, height, radius);
  if (shape.opacity !== 1)
    for (let pixel = 0; pixel < soft.length; pixel++) soft[pixel] = soft[pixel]! * shape.opacity;
  return soft;
}
