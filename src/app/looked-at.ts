import type { VerdictRecord } from '../verdict/index.ts';

/** The stretches of a video that were looked at, in seconds; of a long video in an older record, not known and so all of it. */
export function lookedAt({ sampling, media }: VerdictRecord): readonly { start: number; end: number }[] {
  return sampling.runs ?? [sampling.part ?? { start: 0, end: media?.duration ?? 0 }];
}
