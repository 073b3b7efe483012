import { describe, expect, test } from 'vitest';
import { turnBack, TurnFinder, turnPicture, type Turn } from '../../src/faces/upright.ts';
import type { Detection, Picture } from '../../src/faces/types.ts';
import { face } from './faces-pictures.ts';

/** Every pixel has a value of its own. */
function numbered(width: number, height: number): Picture {
  const pixels = Uint32Array.from({ length: width * height }, (_, i) => i);
  return { width, height, data: new Uint8ClampedArray(pixels.buffer) };
}
const pixels = ({ data }: Picture): number[] => [...new Uint32Array(data.buffer)];

describe('a picture', () => {
  test('is turned clockwise', () => {
    // 0 1 2
    // 3 4 5
    const picture = numbered(3, 2);
    expect(turnPicture(picture, 0)).toBe(picture);
    expect([turnPicture(picture, 90), pixels(turnPicture(picture, 90))]).toMatchObject([
      { width: 2, height: 3 },
      [3, 0, 4, 1, 5, 2],
    ]);
    expect([turnPicture(picture, 180), pixels(turnPicture(picture, 180))]).toMatchObject([
      { width: 3, height: 2 },
      [5, 4, 3, 2, 1, 0],
    ]);
    expect([turnPicture(picture, 270), pixels(turnPicture(picture, 270))]).toMatchObject([
      { width: 2, height: 3 },
      [2, 5, 1, 4, 0, 3],
    ]);
  });

  test.each([0, 90, 180, 270] as const)(
    'has its boxes where they were before it was turned by %d',
    (turn) => {
      const box = { x: 1, y: 2, width: 3, height: 4 };
      const picture = numbered(10, 8);
      for (let i = 0; i < picture.width * picture.height; i++) {
        const [x, y] = [i % 10, Math.floor(i / 10)];
        const inside = x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;
        new Uint32Array(picture.data.buffer)[i] = Number(inside);
      }
      const turned = turnPicture(picture, turn);
      const marked = pixels(turned).flatMap((value, i) =>
        value === 1 ? [{ x: i % turned.width, y: Math.floor(i / turned.width) }] : [],
      );
      const [left, top] = [Math.min(...marked.map(({ x }) => x)), Math.min(...marked.map(({ y }) => y))];
      const [right, bottom] = [Math.max(...marked.map(({ x }) => x)), Math.max(...marked.map(({ y }) => y))];
      const found = { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
      expect(turnBack(found, turn, turned)).toEqual(box);
    },
  );
});

/** What a detector says of the pictures in turn, by how much they are turned: how sure it is; a head leans by `lean` degrees. */
function turnOf(
  looks: readonly Partial<Record<Turn, number>>[],
  lean = 0,
  size = 60,
): { turn: Turn | undefined; atEnd: Turn | undefined; searched: Turn[] } {
  const picture = numbered(3, 2);
  const turns = new Map(
    ([0, 90, 180, 270] as const).map((turn) => [pixels(turnPicture(picture, turn)).join(), turn]),
  );
  const searched: Turn[] = [];
  let look: Partial<Record<Turn, number>> = {};
  const finder = new TurnFinder({
    detect: (seen): Detection[] => {
      const turn = turns.get(pixels(seen).join())!;
      searched.push(turn);
      const score = look[turn];
      if (score === undefined) return [];
      const { keypoints, ...found } = face(100, 100, size);
      const leftEye = {
        x: keypoints.rightEye.x + 20 * Math.cos((lean * Math.PI) / 180),
        y: keypoints.rightEye.y + 20 * Math.sin((lean * Math.PI) / 180),
      };
      return [{ ...found, keypoints: { ...keypoints, leftEye }, score }];
    },
  });
  for (look of looks) finder.look(picture);
  return { turn: finder.turn(), atEnd: finder.turn(true), searched };
}

describe('which way up pictures are', () => {
  type Look = Partial<Record<Turn, number>>;
  const times = (count: number, look: Look): Look[] => Array.from({ length: count }, () => look);

  test('is told by three with a face, where that is surest in the picture as it is', () => {
    expect(turnOf([{ 0: 0.9 }, {}, { 0: 0.9 }]).turn).toBe(undefined);
    expect(turnOf([{ 0: 0.9 }, {}, { 0: 0.9 }, { 0: 0.8 }]).turn).toBe(0);
    expect(turnOf(times(3, { 0: 0.86, 180: 0.9 })).turn).toBe(0);
  });

  test('is told by eight where turned ones show it more surely, by a clear lead', () => {
    expect(turnOf(times(7, { 0: 0.7, 180: 0.9 })).turn).toBe(undefined);
    expect(turnOf(times(8, { 0: 0.7, 180: 0.9 })).turn).toBe(180);
    expect(turnOf(times(8, { 90: 0.9, 270: 0.6 })).turn).toBe(90);
    expect(turnOf(times(8, { 0: 0.6, 90: 0.7, 270: 0.9 }), 30).turn).toBe(270);
  });

  test('is told by fewer where there are no more', () => {
    expect(turnOf(times(5, { 180: 0.9 })).atEnd).toBe(180);
    expect(turnOf(times(2, { 180: 0.9 })).atEnd).toBe(undefined);
  });

  test('is not told by a find that is unsure, or in some pictures only', () => {
    expect(turnOf(times(3, { 180: 0.5 })).turn).toBe(0);
    expect(turnOf([{ 0: 0.7 }, { 180: 0.95 }, { 0: 0.7 }]).turn).toBe(0);
    expect(turnOf([...times(3, { 0: 0.6, 180: 0.9 }), ...times(4, { 0: 0.9 })]).turn).toBe(0);
  });

  test('is not told by what is too small to be judged', () => {
    expect(turnOf(times(8, { 180: 0.9 }), 0, 20).turn).toBe(undefined);
  });

  test('of a head that is upright costs one more search, for it may stand on it', () => {
    expect(turnOf([{ 0: 0.9 }]).searched).toEqual([0, 180]);
    expect(turnOf([{ 0: 0.9 }], 30).searched).toEqual([0, 90, 180, 270]);
  });

  test('is not looked for without end where there are no faces', () => {
    expect(turnOf(times(11, {})).turn).toBe(undefined);
    expect(turnOf(times(12, {})).turn).toBe(0);
  });
});
