import { cropMap, faceGeometry, toCrop, type FaceGeometry } from './alignment.ts';
import { sharpness } from './quality.ts';
import { cutCrop } from './resample.ts';
import { ShotChangeDetector } from './shot-change.ts';
import type { Box, CropSettings, Detection, Picture, TrackFrame } from './types.ts';

/** Faces followed at once: the largest ones. Bounds time and memory in a crowd. */
const MAX_FACES = 6;
/** A face that is followed makes room for one that is larger by more than this factor: heads that nod would take turns. */
const HOLD = 1.5;
/** Pictures in a row in which a face may be missing without its track ending. */
const MAX_MISSED = 2;
/** How far a face may move between two pictures, in face sizes; more for the time that it was missing. */
const MAX_MOVE = 0.9;
/** A face may not grow or shrink by more than this factor between two pictures. */
const MAX_ZOOM = 1.6;

/** One face of one picture, and which track it goes on. */
export interface FollowedFace {
  /** Counts from 0 in the order in which faces came into view; never used twice. */
  track: number;
  frame: TrackFrame;
}

export interface Followed {
  /** The faces that were cut out of the picture, the largest first. */
  faces: FollowedFace[];
  /** Tracks that ended with this picture. */
  ended: number[];
}

/** What has to be kept of a track to go on with it. */
interface OpenTrack {
  id: number;
  geometry: FaceGeometry;
  box: Box;
  missed: number;
}

/**
 * Follows faces from picture to picture and cuts their crops. It keeps no crops, so that it can go on for hours; see
 * `FaceTracker` for whole tracks.
 */
export class FaceFollower {
  readonly #crop: CropSettings;
  readonly #shots: ShotChangeDetector;
  #open: OpenTrack[] = [];
  #count = 0;

  /** @param stride pictures for each that a track may miss otherwise */
  constructor(
    crop: CropSettings,
    private readonly stride = 1,
  ) {
    this.#crop = crop;
    this.#shots = new ShotChangeDetector(stride);
  }

  /** @param time presentation time of the picture in seconds */
  push(time: number, picture: Picture, detections: readonly Detection[]): Followed {
    const ended: number[] = [];
    if (this.#shots.push(picture)) this.#end(() => true, ended);
    const found = detections
      .map((detection) => ({ detection, geometry: faceGeometry(detection.keypoints) }))
      .filter(({ geometry }) => geometry.size >= 1);
    const assigned = assign(this.#open, found, this.stride);
    const claim = (face: Face): number => face.geometry.size * (assigned.has(face) ? HOLD : 1);
    const faces = found
      .sort((a, b) => claim(b) - claim(a))
      .slice(0, MAX_FACES)
      .sort((a, b) => b.geometry.size - a.geometry.size);
    const seen = new Set(faces.map((face) => assigned.get(face)));
    for (const track of this.#open) if (!seen.has(track)) track.missed++;
    const followed = faces.map((face) => {
      const frame = this.#cut(time, picture, face);
      let track = assigned.get(face);
      if (track === undefined) {
        track = { id: this.#count++, geometry: face.geometry, box: frame.box, missed: 0 };
        this.#open.push(track);
      } else Object.assign(track, { geometry: face.geometry, box: frame.box, missed: 0 });
      return { track: track.id, frame };
    });
    this.#end((track) => track.missed > MAX_MISSED * this.stride, ended);
    return { faces: followed, ended };
  }

  #cut(time: number, picture: Picture, { detection, geometry }: Face): TrackFrame {
    const { box, keypoints, score } = detection;
    const map = cropMap(geometry, this.#crop);
    const crop = cutCrop(picture, map);
    return {
      time,
      box,
      keypoints,
      cropKeypoints: {
        rightEye: toCrop(keypoints.rightEye, map),
        leftEye: toCrop(keypoints.leftEye, map),
        nose: toCrop(keypoints.nose, map),
        mouth: toCrop(keypoints.mouth, map),
        rightEar: toCrop(keypoints.rightEar, map),
        leftEar: toCrop(keypoints.leftEar, map),
      },
      detectionScore: score,
      map,
      crop,
      faceSize: geometry.size,
      sharpness: sharpness(crop, map.size),
    };
  }

  #end(over: (track: OpenTrack) => boolean, ended: number[]): void {
    ended.push(...this.#open.filter(over).map(({ id }) => id));
    this.#open = this.#open.filter((track) => !over(track));
  }
}

interface Face {
  detection: Detection;
  geometry: FaceGeometry;
}

/** Gives every open track at most one face, the closest pairs first. */
function assign(tracks: readonly OpenTrack[], faces: readonly Face[], stride: number): Map<Face, OpenTrack> {
  const pairs = tracks
    .flatMap((track) => faces.map((face) => ({ track, face, cost: cost(track, face, stride) })))
    .filter(({ cost }) => cost !== null)
    .sort((a, b) => a.cost! - b.cost!);
  const assigned = new Map<Face, OpenTrack>();
  const taken = new Set<OpenTrack>();
  for (const { track, face } of pairs) {
    if (assigned.has(face) || taken.has(track)) continue;
    assigned.set(face, track);
    taken.add(track);
  }
  return assigned;
}

/** Distance moved in face sizes, less what the boxes overlap; null when the two cannot be the same face. */
function cost(track: OpenTrack, { detection, geometry }: Face, stride: number): number | null {
  const before = track.geometry;
  const zoom = geometry.size / before.size;
  if (zoom > MAX_ZOOM || zoom < 1 / MAX_ZOOM) return null;
  const dx = geometry.centre.x - before.centre.x;
  const dy = geometry.centre.y - before.centre.y;
  const moved = Math.sqrt(dx * dx + dy * dy) / Math.max(geometry.size, before.size);
  if (moved > MAX_MOVE * (1 + track.missed / stride)) return null;
  return moved - overlap(track.box, detection.box);
}

/** Intersection over union, 0..1. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (a.width * a.height + b.width * b.height - shared);
}
