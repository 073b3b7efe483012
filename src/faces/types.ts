/** What the faces stage takes and hands out. */
import type { CropMap } from './alignment.ts';

/** An RGBA picture, `4 * width * height` bytes, row-major. */
export interface Picture {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

export interface Point {
  x: number;
  y: number;
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The six BlazeFace key points, in pixels of the picture. Left and right are the person's own. */
export interface FaceKeypoints {
  rightEye: Point;
  leftEye: Point;
  nose: Point;
  mouth: Point;
  rightEar: Point;
  leftEar: Point;
}

export interface Detection {
  box: Box;
  keypoints: FaceKeypoints;
  /** Detector confidence, 0..1. */
  score: number;
}

/** How crops are cut. Part of a model's preprocessing: training and use must agree. */
export interface CropSettings {
  /** Side of the square crop in pixels. */
  size: number;
  /** Side of the square in the source, in units of the face size (see `alignment.ts`). */
  margin: number;
}

/** One face at one moment. */
export interface TrackFrame {
  /** Seconds, presentation time of the frame. */
  time: number;
  box: Box;
  keypoints: FaceKeypoints;
  /** The same points in crop pixels. */
  cropKeypoints: FaceKeypoints;
  detectionScore: number;
  /** Where in the picture the crop lies. */
  map: CropMap;
  /** RGB, 8 bit, row-major, `3 * size * size` bytes; empty when it has been let go of. */
  crop: Uint8Array;
  /** Side of the face in pixels of the decoded frame (the alignment's face size, without the margin). */
  faceSize: number;
  /** Variance of the Laplacian of the luma of the crop: low means blurred. */
  sharpness: number;
}

/** One face followed through one shot. */
export interface Track {
  id: number;
  frames: TrackFrame[];
  /** Medians over the frames. */
  faceSize: number;
  sharpness: number;
}
