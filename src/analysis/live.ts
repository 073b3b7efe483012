import type { Detector } from '../detector/index.ts';
import { FaceFinder, FaceFollower, median, type FaceDetector, type TrackFrame } from '../faces/index.ts';
import type { Frame } from '../media/index.ts';
import { judgeTrack, type JudgedTrack } from '../verdict/index.ts';
import { sequencesLogits } from './crop-scorer.ts';
import { operatingPointsOf } from './operating-points.ts';
import {
  FORGET_SECONDS,
  HISTORY_SECONDS,
  type LiveFacts,
  type LivePerson,
  type LiveUpdate,
} from './live-types.ts';

/**
 * Crops may be this many times further apart than in training before the oldest leave the window: a slow device gets
 * a weaker verdict rather than none, and a picture that stood still does not keep old crops alive.
 */
const MAX_SPREAD = 3;
/** People kept at once, in view or lately so: bounds memory where shots change all the time. */
const MAX_PEOPLE = 12;
/** A face is named when it was seen so often; what was seen once may have been none. */
const SEEN_TO_COUNT = 2;

type LiveDetector = Pick<Detector, 'manifest' | 'features' | 'logits'>;

/** What stays of a crop: everything that its verdict needs, and no picture. */
interface Seen extends Pick<TrackFrame, 'time' | 'box' | 'faceSize' | 'sharpness'> {
  features: Float32Array;
}

interface Person {
  /** Null until the face was seen often enough. */
  id: number | null;
  window: Seen[];
  seen: number;
  inView: boolean;
  judged: JudgedTrack | null;
  history: LivePerson['history'];
}

/**
 * The rolling analysis behind live mode. A face's verdict at any moment is the one that a file would get whose last
 * sampled frames are the newest crops of that face: as many as a segment of a file has, cut into sequences as there,
 * judged by the same rules. No crop is kept, only its features, and no more than the window holds.
 */
export class LiveAnalysis {
  readonly facts: LiveFacts;
  readonly #detector: LiveDetector;
  readonly #finder: FaceFinder;
  readonly #follower: FaceFollower;
  /** By the follower's track. */
  readonly #people = new Map<number, Person>();
  #named = 0;

  constructor(detector: LiveDetector, faces: FaceDetector) {
    const { sampling, preprocessing } = detector.manifest;
    this.#detector = detector;
    this.#finder = new FaceFinder(faces);
    this.#follower = new FaceFollower(preprocessing.crop);
    this.facts = {
      framesPerSecond: sampling.framesPerSecond,
      windowFrames: sampling.framesPerSegment,
      operatingPoints: operatingPointsOf(detector.manifest),
    };
  }

  /**
   * Looks at the next picture. One at a time: the next call comes after this one has resolved.
   * @param frame with its time in seconds since the start
   * @throws what the detector failed with
   */
  async push(frame: Frame): Promise<LiveUpdate> {
    const { faces, ended } = this.#follower.push(frame.time, frame, this.#finder.find(frame));
    const features = await this.#features(faces.map((face) => face.frame));
    for (const person of this.#people.values()) person.inView = false;
    for (const [i, { track, frame: face }] of faces.entries()) {
      const { time, box, faceSize, sharpness } = face;
      await this.#judge(this.#see(track, { time, box, faceSize, sharpness, features: features[i]! }));
    }
    this.#forget(frame.time, ended);
    const people = [...this.#people.values()].map(toLivePerson).filter((person) => person !== null);
    return { time: frame.time, width: frame.width, height: frame.height, people };
  }

  async #features(frames: readonly TrackFrame[]): Promise<Float32Array[]> {
    if (frames.length === 0) return [];
    const all = await this.#detector.features(frames.map(({ crop }) => crop));
    const length = all.length / frames.length;
    return frames.map((_, i) => all.slice(i * length, (i + 1) * length));
  }

  #see(track: number, seen: Seen): Person {
    let person = this.#people.get(track);
    if (person === undefined) {
      person = { id: null, window: [], seen: 0, inView: true, judged: null, history: [] };
      this.#people.set(track, person);
    }
    const { framesPerSecond, windowFrames } = this.facts;
    const oldest = seen.time - (MAX_SPREAD * windowFrames) / framesPerSecond;
    person.window = [...person.window, seen].slice(-windowFrames).filter(({ time }) => time >= oldest);
    person.inView = true;
    if (++person.seen === SEEN_TO_COUNT) person.id = this.#named++;
    return person;
  }

  async #judge(person: Person): Promise<void> {
    const { window, history } = person;
    const { config, calibration } = this.#detector.manifest;
    const features = window.map((seen) => seen.features);
    const faceSize = median(window.map((seen) => seen.faceSize));
    const logits = await sequencesLogits(this.#detector, features, faceSize, config.sequenceLength);
    const judged = judgeTrack(
      {
        id: person.id ?? 0,
        frames: window.map(({ time, box }, i) => ({
          time,
          box: [box.x, box.y, box.width, box.height],
          logit: logits[i]!,
        })),
        faceSize,
        sharpness: median(window.map(({ sharpness }) => sharpness)),
      },
      // The bit rate of a stream from a camera or a screen is not known.
      {
        calibration,
        operatingPoints: this.facts.operatingPoints,
        bitsPerPixel: 0,
        framesPerSecond: this.facts.framesPerSecond,
      },
    );
    person.judged = judged;
    const { time } = window[window.length - 1]!;
    if (judged.reasons.length === 0) history.push({ time, score: judged.score });
    person.history = history.filter((point) => point.time >= time - HISTORY_SECONDS);
  }

  /** Lets go of people who were out of view for long, and of once-seen ones as soon as their track is over. */
  #forget(now: number, ended: readonly number[]): void {
    const lastSeen = ({ window }: Person): number => window[window.length - 1]!.time;
    const byRecency = [...this.#people].sort(([, a], [, b]) => lastSeen(b) - lastSeen(a));
    for (const [place, [track, person]] of byRecency.entries()) {
      const gone = now - lastSeen(person) > FORGET_SECONDS;
      const never = person.id === null && ended.includes(track);
      if (gone || never || place >= MAX_PEOPLE) this.#people.delete(track);
    }
  }
}

function toLivePerson({ id, window, inView, judged, history }: Person): LivePerson | null {
  if (id === null || judged === null) return null;
  const { box } = window[window.length - 1]!;
  return {
    id,
    box: [box.x, box.y, box.width, box.height],
    inView,
    frames: window.length,
    judged,
    history,
  };
}
