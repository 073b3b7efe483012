/** Clips that are never trained on, scored as in use: no augmentation, the central square of the stored crops. */
import { minFrames } from '../src/verdict/decide.ts';
import { trimmedMean } from '../src/verdict/score.ts';
import type { CropStore, TrackEntry } from './crop-store.ts';
import { auc, groupedAuc } from './metrics.ts';
import type { GroupedAuc, LabelledScore } from './metrics.ts';
import { centralCrop } from './pseudo-fake/image.ts';
import { divide, isJudgeable } from './training-set.ts';
import type { Division } from './training-set.ts';

/** Sequences per face in the measurements during training; the export measures with all. */
export const QUICK_SEQUENCES = 3;

/** One face of a clip; `sequences` hold indices of the track's frames, cut as the product cuts them. */
export interface ValidationTrack {
  store: CropStore;
  track: TrackEntry;
  sequences: number[][];
}

/** One region of one file. */
export interface ValidationClip {
  path: string;
  region: string;
  label: 'real' | 'fake';
  kind: string;
  source: string;
  group: string;
  /** Serves calibration, not the figures of val. */
  heldOut: boolean;
  /** Sets nothing: what is flagged is counted. */
  test?: true;
  tracks: ValidationTrack[];
}

export interface ScoredTrack {
  /** Of the frames, in the order of time. */
  logits: number[];
  faceSize: number;
  sharpness: number;
  /** 0 when unknown. */
  bitsPerPixel: number;
}

export interface ScoredClip extends Omit<ValidationClip, 'tracks'> {
  /** Of the worst track: the trimmed mean of its frame logits. */
  logit: number;
  /** The worst one first. */
  tracks: ScoredTrack[];
}

/** Cuts frames into the fewest sequences of at most `longest`, about equally long, as the product does. */
export function cutSequences(frames: readonly number[], longest: number): number[][] {
  const count = Math.ceil(frames.length / longest);
  return Array.from({ length: count }, (_, index) =>
    frames.slice(
      Math.round((index * frames.length) / count),
      Math.round(((index + 1) * frames.length) / count),
    ),
  );
}

/** At most `most` of the items, spread evenly. */
function spread<T>(items: readonly T[], most: number): T[] {
  const count = Math.min(most, items.length);
  return Array.from(
    { length: count },
    (_, index) => items[Math.floor(((index + 0.5) * items.length) / count)]!,
  );
}

/**
 * Lists the clips of the val split and the held-out reals, with the faces that the verdict would judge.
 * @param sequencesPerTrack bounds the work: that many sequences, spread over the track
 */
export function validationClips(
  stores: readonly CropStore[],
  options: Division & {
    framesPerSecond: number;
    sequenceLength: number;
    sequencesPerTrack: number;
    /** Also faces that the verdict would not judge. */
    everyFace?: boolean;
  },
): ValidationClip[] {
  const partOf = divide(stores, options);
  const clips = new Map<string, ValidationClip>();
  for (const store of stores) {
    const stride = Math.max(1, Math.round(store.settings.framesPerSecond / options.framesPerSecond));
    for (const track of store.tracks) {
      const part = partOf(track);
      const frames = Array.from({ length: Math.ceil(track.count / stride) }, (_, index) => index * stride);
      if (track.kind === 'still' || part === 'train' || part === 'none') continue;
      const judged = isJudgeable(track) && frames.length >= minFrames(options.framesPerSecond);
      if (!judged && options.everyFace !== true) continue;
      const { path, region, label, kind, source, group } = track;
      const key = `${region} ${path}`;
      const clip = clips.get(key) ?? {
        path,
        region,
        label,
        kind,
        source,
        group,
        heldOut: part === 'calibration',
        ...(part === 'test' && { test: true as const }),
        tracks: [],
      };
      clips.set(key, clip);
      const sequences = spread(cutSequences(frames, options.sequenceLength), options.sequencesPerTrack);
      clip.tracks.push({ store, track, sequences });
    }
  }
  return [...clips.values()];
}

/**
 * Scores clips.
 * @param score takes [frames, size, size, 3] bytes of one sequence and the side of the face in source pixels, gives a logit per
 * frame
 */
export async function scoreClips(
  clips: readonly ValidationClip[],
  size: number,
  score: (images: Uint8Array, frames: number, faceSize: number) => Promise<Float32Array>,
): Promise<ScoredClip[]> {
  const scored: ScoredClip[] = [];
  for (const { tracks, ...clip } of clips) {
    const faces: ScoredTrack[] = [];
    for (const { store, track, sequences } of tracks) {
      const logits: number[] = [];
      for (const frames of sequences) {
        const images = new Uint8Array(frames.length * size * size * 3);
        for (const [index, frame] of frames.entries()) {
          images.set(
            centralCrop(store.read(track, frame), store.settings.size, size),
            index * size * size * 3,
          );
        }
        logits.push(...(await score(images, frames.length, track.faceSize)));
      }
      const { faceSize, sharpness, bitsPerPixel = 0 } = track;
      faces.push({ logits, faceSize, sharpness, bitsPerPixel });
    }
    faces.sort((a, b) => trimmedMean(b.logits) - trimmedMean(a.logits));
    scored.push({ ...clip, logit: trimmedMean(faces[0]!.logits), tracks: faces });
  }
  return scored;
}

export interface ValidationFigures {
  /** Over all clips of val, by kind of fake against all reals, and by source that has both labels. */
  auc: Record<string, number | null>;
  /**
   * Every group weighing the same, held-out reals counting too: half of val's fakes are of one person, and a few reals
   * decide over the rest.
   */
  byGroup: GroupedAuc;
  /** Share of pairs of one group and source in which the fake scores above the real. */
  paired: number | null;
  pairs: number;
  reals: number;
  fakes: number;
}

export const isOfVal = ({ heldOut, test }: Pick<ValidationClip, 'heldOut' | 'test'>): boolean =>
  !heldOut && test === undefined;

/** Figures of the val split; held-out reals of the training footage count in `byGroup` only, clips that set nothing nowhere. */
export function validationFigures(all: readonly ScoredClip[]): ValidationFigures {
  const scored = all.filter(({ test }) => test === undefined);
  const clips = scored.filter(isOfVal);
  const labelled = (list: readonly ScoredClip[]): LabelledScore[] =>
    list.map(({ label, logit }) => ({ label, score: logit }));
  const reals = clips.filter(({ label }) => label === 'real');
  const fakes = clips.filter(({ label }) => label === 'fake');
  const figures: Record<string, number | null> = { all: auc(labelled(clips)) };
  for (const kind of new Set(fakes.map((clip) => clip.kind))) {
    figures[kind] = auc(labelled([...reals, ...fakes.filter((clip) => clip.kind === kind)]));
  }
  for (const source of new Set(fakes.map((clip) => clip.source))) {
    figures[source] = auc(labelled(clips.filter((clip) => clip.source === source)));
    figures[`${source} against all reals`] = auc(
      labelled([...reals, ...fakes.filter((clip) => clip.source === source)]),
    );
  }
  let pairs = 0;
  let right = 0;
  for (const fake of fakes) {
    for (const real of reals) {
      if (real.group !== fake.group || real.source !== fake.source) continue;
      pairs++;
      if (fake.logit > real.logit) right++;
    }
  }
  return {
    auc: figures,
    byGroup: groupedAuc(scored.map(({ label, logit, group }) => ({ label, score: logit, group }))),
    paired: pairs === 0 ? null : right / pairs,
    pairs,
    reals: reals.length,
    fakes: fakes.length,
  };
}

export function printFigures(validation: ValidationFigures): string {
  const { auc: figures, byGroup, paired, pairs, reals, fakes } = validation;
  const three = (value: number | null): string => value?.toFixed(3) ?? '-';
  const shown = Object.entries(figures).map(([name, value]) => `${name} ${three(value)}`);
  const groups = `by group ${three(byGroup.auc)} of ${byGroup.realGroups} and ${byGroup.fakeGroups}`;
  return `AUC ${shown.join(', ')}; ${groups}; paired ${three(paired)} of ${pairs}; ${reals} real, ${fakes} fake clips`;
}
