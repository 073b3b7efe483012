import { describe, expect, it } from 'vitest';
import { evidenceOf, HIGHEST, type ScoredFaceTrack } from '../../src/analysis/evidence.ts';

/** A track of frames a second apart with crops of one pixel, and the logits given. */
function track(logits: number[], isKept: (place: number) => boolean = () => true): ScoredFaceTrack {
  return {
    id: 3,
    faceSize: 90,
    frames: logits.map((_, place) => ({ time: place, crop: new Uint8Array(isKept(place) ? 3 : 0) })),
    logits: Float32Array.from(logits),
    features: logits.map((_, place) => Float32Array.of(place)),
  };
}
const shown = (one: ScoredFaceTrack): number[] => evidenceOf([one], 8, 1).map(({ time }) => time);
const flat = (count: number): number[] => Array.from({ length: count }, () => 0);

describe('the crops that are shown of a track', () => {
  it('are all of them when there are few', () => {
    expect(shown(track(flat(15)))).toEqual([...flat(15).keys()]);
  });

  it('are evenly spread when there are many', () => {
    const times = shown(track(flat(96)));
    expect(times.filter((time) => time % 4 === 0)).toHaveLength(24);
    expect(times.length).toBeLessThanOrEqual(24 + HIGHEST);
  });

  it('hold those with the highest scores, wherever they lie, in the order of time', () => {
    const logits = flat(96);
    const highest = [5, 17, 50, 93];
    for (const place of highest) logits[place] = 10 + place;
    const times = shown(track(logits));
    expect(times).toEqual(expect.arrayContaining(highest));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('are only those whose pixels were kept', () => {
    const logits = flat(40);
    logits[7] = 9;
    expect(shown(track(logits, (place) => place % 2 === 0))).not.toContain(7);
  });

  it('come with the sequence that each was judged in, its place there, and the size of the face', () => {
    const [first] = evidenceOf([track(flat(12))], 8, 1);
    expect([...first!.judged.sequence]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(first!.judged.faceSize).toBe(90);
    const places = evidenceOf([track(flat(12))], 8, 1).map(({ judged }) => judged.sequence[judged.step]);
    expect(places).toEqual([...flat(12).keys()]);
  });
});
