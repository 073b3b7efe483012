import type { Detector } from '../detector/index.ts';
import type { Track, TrackFrame } from '../faces/index.ts';

/** Crops per call: enough to make the call's own cost small, few enough to begin early. */
const BATCH = 4;
/** Crops that may wait to be judged before the next frame is decoded: bounds memory. */
const MAX_WAITING = 32;

const NONE = new Uint8Array();

/** Sends crops through the trunk as they come, and whole tracks through the LSTM at the end. */
export class CropScorer {
  readonly #features = new Map<TrackFrame, Promise<Float32Array>>();
  #batch: TrackFrame[] = [];
  readonly #passing = new Set<TrackFrame>();
  #waiting = 0;
  #done = 0;
  #failure: { error: unknown } | undefined;
  #roomMade = (): void => undefined;

  /** @param onScored is told how many crops went through the trunk so far */
  constructor(
    private readonly detector: Detector,
    private readonly onScored: (done: number) => void,
  ) {}

  /**
   * Takes the faces of one picture. Resolves when there is room for the next.
   * @param keep whether their crops are needed afterwards; otherwise they are let go of
   * @throws what the detector failed with
   */
  async push(frames: readonly TrackFrame[], keep = true): Promise<void> {
    for (const frame of frames) {
      if (!keep) this.#passing.add(frame);
      this.#batch.push(frame);
      if (this.#batch.length === BATCH) this.#send();
    }
    while (this.#waiting > MAX_WAITING && this.#failure === undefined) {
      await new Promise<void>((resolve) => (this.#roomMade = resolve));
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /**
   * @param track `faceSize` in pixels of the decoded frame
   * @param sequenceLength frames per sequence that the network was trained on
   * @param stride frames for each that the network's own rate asks for
   * @returns one logit per frame of the track
   */
  async logits(
    { frames, faceSize }: Pick<Track, 'frames' | 'faceSize'>,
    sequenceLength: number,
    stride = 1,
  ): Promise<Float32Array> {
    return sequencesLogits(this.detector, await this.features(frames), faceSize, sequenceLength, stride);
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
        for (const frame of frames) if (this.#passing.delete(frame)) frame.crop = NONE;
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
 * @param faceSize side of the face in pixels of the decoded frame
 * @param sequenceLength frames per sequence that the network was trained on
 * @param stride crops for each that the network's own rate asks for
 * @returns one logit per crop
 * @throws Error when one is not finite
 */
export async function sequencesLogits(
  detector: Pick<Detector, 'logits'>,
  features: readonly Float32Array[],
  faceSize: number,
  sequenceLength: number,
  stride = 1,
): Promise<Float32Array> {
  const logits = new Float32Array(features.length);
  for (const places of sequencesOf(features.length, sequenceLength, stride)) {
    const answer = await detector.logits(
      joined(
        Float32Array,
        places.map((place) => features[place]!),
      ),
      faceSize,
    );
    for (const [step, place] of places.entries()) logits[place] = answer[step]!;
  }
  // What is no number reaches no mark: it would be told as *no signs found*.
  if (!logits.every(Number.isFinite)) throw new Error('the network gives logits that are no numbers');
  return logits;
}

/**
 * The sequences that a track's frames are judged in, as their places in the track. The network has learnt at its own rate; of
 * more frames, every `stride`-th make a sequence, beginning with each of the first in turn.
 */
export function sequencesOf(length: number, longest: number, stride: number): number[][] {
  return Array.from({ length: Math.min(stride, length) }, (_, first) => {
    const count = Math.ceil((length - first) / stride);
    return sequenceBounds(count, longest).map(([start, end]) =>
      Array.from({ length: end - start }, (_, step) => first + stride * (start + step)),
    );
  }).flat();
}

/** Cuts `length` frames into the fewest sequences of at most `longest`, all about equally long. */
export function sequenceBounds(length: number, longest: number): [start: number, end: number][] {
  const count = Math.ceil(length / longest);
  return Array.from({ length: count }, (_, i) => [
    Math.round((i * length) / count),
    Math.round(((i + 1) * length) / count),
  ]);
}

/** Arrays of equal length, one after the other. */
export function joined<Numbers extends Float32Array | Uint8Array>(
  Type: new (length: number) => Numbers,
  parts: readonly Numbers[],
): Numbers {
  const length = parts[0]?.length ?? 0;
  const all = new Type(parts.length * length);
  parts.forEach((part, i) => all.set(part, i * length));
  return all;
}
