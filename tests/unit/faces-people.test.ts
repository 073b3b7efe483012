import { describe, expect, it } from 'vitest';
import { numberPeople } from '../../src/faces/people.ts';
import type { Track, TrackFrame } from '../../src/faces/types.ts';
import { random } from './faces-pictures.ts';

const SIZE = 24;

/** A face that is a smooth pattern of its own, as a run of crops with some noise, brighter or darker by `light`. */
function run(
  person: number,
  start: number,
  { noise = 8, light = 0, frames = 6 } = {},
): Pick<Track, 'frames'> {
  const next = random(1 + person * 100 + Math.round(start * 10));
  const crop = (): Uint8Array =>
    Uint8Array.from({ length: 3 * SIZE * SIZE }, (_, i) => {
      const [x, y, channel] = [Math.floor(i / 3) % SIZE, Math.floor(i / 3 / SIZE), i % 3];
      const pattern = Math.sin((x * (person + 1)) / 7 + channel) + Math.cos((y * (person + 2)) / 9 - person);
      return Math.min(255, Math.max(0, 128 + light + 40 * pattern + noise * (next() - 0.5)));
    });
  return {
    frames: Array.from({ length: frames }, (_, i) => ({ time: start + i / 6, crop: crop() }) as TrackFrame),
  };
}

describe('numbering people', () => {
  it('knows one person again in later runs, in somewhat other light', () => {
    expect(numberPeople([run(0, 0), run(0, 10), run(0, 20, { light: 25 })])).toEqual([0, 0, 0]);
  });

  it('keeps people apart, and numbers them in the order of their tracks', () => {
    expect(numberPeople([run(3, 0), run(1, 0), run(1, 10), run(3, 10), run(5, 20)])).toEqual([0, 1, 1, 0, 2]);
  });

  it('never joins two faces that are in view at one time', () => {
    expect(numberPeople([run(2, 0), run(2, 0.5)])).toEqual([0, 1]);
    expect(numberPeople([run(2, 0), run(2, 0.5), run(2, 10)])).toEqual([0, 1, expect.any(Number)]);
  });

  it('does not depend on how long the runs are', () => {
    expect(numberPeople([run(4, 0, { frames: 1 }), run(4, 10, { frames: 40 })])).toEqual([0, 0]);
  });

  it('looks at crops that stay only, whichever of the others are gone by now', () => {
    const [first, second] = [run(2, 0), run(6, 10)];
    const kept = new Set([first.frames[0], second.frames[0]]);
    const isKept = (frame: TrackFrame): boolean => kept.has(frame);
    for (const frame of second.frames.slice(1)) frame.crop = first.frames[1]!.crop;
    expect(numberPeople([first, second])).toEqual([0, 0]);
    expect(numberPeople([first, second], isKept)).toEqual([0, 1]);
    for (const frame of [...first.frames.slice(1), ...second.frames.slice(1)]) frame.crop = new Uint8Array();
    expect(numberPeople([first, second], isKept)).toEqual([0, 1]);
  });

  it('joins no faces that show nothing', () => {
    const blank = (start: number): Pick<Track, 'frames'> => ({
      frames: [{ time: start, crop: new Uint8Array(3 * SIZE * SIZE).fill(90) } as TrackFrame],
    });
    expect(numberPeople([blank(0), blank(10)])).toEqual([0, 1]);
    expect(numberPeople([])).toEqual([]);
  });
});
