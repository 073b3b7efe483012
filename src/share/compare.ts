import { SAYS_NOTHING, type VerdictRecord } from '../verdict/index.ts';

/** What may differ between a claim and a repetition, from cause to effect. */
const DIFFERENCES = [
  'app',
  'model',
  'sampling',
  'decoder',
  'backend',
  'outcome',
  'reasons',
  'score',
] as const;
export type Difference = (typeof DIFFERENCES)[number];

export type Comparison =
  /** The file is not the one that the claim speaks of. */
  | { kind: 'another-file' }
  /** Another part of the video, another half, or every frame in place of some: neither has to find what the other did. */
  | { kind: 'another-look' }
  /** Nobody can say: a fingerprint is missing, or one of the two checks ended before anything was known of the file. */
  | { kind: 'not-compared' }
  /** The same outcome, for the same reasons, from the same file; `differences` lists what else was not the same. */
  | { kind: 'repeated'; differences: Difference[] }
  /** Another outcome, one for other reasons, or a clearly different score, from the same file. */
  | { kind: 'differs'; differences: Difference[] };

/** What was found; the others are how. */
const RESULT: readonly Difference[] = ['outcome', 'reasons', 'score'];

/** Scores of one model on one file differ by less than this between backends and decoders. */
export const SCORE_TOLERANCE = 0.05;

/** Holds a repetition on this device against a claim. */
export function compareRecords(claim: VerdictRecord, own: VerdictRecord): Comparison {
  const [claimed, found] = [claim.file.sha256, own.file.sha256];
  if (claimed !== null && found !== null && claimed !== found) return { kind: 'another-file' };
  if (claimed === null || found === null || isUnfinished(claim) || isUnfinished(own))
    return { kind: 'not-compared' };
  if (!isSameLook(claim.sampling, own.sampling)) return { kind: 'another-look' };
  const differences = DIFFERENCES.filter((name) => differs[name](claim, own));
  const agrees = !differences.some((name) => RESULT.includes(name));
  return { kind: agrees ? 'repeated' : 'differs', differences };
}

const isUnfinished = ({ verdict }: VerdictRecord): boolean =>
  verdict.outcome === 'cannot-tell' && verdict.reasons.some((reason) => SAYS_NOTHING.includes(reason));

/** What of a file somebody asked to be looked at. */
interface Look {
  region?: VerdictRecord['sampling']['region'] | undefined;
  part?: VerdictRecord['sampling']['part'] | undefined;
  everyFrame?: boolean | undefined;
}

export const isSameLook = (a: Look, b: Look): boolean =>
  a.region === b.region &&
  a.everyFrame === b.everyFrame &&
  a.part?.start === b.part?.start &&
  a.part?.end === b.part?.end;

const differs: Record<Difference, (a: VerdictRecord, b: VerdictRecord) => boolean> = {
  app: ({ app: a }, { app: b }) =>
    a.version !== b.version || (a.sha256 !== undefined && b.sha256 !== undefined && a.sha256 !== b.sha256),
  model: (a, b) => a.model?.sha256 !== b.model?.sha256,
  sampling: ({ sampling: a }, { sampling: b }) =>
    // Of every frame the rate is the video's own, which decoders may take a little differently.
    a.everyFrame !== true &&
    (['framesPerSecond', 'framesPerSegment', 'maxSegments'] as const).some((field) => a[field] !== b[field]),
  decoder: (a, b) => a.runtime.decoder !== b.runtime.decoder,
  backend: (a, b) => a.runtime.backend !== b.runtime.backend,
  outcome: (a, b) => a.verdict.outcome !== b.verdict.outcome,
  reasons: ({ verdict: a }, { verdict: b }) =>
    a.outcome === b.outcome &&
    (a.reasons.length !== b.reasons.length || a.reasons.some((reason) => !b.reasons.includes(reason))),
  score: (a, b) => {
    if (a.verdict.score === null || b.verdict.score === null) return a.verdict.score !== b.verdict.score;
    return Math.abs(a.verdict.score - b.verdict.score) > SCORE_TOLERANCE;
  },
};
