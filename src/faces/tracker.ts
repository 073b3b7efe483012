import { FaceFollower } from './follower.ts';
import { median } from './quality.ts';
import type { CropSettings, Detection, Picture, Track, TrackFrame } from './types.ts';

/** Tracks kept in all; a video that breaks into more gives the longest ones. */
const MAX_TRACKS = 24;
/** A face seen once only counts when the detector was this sure. */
const SURE = 0.75;

/** Gathers the tracks of the faces of one segment of a video. Push pictures in order, then `finish`. */
export class FaceTracker {
  readonly #follower: FaceFollower;
  readonly #open = new Map<number, TrackFrame[]>();
  #closed: TrackFrame[][] = [];

  /** @param stride pictures for each that a track may miss otherwise */
  constructor(crop: CropSettings, stride = 1) {
    this.#follower = new FaceFollower(crop, stride);
  }

  /** Tracks so far. */
  get size(): number {
    return this.#open.size + this.#closed.length;
  }

  /**
   * @param time presentation time of the picture in seconds
   * @returns the faces that were cut out of this picture
   */
  push(time: number, picture: Picture, detections: readonly Detection[]): TrackFrame[] {
    const { faces, ended } = this.#follower.push(time, picture, detections);
    for (const { track, frame } of faces) {
      const frames = this.#open.get(track);
      if (frames === undefined) this.#open.set(track, [frame]);
      else frames.push(frame);
    }
    this.#close(ended);
    return faces.map(({ frame }) => frame);
  }

  /** All tracks, the longest first. A face seen once by an unsure detector is left out unless there is nothing else. */
  finish(): Track[] {
    this.#close([...this.#open.keys()]);
    const sure = this.#closed.filter((frames) => frames.length > 1 || frames[0]!.detectionScore >= SURE);
    const tracks = (sure.length > 0 ? sure : this.#closed)
      .sort((a, b) => b.length - a.length)
      .slice(0, MAX_TRACKS)
      .map((frames, id) => ({
        id,
        frames,
        faceSize: median(frames.map((frame) => frame.faceSize)),
        sharpness: median(frames.map((frame) => frame.sharpness)),
      }));
    this.#closed = [];
    return tracks;
  }

  #close(ended: readonly number[]): void {
    for (const id of ended) {
      this.#closed.push(this.#open.get(id)!);
      this.#open.delete(id);
    }
    if (this.#closed.length > 2 * MAX_TRACKS) {
      this.#closed.sort((a, b) => b.length - a.length).length = MAX_TRACKS;
    }
  }
}
