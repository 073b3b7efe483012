import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { add, bytesOf, nothingCompared } from '../../scripts/agreement.ts';
import type { Pipeline } from '../../scripts/pipeline.ts';
import { openWay, OTHERS, USUAL } from '../../scripts/ways.ts';
import { SCORE_TOLERANCE } from '../../src/share/compare.ts';
import type { VerdictRecord } from '../../src/verdict/index.ts';
import { clip } from './built-app.ts';

const analyze = async (pipeline: Pipeline, options = {}): Promise<VerdictRecord> =>
  (await pipeline.analyze(clip('face.mp4'), options)).record;

/** Real clips are measured by `npm run -s determinism -- --root DIR`; see docs/reliability.md. */
describe('the same clip', () => {
  let usual: VerdictRecord;
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await openWay(USUAL);
    usual = await analyze(pipeline);
  });
  afterAll(() => pipeline.close());

  it('is judged, by what the record names', () => {
    expect(usual.verdict.score).not.toBeNull();
    expect(usual.tracks.flatMap(({ frames }) => frames).length).toBeGreaterThan(1);
    expect(USUAL.gone(usual.runtime)).toBe(true);
  });

  it('gives the same record again, byte for byte, in the same page', async () => {
    expect(bytesOf(await analyze(pipeline))).toBe(bytesOf(usual));
  });

  it('and in another browser', async () => {
    const another = await openWay(USUAL);
    try {
      expect(bytesOf(await analyze(another))).toBe(bytesOf(usual));
    } finally {
      await another.close();
    }
  });

  // In JavaScript alone the clip takes most of a minute: `npm run -s determinism` tries it, and the browser's tests of the detector hold
  // its numbers against the other backends'.
  it.each(OTHERS.filter(({ slow, options }) => slow !== true && options.backend !== 'cpu'))(
    'gives nearly the same scores for the same faces by: $name',
    async (way) => {
      const other = await openWay(way);
      try {
        const record = await analyze(other, way.options);
        // Named in the record, or the same way would be compared with itself.
        expect(way.gone(record.runtime)).toBe(true);
        expect(way.gone(usual.runtime)).toBe(false);
        const { score, ...counts } = add(nothingCompared(), usual, record);
        expect(counts).toMatchObject({ clips: 1, outcomes: 1, tracks: 1, repeated: 1 });
        expect(score).toBeLessThan(SCORE_TOLERANCE);
      } finally {
        await other.close();
      }
    },
  );
});
