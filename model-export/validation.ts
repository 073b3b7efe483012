/** Clips that are never trained on, scored as in use: no augmentation, the central square of the stored crops. */
import { trimmedMean } from '../src/verdict/score.ts';
import type { CropStore, TrackEntry } from './crop-store.ts';
import { auc } from './metrics.ts';
import type { LabelledScore } from './metrics.ts';
import { isHeldOut, isJudgeable, pairedGroups } from './training-set.ts';

/** One run of frames of one face. */
export interface ValidationRun {
  store: CropStore;
  track: TrackEntry;
  /** Indices into the track. */
  frames: number[];
}

/** One region of one file. */
export interface ValidationClip {
  path: string;
  region: string;
  label: 'real' | 'fake';
  kind: string;
  source: string;
  group: string;
  /** Real footage of the training split that was kept out of training: serves calibration, not the figures of val. */
  heldOut: boolean;
  runs: ValidationRun[];
}

export interface ScoredClip extends Omit<ValidationClip, 'runs'> {
  /** Trimmed mean of the frame logits. */
  logit: number;
  frames: number;
}

/** Frames of one run that go through the network together: as many as a segment has in use. */
const RUN_FRAMES = 16;

/**
 * Lists the clips of the val split and the held-out reals.
 * @param runsPerClip bounds the work: that many runs, spread over the clip
 */
export function validationClips(
  stores: readonly CropStore[],
  options: { holdOut: number; framesPerSecond: number; runsPerClip: number },
): ValidationClip[] {
  const manipulated = pairedGroups(stores);
  const clips = new Map<string, ValidationClip>();
  for (const store of stores) {
    const stride = Math.max(1, Math.round(store.settings.framesPerSecond / options.framesPerSecond));
    for (const track of store.tracks) {
      const heldOut = isHeldOut(track, manipulated, options.holdOut);
      if (track.kind === 'still' || (track.split !== 'val' && !heldOut) || !isJudgeable(track)) continue;
      const { path, region, label, kind, source, group } = track;
      const key = `${region} ${path}`;
      const clip = clips.get(key) ?? { path, region, label, kind, source, group, heldOut, runs: [] };
      clips.set(key, clip);
      const frames = Array.from({ length: Math.ceil(track.count / stride) }, (_, index) => index * stride);
      clip.runs.push({ store, track, frames: frames.slice(0, RUN_FRAMES) });
    }
  }
  for (const clip of clips.values()) {
    const count = Math.min(options.runsPerClip, clip.runs.length);
    clip.runs = Array.from(
      { length: count },
      (_, index) => clip.runs[Math.floor(((index + 0.5) * clip.runs.length) / count)]!,
    );
  }
  return [...clips.values()];
}

/** The central `size` x `size` pixels of a stored crop: what inference sees, byte for byte. */
export function centralCrop(crop: Uint8Array, stored: number, size: number): Uint8Array {
  const border = Math.floor((stored - size) / 2);
  const result = new Uint8Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    const from = ((y + border) * stored + border) * 3;
    result.set(crop.subarray(from, from + size * 3), y * size * 3);
  }
  return result;
}

/**
 * Scores clips. @param score takes [frames, size, size, 3] bytes of one run, gives a logit per frame
 */
export async function scoreClips(
  clips: readonly ValidationClip[],
  size: number,
  score: (images: Uint8Array, frames: number) => Promise<Float32Array>,
): Promise<ScoredClip[]> {
  const scored: ScoredClip[] = [];
  for (const { runs, ...clip } of clips) {
    const logits: number[] = [];
    for (const { store, track, frames } of runs) {
      const images = new Uint8Array(frames.length * size * size * 3);
      for (const [index, frame] of frames.entries()) {
        images.set(centralCrop(store.read(track, frame), store.settings.size, size), index * size * size * 3);
      }
      logits.push(...(await score(images, frames.length)));
    }
    if (logits.length > 0) scored.push({ ...clip, logit: trimmedMean(logits), frames: logits.length });
  }
  return scored;
}

export interface ValidationFigures {
  /** Over all clips of val, by kind of fake against all reals, and by source that has both labels. */
  auc: Record<string, number | null>;
  /** Share of pairs of one file and group in which the fake scores above its real. */
  paired: number | null;
  pairs: number;
  reals: number;
  fakes: number;
}

/** Figures of the val split; held-out reals of the training footage do not count. */
export function validationFigures(scored: readonly ScoredClip[]): ValidationFigures {
  const clips = scored.filter(({ heldOut }) => !heldOut);
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
    paired: pairs === 0 ? null : right / pairs,
    pairs,
    reals: reals.length,
    fakes: fakes.length,
  };
}

export function printFigures({ auc: figures, paired, pairs, reals, fakes }: ValidationFigures): string {
  const shown = Object.entries(figures).map(
    ([name, value]) => `${name} ${value === null ? '-' : value.toFixed(3)}`,
  );
  return `AUC ${shown.join(', ')}; paired ${paired === null ? '-' : paired.toFixed(3)} of ${pairs}; ${reals} real, ${fakes} fake clips`;
}
