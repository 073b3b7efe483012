import type { EvidenceCrop } from '../analysis/index.ts';
import type { VerdictRecord } from '../verdict/index.ts';

/**
 * A record as people read it: its times count from the video's start, as those of a part do and as players show them. A
 * recorded broadcast's own clock may begin at nine hours. Older records do not say where it begins, and stay as they are.
 */
export function sinceStart(record: VerdictRecord): VerdictRecord {
  const start = record.media?.start ?? 0;
  if (start === 0) return record;
  const { runs } = record.sampling;
  const moved = <Stretch extends { start: number; end: number }>(one: Stretch): Stretch => ({
    ...one,
    start: one.start - start,
    end: one.end - start,
  });
  return {
    ...record,
    sampling: { ...record.sampling, ...(runs !== undefined && { runs: runs.map(moved) }) },
    tracks: record.tracks.map((track) => ({
      ...moved(track),
      frames: track.frames.map((frame) => ({ ...frame, time: frame.time - start })),
    })),
  };
}

/** Crops with the times that their frames have there. */
export function cropsSinceStart(crops: readonly EvidenceCrop[], { media }: VerdictRecord): EvidenceCrop[] {
  return crops.map((crop) => ({ ...crop, time: crop.time - (media?.start ?? 0) }));
}
