/** Draws the real faces that pseudo-fakes are made of. */
import { faceFrame, frontalKeypoints, yaw } from './pseudo-fake/face-geometry.ts';
import type { Keypoints } from './pseudo-fake/face-geometry.ts';
import { imageFromBytes } from './pseudo-fake/image.ts';
import type { Random } from './pseudo-fake/random.ts';
import { animateStill } from './pseudo-fake/sequence.ts';
import type { Face, Mesh } from './pseudo-fake/still.ts';
import { draw } from './training-set.ts';
import type { StoredTrack, TrainingSet } from './training-set.ts';

type Origin = 'still' | 'clip';

/** Where the frames of a real face are. */
export interface Footage {
  origin: Origin;
  stored: StoredTrack;
  /** Indices of frames; one for a still. */
  moments: number[];
}

/** Faces looked at for each that is used as a donor: one in profile makes no frontal one. */
const CANDIDATES = 4;

export class FootageDrawer {
  /** @param length frames per sequence; 1 for single crops @param stride frames of the store per frame of a sequence */
  constructor(
    private readonly set: TrainingSet,
    private readonly length: number,
    private readonly stride: number,
  ) {}

  draw(origin: Origin, random: Random): Footage {
    const stored = draw(origin === 'still' ? this.set.stills : this.set.clips, random);
    return { origin, stored, moments: origin === 'still' ? [0] : this.window(stored.track.count, random) };
  }

  /** Of a few at random the one whose face looks most the way of `face`. */
  lookingAlike(face: Face, origin: Origin, random: Random): Footage {
    const way = yaw(faceFrame(face.keypoints));
    const candidates = Array.from({ length: CANDIDATES }, () => this.draw(origin, random));
    const distance = ({ stored, moments }: Footage): number =>
      Math.abs(way - yaw(faceFrame(keypointsOf(stored, moments[0]!))));
    return candidates.reduce((best, next) => (distance(next) < distance(best) ? next : best));
  }

  /** The faces of a donor for `face`. */
  another(face: Face, origin: Origin, random: Random): Face[] {
    return this.read(this.lookingAlike(face, origin, random), random);
  }

  /** The same clip at another time. */
  otherMoment(footage: Footage, random: Random): Footage {
    return { ...footage, moments: this.window(footage.stored.track.count, random) };
  }

  read({ origin, stored, moments }: Footage, random: Random): Face[] {
    const faces = moments.map((at) => readFace(stored, at));
    return origin === 'still' && this.length > 1 ? animateStill(faces[0]!, this.length, random) : faces;
  }

  /** Indices of `length` frames at the network's rate, out of `count` at the store's. */
  window(count: number, random: Random): number[] {
    const span = (this.length - 1) * this.stride + 1;
    const stride = span <= count ? this.stride : 1;
    const start = random.below(Math.max(1, count - (this.length - 1) * stride));
    return Array.from({ length: this.length }, (_, index) => Math.min(count - 1, start + index * stride));
  }
}

const keypointsOf = ({ store, track }: StoredTrack, index: number): Keypoints =>
  track.keypoints[index] ?? frontalKeypoints(store.settings.size);

/** Where the points of a stored face lie, in pixels of its crop. */
export function meshOf(stored: StoredTrack, index: number): Mesh {
  return {
    keypoints: keypointsOf(stored, index),
    landmarks: stored.store.landmarks(stored.track, index),
  };
}

export function readFace(stored: StoredTrack, index: number): Face {
  const { store, track } = stored;
  const { size } = store.settings;
  return { image: imageFromBytes(store.read(track, index), size, size), ...meshOf(stored, index) };
}
