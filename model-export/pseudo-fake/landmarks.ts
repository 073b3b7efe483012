/**
 * What the 478 points of MediaPipe's face mesh say about a face: the outlines of its parts, and how to draw one face so that
 * its features lie where another's do. Points are x, y pairs in pixels; indices are those of the canonical face model.
 */
import type { MaskRegion } from './mask.ts';
import type { Random } from './random.ts';
import { IDENTITY, mapPoints } from './warp.ts';
import type { Affine, Deformation } from './warp.ts';

export type Landmarks = ArrayLike<number>;

const LIPS = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185];
const INNER_LIPS = [
  78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191,
];
const EYES = [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246].concat([
  263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466,
]);
const BROWS = [46, 53, 52, 65, 55, 70, 63, 105, 66, 107, 276, 283, 282, 295, 285, 300, 293, 334, 296, 336];
const NOSE = [168, 6, 197, 195, 5, 4, 1, 2, 98, 327, 64, 294, 129, 358];
/** From one ear past the chin to the other. */
const JAW = [
  234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454,
];
const FOREHEAD = [127, 162, 21, 54, 103, 67, 109, 10, 338, 297, 332, 284, 251, 389, 356];
/** The jaw below the ears, as far as speech moves it. */
const LOWER_JAW = JAW.slice(3, -3);

/** Points whose hull is a part of the face, and how much smaller or larger than it a blend may be. */
interface Outline {
  points: readonly number[];
  scale: readonly [least: number, most: number];
}

/** The face of a swap often ends at the brows; what is spoken anew is the mouth, or all of the face below the nose. */
const OUTLINES: Record<MaskRegion, readonly Outline[]> = {
  face: [
    { points: [...JAW, ...FOREHEAD], scale: [0.85, 1.05] },
    { points: [...JAW, ...BROWS], scale: [0.85, 1.05] },
  ],
  inner: [{ points: [...BROWS, ...NOSE, ...LIPS], scale: [0.9, 1.2] }],
  mouth: [
    { points: LIPS, scale: [1.1, 2] },
    { points: [...LIPS, ...LOWER_JAW], scale: [0.85, 1.05] },
    { points: [...LIPS, ...LOWER_JAW, 2, 98, 327], scale: [0.85, 1.05] },
  ],
  eyes: [{ points: [...EYES, ...BROWS], scale: [1, 1.35] }],
  nose: [{ points: NOSE, scale: [1, 1.5] }],
  // A box belongs to the crop, not to the face.
  box: [],
};

/** Which outline of a part a blend follows, and its size as a share of that. */
export interface PartOutline {
  points: readonly number[];
  scale: number;
}

export function randomOutline(random: Random, region: MaskRegion): PartOutline | undefined {
  if (OUTLINES[region].length === 0) return undefined;
  const { points, scale } = random.pick(OUTLINES[region]);
  return { points, scale: random.uniform(...scale) };
}

/** The convex polygon around a part of a face, as x, y pairs. */
export function outlineOf(landmarks: Landmarks, { points }: PartOutline): number[] {
  return hull(points.map((point) => [landmarks[2 * point]!, landmarks[2 * point + 1]!]));
}

/** Convex hull (Andrew 1979, monotone chain). */
function hull(points: [number, number][]): number[] {
  const sorted = points.toSorted(([ax, ay], [bx, by]) => ax - bx || ay - by);
  const half = (way: readonly [number, number][]): [number, number][] => {
    const chain: [number, number][] = [];
    for (const point of way) {
      while (chain.length > 1 && turn(chain.at(-2)!, chain.at(-1)!, point) <= 0) chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.toReversed())].flat();
}

const turn = ([ax, ay]: [number, number], [bx, by]: [number, number], [cx, cy]: [number, number]): number =>
  (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);

/** Points that carry one face's features onto another's, and the fewer that carry only how it speaks. */
const FEATURES = [...LIPS, ...INNER_LIPS, ...EYES, ...BROWS, ...NOSE, ...JAW, ...FOREHEAD];
const SPEECH = [...LIPS, ...INNER_LIPS, ...LOWER_JAW];
/** What stays where it is while only the mouth moves. */
const ANCHORS = [...EYES, ...NOSE, ...FOREHEAD, 234, 454];

/** Nodes per side of the grid of displacements, and how far a point reaches, in units of the crop's side. */
const CELLS = 25;
const REACH = 0.05;

/**
 * Displacements after `map` that bring the points of `from` to those of `to`: for every node the mean of what the points
 * around it ask for, weighted by distance; away from all of them nothing.
 * @param map from the target's pixels to the source's @param side of the target in pixels
 * @param share how much of the way, 0..1
 */
export function fit(
  from: Landmarks,
  to: Landmarks,
  map: Affine,
  side: number,
  share: number,
  points: readonly number[] = FEATURES,
): Deformation {
  const dx = new Float32Array(CELLS * CELLS);
  const dy = new Float32Array(CELLS * CELLS);
  const pulls = points.map((point) => {
    const [x, y] = [to[2 * point]!, to[2 * point + 1]!];
    const [mapX, mapY] = mapPoints(map, [x, y]) as [number, number];
    return [x, y, share * (from[2 * point]! - mapX), share * (from[2 * point + 1]! - mapY)] as const;
  });
  const reach = 2 * (REACH * side) ** 2;
  for (let node = 0; node < CELLS * CELLS; node++) {
    const x = ((node % CELLS) / (CELLS - 1)) * side;
    const y = (Math.floor(node / CELLS) / (CELLS - 1)) * side;
    // What asks for nothing: without it a lone far point would move everything around it.
    let weights = 0.05;
    for (const [px, py, pullX, pullY] of pulls) {
      const weight = Math.exp(-((px - x) ** 2 + (py - y) ** 2) / reach);
      weights += weight;
      dx[node]! += weight * pullX;
      dy[node]! += weight * pullY;
    }
    dx[node]! /= weights;
    dy[node]! /= weights;
  }
  return { cells: CELLS, dx, dy };
}

/**
 * The displacements that let a face speak as another does: its mouth and jaw go where the other's are; its eyes, nose and
 * outline stay. @param spoken the other's points, at the size and place of `own` @param share how much of the way, 0..1
 */
export function speech(own: Landmarks, spoken: Landmarks, side: number, share: number): Deformation {
  const goal = Float32Array.from(own);
  for (const point of SPEECH) {
    for (const at of [2 * point, 2 * point + 1]) goal[at] = own[at]! + share * (spoken[at]! - own[at]!);
  }
  return fit(own, goal, IDENTITY, side, 1, [...SPEECH, ...ANCHORS]);
}
