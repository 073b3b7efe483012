import { expect, test } from 'vitest';
import { FaceFinder } from '../../src/faces/face-finder.ts';
import type { FaceDetector } from '../../src/faces/face-detector.ts';
import type { Detection, Picture } from '../../src/faces/types.ts';

const picture = {} as Picture;
const face = (x: number): Detection => ({ box: { x, y: 0, width: 9, height: 9 } }) as Detection;

/** Answers from two lists and writes down what was asked. */
function scripted(searches: Detection[][], looks: (Detection[] | null)[]) {
  const asked: string[] = [];
  const detector: FaceDetector = {
    detect: (_, quick) => (asked.push(quick ? 'quick' : 'search'), searches.shift()!),
    follow: (_, before) => (asked.push(`look at ${before.map(({ box }) => box.x).join()}`), looks.shift()!),
    close: () => undefined,
  };
  return { asked, finder: new FaceFinder(detector) };
}

test('faces are followed by a close look, and the whole is searched in every fourth picture', () => {
  const { asked, finder } = scripted(
    [[face(1)], [face(4), face(50)]],
    [[face(2)], [face(3)], [face(4)], [face(5), face(51)]],
  );
  const found = Array.from({ length: 6 }, () => finder.find(picture).map(({ box }) => box.x));
  expect(asked).toEqual(['search', 'look at 1', 'look at 2', 'look at 3', 'search', 'look at 4,50']);
  expect(found).toEqual([[1], [2], [3], [4], [4, 50], [5, 51]]);
});

test('a lost face leads to a search of the whole', () => {
  const { asked, finder } = scripted([[face(1)], [face(9)]], [null]);
  for (let i = 0; i < 2; i++) finder.find(picture);
  expect(asked).toEqual(['search', 'look at 1', 'search']);
});

test('while there is no face, every third search is a thorough one', () => {
  const { asked, finder } = scripted([[], [], [], [], [face(1)], [], []], [null, null]);
  for (let i = 0; i < 6; i++) finder.find(picture);
  // The face is lost at once, and a thorough search comes first again.
  expect(asked).toEqual(['search', 'quick', 'quick', 'search', 'quick', 'look at 1', 'search']);
});
