import type { Detector } from '../detector/index.ts';
import type { TrackFrame } from '../faces/index.ts';

/** Crops per call: enough to make the call's own cost small, few enough to begin early. */
const BATCH = 4;
/** Crops that may wait to be judged before the next frame is decoded: bounds memory. */
const MAX_WAITING = 32;

/** Sends crops through the trunk as they come, and whole tracks through the LSTM at the end. */
export class CropScorer {
  readonly #features = new Map<TrackFrame, Promise<Float32Array>>();
  #batch: TrackFrame[] = [];
  #waiting = 0;
  #done = 0;
  #failure: { error: unknown } | undefined;
  #roomMade = (): void => undefined;

  /** @param onScored is told how many crops went through the trunk so far */
  constructor(
    private readonly detector: Detector,
    private readonly onScored: (done: number) => void,
  ) {}

  /** Takes the faces of one picture. Resolves when there is room for the next. @throws what the detector failed with */
  async push(frames: readonly TrackFrame[]): Promise<void> {
    for (const frame of frames) {
      this.#batch.push(frame);
      if (this.#batch.length === BATCH) this.#send();
    }
    while (this.#waiting > MAX_WAITING && this.#failure === undefined) {
      await new Promise<void>((resolve) => (this.#roomMade = resolve));
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /**
   * @param sequenceLength frames per sequence that the network was trained on
   * @returns one logit per frame of the track
   */
  async logits(frames: readonly TrackFrame[], sequenceLength: number): Promise<Float32Array> {
    return sequencesLogits(this.detector, await this.features(frames), sequenceLength);
  }

  /** The trunk's `[F]` for every frame. */
  features(frames: readonly TrackFrame[]): Promise<Float32Array[]> {
    this.#send();
    return Promise.all(frames.map((frame) => this.#features.get(frame)!));
  }

  #send(): void {
    const frames = this.#batch;
    if (frames.length === 0) return;
    this.#batch = [];
    this.#waiting += frames.length;
    const features = this.detector.features(frames.map((frame) => frame.crop));
    features
      .catch((error: unknown) => (this.#failure = { error }))
      .finally(() => {
        this.#waiting -= frames.length;
        this.onScored((this.#done += frames.length));
        this.#roomMade();
      });
    for (const [i, frame] of frames.entries()) {
      const own = features.then((all) => {
        const length = all.length / frames.length;
        return all.subarray(i * length, (i + 1) * length);
      });
      own.catch(() => undefined); // told by `push`, and again to whoever asks for the logits
      this.#features.set(frame, own);
    }
  }
}

/**
 * The LSTM over crops of one face that follow each other, in sequences of about equal length.
 * @param features `[F]` per crop, in the order of time
 * @param sequenceLength frames per sequence that the network was trained on
 * @returns one logit per crop
 */
export async function sequencesLogits(
  detector: Pick<Detector, 'logits'>,
  features: readonly Float32Array[],
  sequenceLength: number,
): Promise<Float32Array> {
  const logits = new Float32Array(features.length);
  for (const [start, end] of sequenceBounds(features.length, sequenceLength)) {
    logits.set(await detector.logits(joined(features.slice(start, end))), start);
  }
  return logits;
}

/** Cuts `length` frames into the fewest sequences of at most `longest`, all about equally long. */
export function sequenceBounds(length: number, longest: number): [start: number, end: number][] {
  const count = Math.ceil(length / longest);
  return Array.from({ length: count }, (_, i) => [
    Math.round((i * length) / count),
    Math.round(((i + 1) * length) / count),
  ]);
}

/** Feature vectors, one after the other. */
export function joined(parts: readonly Float32Array[]): Float32Array {
  const length = parts[0]?.length ?? 0;
  const all = new Float32Array(parts.length * length);
  parts.forEach((part, i) => all.set(part, i * length));
  return all;
}
