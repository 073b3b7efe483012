import { describe, expect, it } from 'vitest';
import { sequenceBounds, sequencesOf } from '../../src/analysis/crop-scorer.ts';
import {
  DEFAULT_SAMPLING,
  everyFrame,
  partOf,
  planSegments,
  startAtKeyFrames,
  wholeSeconds,
} from '../../src/analysis/sampling.ts';

const { framesPerSecond, framesPerSegment, maxSegments } = DEFAULT_SAMPLING;

describe('planSegments', () => {
  it('walks a short video from start to end in one run', () => {
    const [times, ...more] = planSegments({ start: 1.5, duration: 4 }, DEFAULT_SAMPLING);
    expect(more).toEqual([]);
    expect(times).toHaveLength(4 * framesPerSecond);
    expect(times![0]).toBe(1.5);
    expect(times!.at(-1)).toBeLessThan(1.5 + 4);
  });

  it('does no more work for an hour than for a minute', () => {
    const count = (duration: number): number =>
      planSegments({ start: 0, duration }, DEFAULT_SAMPLING).flat().length;
    expect(count(3600)).toBe(count(60));
    expect(count(3600)).toBe(framesPerSegment * maxSegments);
  });

  it('spreads the runs over the whole of a long video, in order and without overlap', () => {
    const runs = planSegments({ start: 0, duration: 600 }, DEFAULT_SAMPLING);
    expect(runs).toHaveLength(maxSegments);
    const flat = runs.flat();
    expect([...flat].sort((a, b) => a - b)).toEqual(flat);
    for (const [index, times] of runs.entries()) {
      expect(times[0]).toBeGreaterThan((600 / maxSegments) * index);
      expect(times.at(-1)).toBeLessThan((600 / maxSegments) * (index + 1));
    }
  });

  it('counts the frames that an ordinary length has room for, whole or not', () => {
    const planned = (duration: number): number =>
      planSegments({ start: 0, duration }, DEFAULT_SAMPLING)[0]!.length;
    // Lengths in whole frames of the usual rates, and in milliseconds, up to those of which all is looked at.
    for (const [per, ticks] of [
      [24, 1],
      [25, 1],
      [30, 1],
      [50, 1],
      [60, 1],
      [24_000, 1001],
      [30_000, 1001],
      [60_000, 1001],
      [1000, 1],
    ] as const)
      for (let frames = Math.ceil(per / ticks / framesPerSecond); (frames * ticks) / per < 10.8; frames++)
        expect(planned((frames * ticks) / per)).toBe(Math.floor((framesPerSecond * frames * ticks) / per));
  });

  it('does not lose a frame to the last digits of a length', () => {
    const planned = (duration: number): number =>
      planSegments({ start: 0, duration }, DEFAULT_SAMPLING)[0]!.length;
    expect([planned(3.9999999999999996), planned(0.9999996666666666), planned(3.999), planned(4)]).toEqual([
      24, 6, 23, 24,
    ]);
  });

  it('looks at one frame at least', () => {
    expect(planSegments({ start: 0, duration: 0.01 }, DEFAULT_SAMPLING)).toEqual([[0]]);
  });
});

describe('startAtKeyFrames', () => {
  const runs = planSegments({ start: 0, duration: 600 }, DEFAULT_SAMPLING);
  const starts = (keys: (number | undefined)[], from = 0): number[] =>
    startAtKeyFrames(runs, keys, from).map(([first]) => first!);
  const planned = runs.map(([first]) => first!);

  it('moves each run back to its key frame, as long as it was', () => {
    const keys = planned.map((time) => time - 4.5);
    const moved = startAtKeyFrames(runs, keys, 0);
    expect(moved.map(([first]) => first)).toEqual(keys);
    for (const [index, times] of moved.entries()) {
      expect(times).toHaveLength(framesPerSegment);
      expect(times.at(-1)! - times[0]!).toBeCloseTo(runs[index]!.at(-1)! - runs[index]![0]!);
    }
  });

  it('leaves a run where it is when nobody knows its key frame, or it is there already', () => {
    expect(starts(planned.map(() => undefined))).toEqual(planned);
    expect(starts(planned)).toEqual(planned);
  });

  it('moves none into the run before it, nor out of the part that is looked at', () => {
    expect(starts(planned.map(() => 1))).toEqual([1, ...planned.slice(1)]);
    expect(
      starts(
        planned.map(() => 1),
        50,
      ),
    ).toEqual(planned);
  });
});

describe('a part of a video', () => {
  const video = { start: 5, duration: 600 };

  it('is the whole where none is asked for', () => {
    expect(partOf(video, undefined)).toEqual(video);
  });

  it('is walked from start to end when it is no longer than the runs of a long video together', () => {
    const part = { start: 100, end: 100 + wholeSeconds(DEFAULT_SAMPLING) };
    const runs = planSegments(partOf(video, part), DEFAULT_SAMPLING);
    expect(runs).toHaveLength(1);
    expect(runs[0]).toHaveLength(framesPerSegment * maxSegments);
    expect(runs[0]![0]).toBe(105);
    expect(runs[0]!.at(-1)).toBeLessThan(105 + wholeSeconds(DEFAULT_SAMPLING));
  });

  it.each([0, 5, 30001.4])('counts from the start of the video, which is at %d s in the file', (start) => {
    const part = partOf({ start, duration: 600 }, { start: 590, end: 600 });
    expect(part.start).toBeCloseTo(start + 590, 6);
    expect(part.duration).toBeCloseTo(10, 6);
  });

  it('is cut to the video', () => {
    expect(partOf(video, { start: -5, end: 10 })).toEqual({ start: 5, duration: 10 });
    expect(partOf(video, { start: 590, end: 1e9 })).toEqual({ start: 595, duration: 10 });
    expect(partOf(video, { start: 700, end: 800 })).toEqual({ start: 605, duration: 0 });
    expect(planSegments(partOf(video, { start: 700, end: 800 }), DEFAULT_SAMPLING)).toEqual([[605]]);
  });
});

describe('sequenceBounds', () => {
  it('covers all frames once, in parts of about equal length', () => {
    const bounds = sequenceBounds(37, 16);
    expect(bounds[0]![0]).toBe(0);
    expect(bounds.at(-1)![1]).toBe(37);
    bounds.slice(1).forEach(([start], i) => expect(start).toBe(bounds[i]![1]));
    expect(
      Math.max(...bounds.map(([a, b]) => b - a)) - Math.min(...bounds.map(([a, b]) => b - a)),
    ).toBeLessThanOrEqual(1);
  });
  it('has nothing to do for nothing', () => {
    expect(sequenceBounds(0, 16)).toEqual([]);
  });
});

describe('every frame', () => {
  it('is asked for once, from start to end', () => {
    const sampling = everyFrame(25, DEFAULT_SAMPLING);
    const runs = planSegments({ start: 0, duration: 10 }, sampling);
    expect(runs).toHaveLength(1);
    expect(runs[0]).toHaveLength(250);
  });

  it('is asked for to the last one, whatever becomes of their number in fractions', () => {
    for (const rate of [24_000 / 1001, 25, 30_000 / 1001, 30, 60_000 / 1001])
      for (let frames = 20; frames < 2000; frames += 7) {
        const [run] = planSegments(
          { start: 0, duration: frames / rate },
          everyFrame(rate, DEFAULT_SAMPLING),
          0.5,
        );
        expect(run).toHaveLength(frames);
      }
  });

  it('of more than ten minutes is asked for in as many runs as otherwise', () => {
    const sampling = everyFrame(25, DEFAULT_SAMPLING);
    expect(wholeSeconds(sampling)).toBe(600);
    const runs = planSegments({ start: 0, duration: 3600 }, sampling);
    expect(runs.map(({ length }) => length)).toEqual(
      Array.from({ length: maxSegments }, () => 15_000 / maxSegments),
    );
  });

  it('is bounded where a file claims absurd rates, and never fewer than the network needs', () => {
    expect(everyFrame(1e6, DEFAULT_SAMPLING).framesPerSecond).toBe(60);
    expect(everyFrame(0, DEFAULT_SAMPLING).framesPerSecond).toBe(framesPerSecond);
  });
});

describe('sequencesOf', () => {
  it('gives the network frames at its own rate, each frame in one sequence', () => {
    const sequences = sequencesOf(23, 4, 3);
    for (const places of sequences) {
      expect(places.length).toBeLessThanOrEqual(4);
      places.slice(1).forEach((place, i) => expect(place - places[i]!).toBe(3));
    }
    expect(sequences.flat().sort((a, b) => a - b)).toEqual([...Array(23).keys()]);
  });

  it('is one sequence after the other where no frame is added', () => {
    expect(sequencesOf(5, 4, 1)).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
    expect(sequencesOf(2, 4, 3)).toEqual([[0], [1]]);
    expect(sequencesOf(0, 4, 3)).toEqual([]);
  });
});
