/** How far records of the same file agree, that were made in different ways or twice in the same way. */
import { compareRecords } from '../src/share/compare.ts';
import type { VerdictRecord } from '../src/verdict/index.ts';

/** The whole record as it is written, without the time of day. */
export function bytesOf(record: VerdictRecord): string {
  return JSON.stringify({ ...record, createdAt: null });
}

/** What was found over all clips so far. */
export interface Agreement {
  clips: number;
  /** Clips with the same outcome. */
  outcomes: number;
  /** Clips with the same number of faces, each seen at the same moments. */
  tracks: number;
  /** Clips whose records the app would call a repetition of each other. */
  repeated: number;
  /** Largest difference of two scores of a video, 0..1; one where only one of them has a score. */
  score: number;
  /** Largest difference of two scores of a frame, 0..1, in clips with the same tracks. */
  frame: number;
}

export const nothingCompared = (): Agreement => ({
  ...{ clips: 0, outcomes: 0, tracks: 0, repeated: 0 },
  ...{ score: 0, frame: 0 },
});

export function add(found: Agreement, a: VerdictRecord, b: VerdictRecord): Agreement {
  const same = JSON.stringify(moments(a)) === JSON.stringify(moments(b));
  return {
    clips: found.clips + 1,
    outcomes: found.outcomes + Number(a.verdict.outcome === b.verdict.outcome),
    tracks: found.tracks + Number(same),
    repeated: found.repeated + Number(compareRecords(a, b).kind === 'repeated'),
    score: Math.max(found.score, apart(a.verdict.score, b.verdict.score)),
    frame: same ? Math.max(found.frame, ...frameDifferences(a, b)) : found.frame,
  };
}

function apart(a: number | null, b: number | null): number {
  if (a === null || b === null) return a === b ? 0 : 1;
  return Math.abs(a - b);
}

/** Times of every track's frames, in milliseconds: decoders round what a file says in their own ways. */
const moments = ({ tracks }: VerdictRecord): number[][] =>
  tracks.map(({ frames }) => frames.map(({ time }) => Math.round(time * 1000)));

const frameDifferences = (a: VerdictRecord, b: VerdictRecord): number[] =>
  a.tracks.flatMap(({ frames }, track) =>
    frames.map(({ score }, i) => Math.abs(score - b.tracks[track]!.frames[i]!.score)),
  );

/** In words. */
export const describeAgreement = ({ outcomes, clips, tracks, score, frame }: Agreement): string =>
  `${outcomes} of ${clips} outcomes the same, ${tracks} with the same faces at the same moments; ` +
  `scores of videos differ by ${figure(score)} at most, of frames by ${figure(frame)}`;

export function figure(difference: number): string {
  return difference === 0 ? '0' : difference.toExponential(1);
}
