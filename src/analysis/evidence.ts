import type { TrackFrame } from '../faces/index.ts';
import { joined, sequencesOf } from './crop-scorer.ts';
import type { EvidenceCrop } from './types.ts';

/** Crops shown per track, evenly spread; the network has looked at all of them. */
const SPREAD = 24;
/** Of the crops with the highest scores so many are shown in any case: they are what made the score as high as it is. */
export const HIGHEST = 4;

export interface ScoredFaceTrack {
  id: number;
  /** Side of the face in pixels of the decoded frame. */
  faceSize: number;
  frames: readonly Pick<TrackFrame, 'time' | 'crop'>[];
  /** Per frame. */
  logits: Float32Array;
  features: readonly Float32Array[];
}

/** Crops to show of each track: evenly spread ones, and those with the highest scores, as far as their pixels were kept. */
export function evidenceOf(
  tracks: readonly ScoredFaceTrack[],
  sequenceLength: number,
  stride: number,
): EvidenceCrop[] {
  return tracks.flatMap(({ id, faceSize, frames, logits, features }) => {
    const kept = [...frames.keys()].filter((place) => frames[place]!.crop.length > 0);
    const step = Math.max(1, Math.ceil(kept.length / SPREAD));
    const highest = [...kept].sort((a, b) => logits[b]! - logits[a]!).slice(0, HIGHEST);
    const chosen = new Set([...kept.filter((_, i) => i % step === 0), ...highest]);
    return sequencesOf(frames.length, sequenceLength, stride)
      .flatMap((places) => {
        if (!places.some((place) => chosen.has(place))) return [];
        const sequence = joined(
          Float32Array,
          places.map((place) => features[place]!),
        );
        return places.flatMap((place, step) => {
          const { time, crop } = frames[place]!;
          if (!chosen.has(place)) return [];
          const judged = { sequence, step, faceSize };
          return [{ trackId: id, time, size: Math.sqrt(crop.length / 3), rgb: crop, judged }];
        });
      })
      .sort((a, b) => a.time - b.time);
  });
}
