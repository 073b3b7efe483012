import { expect, test } from 'vitest';
import { UprightPictures } from '../../src/analysis/upright-pictures.ts';
import type { FaceDetector, Picture } from '../../src/faces/index.ts';
import { turnPicture } from '../../src/faces/index.ts';
import type { Frame } from '../../src/media/index.ts';
import { face } from './faces-pictures.ts';

/** Two pixels, the second brighter: turned by 180 degrees the first is. */
const UPRIGHT: Picture = { width: 2, height: 1, data: Uint8ClampedArray.of(0, 0, 0, 255, 9, 9, 9, 255) };
const isUpright = ({ data }: Picture): boolean => data[0] === 0;
/** Sees an upright face in upright pictures; in dark ones none. */
const faces = {
  detect: (picture: Picture) => (isUpright(picture) && picture.data[4] === 9 ? [face(100, 100, 60)] : []),
} as unknown as FaceDetector;

const shown = (picture: Picture, count: number): Frame[] =>
  Array.from({ length: count }, (_, time) => ({ ...picture, time }));
const upsideDown = turnPicture(UPRIGHT, 180);
const empty: Picture = { ...UPRIGHT, data: new Uint8ClampedArray(8) };

async function* given(frames: readonly Frame[]): AsyncGenerator<Frame> {
  yield* frames;
}

/** Which of the pictures of each run come out upright, in the order of their frames. */
async function ways(...runs: Frame[][]): Promise<{ upright: boolean[][]; turn: number }> {
  const pictures = new UprightPictures(faces, 'full');
  const upright: boolean[][] = [];
  for (const [index, run] of runs.entries()) {
    const times: number[] = [];
    upright.push([]);
    for await (const { frame, picture } of pictures.of(given(run), index === runs.length - 1)) {
      times.push(frame.time);
      upright[index]!.push(isUpright(picture));
    }
    expect(times).toEqual(run.map(({ time }) => time));
  }
  return { upright, turn: pictures.turn };
}

const all = (count: number, way: boolean): boolean[] => Array.from({ length: count }, () => way);

test('upright pictures are handed out as they are', async () => {
  expect(await ways(shown(UPRIGHT, 5))).toEqual({ upright: [all(5, true)], turn: 0 });
});

test('pictures that are upside down are turned from the first one on', async () => {
  expect(await ways(shown(upsideDown, 20), shown(upsideDown, 3))).toEqual({
    upright: [all(20, true), all(3, true)],
    turn: 180,
  });
});

test('a few pictures are enough where there are no more', async () => {
  expect((await ways(shown(upsideDown, 4))).turn).toBe(180);
  expect((await ways(shown(upsideDown, 4), shown(UPRIGHT, 9))).upright).toEqual([
    all(4, false),
    all(9, true),
  ]);
});

test('pictures without a face before them wait as well, up to a bound', async () => {
  const late = [...shown(empty, 6), ...shown(upsideDown, 10)].map((frame, time) => ({ ...frame, time }));
  expect((await ways(late)).upright[0]!.slice(6)).toEqual(all(10, true));
  const without = shown(empty, 40);
  expect((await ways(without)).turn).toBe(0);
});
