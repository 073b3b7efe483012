import jpeg from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import { LANDMARK_VALUES } from '../../model-export/crop-store.ts';
import { compress } from '../../model-export/pseudo-fake/block-codec.ts';
import { changedPlaces } from '../../model-export/pseudo-fake/changes.ts';
import { matchColour } from '../../model-export/pseudo-fake/colour.ts';
import { faceFrame, frontalKeypoints, toPixels } from '../../model-export/pseudo-fake/face-geometry.ts';
import { gaussianBlur, resize } from '../../model-export/pseudo-fake/filter.ts';
import { blend, type Image } from '../../model-export/pseudo-fake/image.ts';
import { outlineOf, speech } from '../../model-export/pseudo-fake/landmarks.ts';
import { drawMask, randomMaskShape, REGIONS } from '../../model-export/pseudo-fake/mask.ts';
import { Random } from '../../model-export/pseudo-fake/random.ts';
import { alignDonor, applyRecipe, pseudoFake, randomRecipe } from '../../model-export/pseudo-fake/still.ts';
import { IDENTITY, motionMap, movePoints, warp } from '../../model-export/pseudo-fake/warp.ts';
import { DEFAULT_RECIPE } from '../../model-export/recipe.ts';

const SIZE = 64;
const { regions } = DEFAULT_RECIPE;

function picture(size: number, level: (x: number, y: number, channel: number) => number): Image {
  const data = new Float32Array(size * size * 3);
  for (let i = 0; i < data.length; i++) {
    data[i] = level(Math.floor(i / 3) % size, Math.floor(i / (3 * size)), i % 3);
  }
  return { width: size, height: size, data };
}

/** Smooth waves with some noise: something a codec has to work on. */
function texture(size: number, seed: number, grey = false): Image {
  const random = new Random(seed);
  const base = picture(size, (x, y, c) => 128 + 50 * Math.sin(x / 5 + (grey ? 0 : c)) + 40 * Math.cos(y / 7));
  for (let at = 0; at < base.data.length; at += 3) {
    const noise = random.normal(0, 6);
    for (let c = 0; c < 3; c++) base.data[at + c] = Math.round(base.data[at + c]! + noise);
  }
  return base;
}

const dot = (size: number, [x, y]: readonly [number, number]): Image =>
  picture(size, (px, py) => 255 * Math.exp(-((px - x) ** 2 + (py - y) ** 2) / 8));

/** Centre of gravity of the brightness. */
function centre({ data, width }: Image): [number, number] {
  let [sum, sumX, sumY] = [0, 0, 0];
  for (let i = 0; i < data.length; i += 3) {
    sum += data[i]!;
    sumX += data[i]! * ((i / 3) % width);
    sumY += data[i]! * Math.floor(i / 3 / width);
  }
  return [sumX / sum, sumY / sum];
}

const difference = (a: Image, b: Image): number[] =>
  [...a.data].map((value, i) => Math.abs(value - b.data[i]!));
const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((a, b) => a + b, 0) / values.length;

describe('random', () => {
  it('repeats itself for the same seed and stream only', () => {
    const draws = (seed: number, stream: number): number[] => {
      const random = new Random(seed, stream);
      return Array.from({ length: 20 }, () => random.bits());
    };
    expect(draws(7, 1)).toEqual(draws(7, 1));
    expect(draws(7, 1)).not.toEqual(draws(7, 2));
    expect(draws(7, 1)).not.toEqual(draws(8, 1));
  });

  it('draws normal deviates with the asked-for mean and deviation', () => {
    const random = new Random(3);
    const values = Array.from({ length: 20_000 }, () => random.normal(5, 2));
    const average = mean(values);
    expect(average).toBeCloseTo(5, 1);
    expect(Math.sqrt(mean(values.map((value) => (value - average) ** 2)))).toBeCloseTo(2, 1);
  });
});

describe('block codec', () => {
  it('gives what a JPEG codec gives at the same quality', () => {
    const image = texture(SIZE, 1, true);
    for (const quality of [30, 60, 90]) {
      const rgba = new Uint8Array(SIZE * SIZE * 4).map((_, i) =>
        i % 4 === 3 ? 255 : image.data[Math.floor(i / 4) * 3 + (i % 4)]!,
      );
      const coded = jpeg.encode({ data: rgba, width: SIZE, height: SIZE }, quality);
      const reference = jpeg.decode(coded.data, { useTArray: true, formatAsRGBA: false });
      const own = compress(image, { quality, gridX: 0, gridY: 0, deblock: 0 });
      const gap = [...own.data].map((value, i) => Math.abs(value - reference.data[i]!));
      // Both round differently on the way; a wrong table or transform would be off by the quantisation's step.
      expect(mean(gap)).toBeLessThan(0.6);
    }
  });

  it('loses more at lower quality and nothing of a flat picture', () => {
    const image = texture(SIZE, 2);
    const loss = [95, 60, 20].map((quality) =>
      mean(difference(compress(image, { quality, gridX: 3, gridY: 5, deblock: 0 }), image)),
    );
    expect(loss[0]!).toBeLessThan(loss[1]!);
    expect(loss[1]!).toBeLessThan(loss[2]!);
    const flat = picture(33, () => 128);
    expect(
      Math.max(...difference(compress(flat, { quality: 10, gridX: 2, gridY: 1, deblock: 0.5 }), flat)),
    ).toBeLessThan(0.5);
  });

  it('puts the edges of its blocks where the grid is, and smooths them when asked', () => {
    const ramp = picture(SIZE, (x, y) => 60 + 2 * x + y);
    const step = (image: Image, column: number): number =>
      mean(
        Array.from({ length: SIZE }, (_, y) =>
          Math.abs(image.data[(y * SIZE + column) * 3]! - image.data[(y * SIZE + column - 1) * 3]! - 2),
        ),
      );
    const coded = compress(ramp, { quality: 5, gridX: 3, gridY: 0, deblock: 0 });
    const smoothed = compress(ramp, { quality: 5, gridX: 3, gridY: 0, deblock: 0.8 });
    expect(step(coded, 29)).toBeGreaterThan(2 * step(coded, 25));
    expect(step(smoothed, 29)).toBeLessThan(step(coded, 29));
  });
});

describe('filters', () => {
  it('resize keeps a flat picture, the mean and the place of things', () => {
    const flat = picture(40, () => 77);
    expect(
      Math.max(
        ...difference(
          resize(flat, 23, 23),
          picture(23, () => 77),
        ),
      ),
    ).toBeLessThan(1e-3);
    const image = texture(60, 4);
    expect(mean(resize(image, 20, 20).data)).toBeCloseTo(mean(image.data), 0);
    const [x, y] = centre(resize(dot(60, [20, 41]), 30, 30));
    expect(x).toBeCloseTo((20.5 / 60) * 30 - 0.5, 1);
    expect(y).toBeCloseTo((41.5 / 60) * 30 - 0.5, 1);
  });

  it('blurs a dot to the asked-for width and keeps its brightness', () => {
    const source = picture(SIZE, (x, y) => (x === 32 && y === 32 ? 1000 : 0));
    for (const sigma of [0.6, 1.4, 2.5]) {
      const { data } = gaussianBlur(source, sigma);
      const row = Array.from({ length: SIZE }, (_, x) =>
        Array.from({ length: SIZE }, (_, y) => data[(y * SIZE + x) * 3]!).reduce((a, b) => a + b, 0),
      );
      expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1000, 0);
      const variance = row.reduce((sum, value, x) => sum + value * (x - 32) ** 2, 0) / 1000;
      expect(Math.sqrt(variance)).toBeCloseTo(sigma, 1);
    }
  });
});

describe('geometry', () => {
  it('movePoints says where a warp puts things', () => {
    const motion = { rotation: 0.2, scale: 1.2, shiftX: 4, shiftY: -3, flip: true };
    const moved = warp(dot(80, [30, 52]), motionMap(motion, 80, SIZE), SIZE);
    const [x, y] = movePoints([30, 52], motion, 80, SIZE);
    const [foundX, foundY] = centre(moved);
    expect(foundX).toBeCloseTo(x!, 0);
    expect(foundY).toBeCloseTo(y!, 0);
  });

  it('carries the eyes and the mouth of a donor onto the target', () => {
    const motion = { rotation: 0.3, scale: 0.8, shiftX: 5, shiftY: -2, flip: false };
    const target = frontalKeypoints(SIZE);
    const donor = movePoints(target, motion, SIZE, SIZE);
    const own = faceFrame(donor);
    const aim = faceFrame(target);
    for (const [u, v] of [
      [0, 0],
      [0, 1],
      [0.4, 0.5],
    ] as const) {
      const image = dot(SIZE, toPixels(own, u, v));
      const [x, y] = centre(alignDonor({ image, keypoints: donor }, aim, SIZE));
      const [wantedX, wantedY] = toPixels(aim, u, v);
      expect(Math.hypot(x - wantedX, y - wantedY)).toBeLessThan(1);
    }
  });
});

/** A mesh whose every point lies in the middle of the picture, but for some. */
function mesh(points: Readonly<Record<number, readonly [number, number]>>): number[] {
  const landmarks = Array.from({ length: LANDMARK_VALUES }, () => SIZE / 2);
  for (const [point, place] of Object.entries(points)) landmarks.splice(2 * Number(point), 2, ...place);
  return landmarks;
}

/** The canonical face model's numbers of the corners of the mouth, the tip of the nose, and the outline's four ends. */
const [RIGHT_CORNER, LEFT_CORNER, TIP, TOP, CHIN, RIGHT_SIDE, LEFT_SIDE] = [61, 291, 1, 10, 152, 234, 454];
const ENDS = {
  [TOP!]: [32, 10],
  [CHIN!]: [32, 54],
  [RIGHT_SIDE!]: [12, 32],
  [LEFT_SIDE!]: [52, 32],
} as const;

describe('landmarks', () => {
  it('an outline is the hull of its points', () => {
    const points = [TOP!, CHIN!, RIGHT_SIDE!, LEFT_SIDE!, TIP!];
    const outline = outlineOf(mesh(ENDS), { points, scale: 1 });
    const corners = Array.from({ length: 4 }, (_, i) => [outline[2 * i], outline[2 * i + 1]]);
    expect(outline).toHaveLength(8);
    expect(new Set(corners.map(String))).toEqual(new Set(Object.values(ENDS).map(String)));
  });

  it('draw a donor’s features to where the target’s are, as far as asked', () => {
    const keypoints = frontalKeypoints(SIZE);
    const image = dot(SIZE, [32, 32]);
    const donor = { image, keypoints, landmarks: mesh(ENDS) };
    const moved = Array.from(mesh(ENDS), (value, at) => (at % 2 === 0 && value === 32 ? 35 : value));
    const target = faceFrame(keypoints, moved);
    const [near] = centre(alignDonor(donor, target, SIZE, 0.5));
    const [full] = centre(alignDonor(donor, target, SIZE, 1));
    expect(near).toBeCloseTo(33.5, 0);
    expect(full).toBeCloseTo(35, 0);
    // A face in profile is not drawn as one that looks ahead.
    const profile = { ...target, leftWidth: 0.35, rightWidth: 1.2 };
    const [unfitted] = centre(alignDonor(donor, profile, SIZE, 1));
    expect(unfitted).toBeCloseTo(32, 0);
  });

  it('speech moves the mouth and leaves the eyes where they are', () => {
    const mouth = { [RIGHT_CORNER!]: [26, 44], [LEFT_CORNER!]: [38, 44] } as const;
    const own = mesh({ ...ENDS, ...mouth });
    const spoken = mesh({ ...ENDS, [RIGHT_CORNER!]: [26, 48], [LEFT_CORNER!]: [38, 48] });
    const spoke = (at: [number, number]): [number, number] =>
      centre(warp(dot(SIZE, at), IDENTITY, SIZE, speech(own, spoken, SIZE, 1)));
    expect(spoke([26, 44])[1]).toBeGreaterThan(45.5);
    expect(spoke([32, 10])[1]).toBeCloseTo(10, 0);
  });

  it('bound a blend: it ends where the face does', () => {
    const keypoints = frontalKeypoints(SIZE);
    const frame = faceFrame(keypoints, mesh(ENDS));
    const shape = {
      ...randomMaskShape(new Random(3), 'face'),
      softness: 0.01,
      opacity: 1,
      wobble: Array(12).fill(0),
    };
    const points = [TOP!, CHIN!, RIGHT_SIDE!, LEFT_SIDE!];
    const mask = drawMask({ ...shape, outline: { points, scale: 1 } }, frame, SIZE, SIZE);
    const smaller = drawMask({ ...shape, outline: { points, scale: 0.5 } }, frame, SIZE, SIZE);
    const at = (values: Float32Array, x: number, y: number): number => values[y * SIZE + x]!;
    expect([at(mask, 32, 14), at(mask, 16, 32)]).toEqual([1, 1]);
    expect([at(mask, 32, 5), at(mask, 16, 14)]).toEqual([0, 0]);
    expect([at(smaller, 32, 32), at(smaller, 32, 14)]).toEqual([1, 0]);
  });
});

describe('masks', () => {
  const keypoints = frontalKeypoints(SIZE);
  const frame = faceFrame(keypoints);
  const at = (mask: Float32Array, [x, y]: [number, number]): number =>
    mask[Math.round(y) * SIZE + Math.round(x)]!;

  it('are soft, within 0..opacity, and empty in the corners', () => {
    const random = new Random(5);
    for (let round = 0; round < 60; round++) {
      const shape = randomMaskShape(random, random.pick(REGIONS));
      const mask = drawMask(shape, frame, SIZE, SIZE);
      expect(Math.min(...mask)).toBeGreaterThanOrEqual(-1e-4);
      expect(Math.max(...mask)).toBeLessThanOrEqual(shape.opacity + 1e-4);
      expect(Math.max(...mask)).toBeGreaterThan(0.2 * shape.opacity);
      expect(mask[0]).toBeLessThan(0.2);
    }
  });

  it('lie where their names say', () => {
    const average = (region: (typeof REGIONS)[number], u: number, v: number): number => {
      const random = new Random(6);
      return mean(
        Array.from({ length: 20 }, () => {
          const shape = { ...randomMaskShape(random, region), opacity: 1, softness: 0.05 };
          return at(drawMask(shape, frame, SIZE, SIZE), toPixels(frame, u, v));
        }),
      );
    };
    expect(average('face', 0, 0.5)).toBeGreaterThan(0.95);
    expect(average('mouth', 0, 1)).toBeGreaterThan(0.9);
    expect(average('mouth', 0, 0)).toBeLessThan(0.05);
    expect(average('eyes', 0, 0)).toBeGreaterThan(0.9);
    expect(average('eyes', 0, 1)).toBeLessThan(0.05);
    expect(average('nose', 0, 0.5)).toBeGreaterThan(0.9);
    expect(average('nose', 0.6, 0)).toBeLessThan(0.05);
  });
});

describe('changed places', () => {
  it('are those where the pictures differ by more than noise', () => {
    const real = texture(SIZE, 3);
    const fake = picture(SIZE, (x, y, c) => {
      const level = real.data[3 * (y * SIZE + x) + c]!;
      // Places are centred on every 16th pixel, the first on pixel 0.
      return x < 8 && y >= 40 ? level + 20 : x >= 40 && y < 8 ? level + 2.5 : level + 0.5;
    });
    const places = changedPlaces(real, fake, 4);
    expect(places).toHaveLength(16);
    expect(places[12]).toBe(1);
    expect(places[3]).toBeCloseTo(0.5, 5);
    expect(places.filter((value) => value === 0)).toHaveLength(14);
  });
});

describe('pseudo-fakes', () => {
  const face = { image: texture(SIZE, 9), keypoints: frontalKeypoints(SIZE) };

  it('are made in the parts of a face that the recipe names', () => {
    const random = new Random(5);
    const made = Array.from(
      { length: 400 },
      () => randomRecipe(random, faceFrame(face.keypoints), { mouth: 3, eyes: 1, face: 0 }).shape.region,
    );
    expect(new Set(made)).toEqual(new Set(['mouth', 'eyes']));
    const mouths = made.filter((region) => region === 'mouth').length;
    expect(mouths).toBeGreaterThan(240);
    expect(mouths).toBeLessThan(360);
    expect(() => random.weighted({ mouth: 0 })).toThrow(RangeError);
  });

  it('differ from their real where the mask is, and nowhere else', () => {
    const random = new Random(11);
    for (let round = 0; round < 15; round++) {
      const recipe = {
        ...randomRecipe(random, faceFrame(face.keypoints), regions),
        changed: 'inside' as const,
      };
      const mask = drawMask(recipe.shape, faceFrame(face.keypoints), SIZE, SIZE);
      const gap = difference(applyRecipe(face, recipe, random), face.image);
      const outside = gap.filter((_, i) => mask[Math.floor(i / 3)]! < 1e-6);
      expect(outside.length).toBeGreaterThan(0);
      expect(outside.every((value) => value < 0.01)).toBe(true);
    }
    const changed = Array.from({ length: 30 }, () =>
      mean(difference(pseudoFake(face, random, regions), face.image)),
    );
    expect(changed.filter((gap) => gap > 0.3).length).toBeGreaterThan(20);
  });

  it('leave the real as it was and repeat themselves for the same seed', () => {
    const before = face.image.data.slice();
    const first = pseudoFake(face, new Random(13), regions);
    const second = pseudoFake(face, new Random(13), regions);
    expect(first.data).toEqual(second.data);
    expect(face.image.data).toEqual(before);
  });

  it("match a donor's colours to the target's", () => {
    const mask = new Float32Array(SIZE * SIZE).fill(1);
    const donor = picture(SIZE, (x, y, c) => 40 + 20 * c + ((x * 7 + y * 3) % 32));
    matchColour(donor, face.image, mask, 1);
    for (const channel of [0, 1, 2]) {
      const values = (image: Image): number[] => [...image.data].filter((_, i) => i % 3 === channel);
      expect(mean(values(donor))).toBeCloseTo(mean(values(face.image)), 0);
    }
    const half = blend(donor, face.image, mask.fill(0.5));
    expect(half.data[100]).toBeCloseTo((donor.data[100]! + face.image.data[100]!) / 2, 3);
  });
});
