import { cropMap, faceGeometry, toCrop, type FaceGeometry } from './alignment.ts';
import { median, sharpness } from './quality.ts';
import { cutCrop } from './resample.ts';
import { ShotChangeDetector } from './shot-change.ts';
import type { Box, CropSettings, Detection, Picture, Track, TrackFrame } from './types.ts';

/** Faces followed at once: the largest ones. Bounds time and memory in a crowd. */
const MAX_FACES = 6;
/** Tracks kept in all; a video that breaks into more gives the longest ones. */
const MAX_TRACKS = 24;
/** Pictures in a row in which a face may be missing without its track ending. */
const MAX_MISSED = 2;
/** How far a face may move between two pictures, in face sizes; more for every picture it was missing. */
const MAX_MOVE = 0.9;
/** A face may not grow or shrink by more than this factor between two pictures. */
const MAX_ZOOM = 1.6;
/** A face seen once only counts when the detector was this sure. */
const SURE = 0.75;

interface OpenTrack {
  frames: TrackFrame[];
  geometry: FaceGeometry;
  missed: number;
}

/** Follows faces through one segment of a video and cuts their crops. Push pictures in order, then `finish`. */
export class FaceTracker {
  readonly #crop: CropSettings;
  readonly #shots = new ShotChangeDetector();
  #open: OpenTrack[] = [];
  #closed: OpenTrack[] = [];

  constructor(crop: CropSettings) {
    this.#crop = crop;
  }

  /** Tracks so far. */
  get size(): number {
    return this.#open.length + this.#closed.length;
  }

  /**
   * @param time presentation time of the picture in seconds
   * @returns the faces that were cut out of this picture
   */
  push(time: number, picture: Picture, detections: readonly Detection[]): TrackFrame[] {
    if (this.#shots.push(picture)) this.#close(() => true);
    const faces = detections
      .map((detection) => ({ detection, geometry: faceGeometry(detection.keypoints) }))
      .filter(({ geometry }) => geometry.size >= 1)
      .sort((a, b) => b.geometry.size - a.geometry.size)
      .slice(0, MAX_FACES);
    const assigned = assign(this.#open, faces);
    for (const track of this.#open) if (!assigned.has(track)) track.missed++;
    const cut: TrackFrame[] = [];
    for (const face of faces) {
      const frame = this.#cut(time, picture, face.detection, face.geometry);
      cut.push(frame);
      const track = [...assigned].find(([, taken]) => taken === face)?.[0];
      if (track === undefined) this.#open.push({ frames: [frame], geometry: face.geometry, missed: 0 });
      else {
        track.frames.push(frame);
        track.geometry = face.geometry;
        track.missed = 0;
      }
    }
    this.#close((track) => track.missed > MAX_MISSED);
    return cut;
  }

  /** All tracks, the longest first. A face seen once by an unsure detector is left out unless there is nothing else. */
  finish(): Track[] {
    this.#close(() => true);
    const sure = this.#closed.filter(({ frames }) => frames.length > 1 || frames[0]!.detectionScore >= SURE);
    const tracks = (sure.length > 0 ? sure : this.#closed)
      .sort((a, b) => b.frames.length - a.frames.length)
      .slice(0, MAX_TRACKS)
      .map(({ frames }, id) => ({
        id,
        frames,
        faceSize: median(frames.map((frame) => frame.faceSize)),
        sharpness: median(frames.map((frame) => frame.sharpness)),
      }));
    this.#closed = [];
    return tracks;
  }

  #cut(
    time: number,
    picture: Picture,
    { box, keypoints, score }: Detection,
    geometry: FaceGeometry,
  ): TrackFrame {
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
      crop,
      faceSize: geometry.size,
      sharpness: sharpness(crop, map.size),
    };
  }

  #close(ended: (track: OpenTrack) => boolean): void {
    this.#closed.push(...this.#open.filter(ended));
    this.#open = this.#open.filter((track) => !ended(track));
    if (this.#closed.length > 2 * MAX_TRACKS) {
      this.#closed.sort((a, b) => b.frames.length - a.frames.length).length = MAX_TRACKS;
    }
  }
}

interface Face {
  detection: Detection;
  geometry: FaceGeometry;
}

/** Gives every open track at most one face, the closest pairs first. */
function assign(tracks: readonly OpenTrack[], faces: readonly Face[]): Map<OpenTrack, Face> {
  const pairs = tracks
    .flatMap((track) => faces.map((face) => ({ track, face, cost: cost(track, face) })))
    .filter(({ cost }) => cost !== null)
    .sort((a, b) => a.cost! - b.cost!);
  const assigned = new Map<OpenTrack, Face>();
  const taken = new Set<Face>();
  for (const { track, face } of pairs) {
    if (assigned.has(track) || taken.has(face)) continue;
    assigned.set(track, face);
    taken.add(face);
  }
  return assigned;
}

/** Distance moved in face sizes, less what the boxes overlap; null when the two cannot be the same face. */
function cost(track: OpenTrack, { detection, geometry }: Face): number | null {
  const before = track.geometry;
  const zoom = geometry.size / before.size;
  if (zoom > MAX_ZOOM || zoom < 1 / MAX_ZOOM) return null;
  const dx = geometry.centre.x - before.centre.x;
  const dy = geometry.centre.y - before.centre.y;
  const moved = Math.sqrt(dx * dx + dy * dy) / Math.max(geometry.size, before.size);
  if (moved > MAX_MOVE * (1 + track.missed)) return null;
  return moved - overlap(track.frames[track.frames.length - 1]!.box, detection.box);
}

/** Intersection over union, 0..1. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (a.width * a.height + b.width * b.height - shared);
}
