import { describe, expect, test } from 'vitest';
import { LiveAnalysis } from '../../src/analysis/live.ts';
import { FORGET_SECONDS, HISTORY_SECONDS, type LiveUpdate } from '../../src/analysis/live-types.ts';
import type { Detector } from '../../src/detector/index.ts';
import type { FaceDetector } from '../../src/faces/face-detector.ts';
import type { Detection, Picture } from '../../src/faces/types.ts';
import { minFrames } from '../../src/verdict/index.ts';
import { face, picture } from './faces-pictures.ts';

const STEP = 1 / 6;
const SEQUENCE = 8;
const WINDOW = 16;
/** Fine stripes: no face of it is too blurred. */
const stripes = (shade: number): Picture =>
  picture(320, 240, (x, y) => shade + ((Math.floor(x / 4) + Math.floor(y / 4)) % 2 === 0 ? 40 : -40));
const scene = stripes(128);
const otherScene = picture(320, 240, (x, y) => (x + y < 280 ? 30 : 220));

/** Answers with the logit that it is told, and keeps the lengths of the sequences that it was given. */
function fakeDetector() {
  const state = { logit: -3, sequences: [] as number[], crops: 0 };
  const detector = {
    manifest: {
      config: { sequenceLength: SEQUENCE },
      sampling: { framesPerSecond: 6, framesPerSegment: WINDOW, maxSegments: 4 },
      preprocessing: { crop: { size: 16, margin: 1.2 } },
      calibration: { kind: 'platt', a: 1, b: 0 },
      operatingPoints: { strong: { threshold: 0.9 }, some: { threshold: 0.6 } },
    },
    features(crops: readonly Uint8Array[]) {
      state.crops += crops.length;
      return Promise.resolve(Float32Array.from(crops.flatMap(() => [state.logit, 1])));
    },
    /** The features' first number, so that a crop keeps the logit that held when it came. */
    logits(features: Float32Array) {
      state.sequences.push(features.length / 2);
      return Promise.resolve(features.filter((_, i) => i % 2 === 0));
    },
  } as unknown as Detector;
  return { detector, state };
}

/** A live check whose pictures show the faces that they are given. */
function liveCheck() {
  const { detector, state } = fakeDetector();
  let shown: Detection[] = [];
  const faces: FaceDetector = { detect: () => shown, follow: () => shown, close: () => undefined };
  const analysis = new LiveAnalysis(detector, faces);
  let time = 0;
  let update: LiveUpdate | undefined;
  return {
    state,
    facts: analysis.facts,
    /** Looks at so many pictures, `step` seconds apart. */
    async look(count: number, faces: Detection[], step = STEP, seen = scene): Promise<LiveUpdate> {
      shown = faces;
      for (let i = 0; i < count; i++) {
        update = await analysis.push({ ...seen, time });
        time += step;
      }
      return update!;
    },
  };
}

const near = face(90, 110, 80);
const far = face(240, 110, 70);

describe('the rolling verdict of a face', () => {
  test('cannot tell, for lack of time, until it was in view for as many pictures as a file needs', async () => {
    const { look } = liveCheck();
    const [early] = (await look(minFrames(6) - 1, [near])).people;
    expect(early!.judged).toMatchObject({ outcome: 'cannot-tell', reasons: ['too_short'] });
    expect(early!.history).toEqual([]);
    const [enough] = (await look(1, [near])).people;
    expect(enough!.judged).toMatchObject({ outcome: 'none', reasons: [] });
    expect(enough!.history).toHaveLength(1);
  });

  test('rests on the newest crops only, in sequences no longer than in training', async () => {
    const { look, state, facts } = liveCheck();
    expect(facts).toEqual({
      framesPerSecond: 6,
      windowFrames: WINDOW,
      operatingPoints: { strong: 0.9, some: 0.6 },
    });
    const [person] = (await look(40, [near])).people;
    expect(person!.frames).toBe(WINDOW);
    expect(state.sequences.slice(-2)).toEqual([SEQUENCE, SEQUENCE]);
    expect(Math.max(...state.sequences)).toBe(SEQUENCE);
    expect(state.crops).toBe(40); // the trunk looks at every crop once
  });

  test('changes with what is seen, by the operating points, and forgets what was before', async () => {
    const { look, state } = liveCheck();
    const outcomes: string[] = [];
    await look(WINDOW, [near]);
    state.logit = 3;
    for (let i = 0; i < WINDOW; i++) outcomes.push((await look(1, [near])).people[0]!.judged.outcome);
    expect(outcomes[0]).toBe('none');
    expect(new Set(outcomes)).toEqual(new Set(['none', 'some', 'strong']));
    expect(outcomes[WINDOW - 1]).toBe('strong');
    state.logit = -3;
    const [after] = (await look(WINDOW, [near])).people;
    expect(after!.judged.score).toBeCloseTo(1 / (1 + Math.exp(3)), 5);
    expect(after!.judged.outcome).toBe('none');
  });

  test('cannot tell of a face that is too small, or blurred', async () => {
    const small = await liveCheck().look(8, [face(90, 110, 20)]);
    expect(small.people[0]!.judged.reasons).toEqual(['face_too_small']);
    const flat = await liveCheck().look(
      8,
      [near],
      STEP,
      picture(320, 240, () => 128),
    );
    expect(flat.people[0]!.judged.reasons).toEqual(['too_blurred']);
  });

  test('on a slow device, or after a standstill, does not rest on crops that are long past', async () => {
    const { look } = liveCheck();
    const [slow] = (await look(30, [near], 1)).people;
    // 16 pictures at 6 per second are 2.7 s; three times that is 8 s.
    expect(slow!.frames).toBe(9);
    const stalled = liveCheck();
    await stalled.look(WINDOW - 1, [near]);
    await stalled.look(1, [near], 60);
    const [after] = (await stalled.look(1, [near])).people;
    expect(after).toMatchObject({ id: 0, frames: 1, judged: { reasons: ['too_short'] } });
  });

  test('keeps scores for half a minute', async () => {
    const [person] = (await liveCheck().look(6 * 35, [near])).people;
    const span = person!.history[person!.history.length - 1]!.time - person!.history[0]!.time;
    expect(span).toBeLessThanOrEqual(HISTORY_SECONDS);
    expect(span).toBeGreaterThan(HISTORY_SECONDS - 2 * STEP);
  });
});

describe('several faces', () => {
  test('have windows of their own and keep their names', async () => {
    const { look } = liveCheck();
    await look(6, [near]);
    const { people } = await look(6, [far, near]);
    expect(people.map(({ id, frames }) => [id, frames])).toEqual([
      [0, 12],
      [1, 6],
    ]);
    expect(people[1]!.box).toEqual([far.box.x, far.box.y, far.box.width, far.box.height]);
  });

  test('a face that is gone stays for the stated time, out of view, then is forgotten', async () => {
    const { look } = liveCheck();
    await look(10, [near, far]);
    const gone = (await look(4, [near])).people;
    expect(gone.map(({ id, inView }) => [id, inView])).toEqual([
      [0, true],
      [1, false],
    ]);
    const pictures = Math.ceil(FORGET_SECONDS / STEP);
    const later = (await look(pictures, [near])).people;
    expect(later.map(({ id }) => id)).toEqual([0]);
    // Whoever comes now, to the same place, is somebody else.
    const next = (await look(6, [near, far])).people;
    expect(next.map(({ id, frames }) => [id, frames])).toEqual([
      [0, WINDOW],
      [2, 6],
    ]);
  });

  test('a cut begins anew: no window holds two shots', async () => {
    const { look } = liveCheck();
    await look(10, [near]);
    const { people } = await look(3, [near], STEP, otherScene);
    expect(people.map(({ id, inView, frames }) => [id, inView, frames])).toEqual([
      [0, false, 10],
      [1, true, 3],
    ]);
  });

  test('a find of one picture is nobody', async () => {
    const { look } = liveCheck();
    expect((await look(1, [near])).people).toEqual([]);
    await look(6, []);
    const { people } = await look(2, [far]);
    expect(people.map(({ id }) => id)).toEqual([0]);
  });

  test('however often shots change, few are kept', async () => {
    const { look } = liveCheck();
    let most = 0;
    for (let i = 0; i < 40; i++) {
      const { people } = await look(2, [near, far], 0.01, i % 2 === 0 ? scene : otherScene);
      most = Math.max(most, people.length);
    }
    expect(most).toBe(12);
  });
});
