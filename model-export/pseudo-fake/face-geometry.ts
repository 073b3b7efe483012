/** A face's own coordinates, from six key points: u runs across the face, v down it. */
import type { Landmarks } from './landmarks.ts';

/** x, y of right eye, left eye, nose, mouth, right ear, left ear, in pixels. */
export type Keypoints = readonly number[];

export interface FaceFrame {
  /** Between the eyes, in pixels. */
  originX: number;
  originY: number;
  /** Unit vector along v in pixels (eyes to mouth). */
  downX: number;
  downY: number;
  /** Distance from the eyes to the mouth in pixels: the unit of u and v. */
  unit: number;
  /** Half widths of the face at the eyes towards the left and right of the picture, in units. */
  leftWidth: number;
  rightWidth: number;
  /** The face mesh in pixels, where it is known. */
  landmarks: Landmarks | undefined;
}

/** Where the points of an upright frontal face lie in an aligned square crop, as shares of its side. */
const FRONTAL = [0.4, 0.42, 0.6, 0.42, 0.5, 0.53, 0.5, 0.63, 0.29, 0.46, 0.71, 0.46];

/** Stand-in for a crop without key points. @param size side of the crop @param zoom 1 for the face size of FRONTAL */
export function frontalKeypoints(size: number, zoom = 1): number[] {
  return FRONTAL.map((share) => (0.5 + (share - 0.5) * zoom) * size);
}

export function faceFrame(points: Keypoints, landmarks?: Landmarks): FaceFrame {
  const at = (index: number): number => points[index] ?? 0;
  const originX = (at(0) + at(2)) / 2;
  const originY = (at(1) + at(3)) / 2;
  const towardsX = at(6) - originX;
  const towardsY = at(7) - originY;
  const unit = Math.max(4, Math.hypot(towardsX, towardsY));
  const downX = towardsX / unit;
  const downY = towardsY / unit;
  // u is v turned by a quarter, so that positive u points to the picture's right for an upright face.
  const across = (x: number, y: number): number => ((x - originX) * downY - (y - originY) * downX) / unit;
  const ears = [across(at(8), at(9)), across(at(10), at(11))];
  const eyes = [across(at(0), at(1)), across(at(2), at(3))];
  // The outline lies a little inside the ears, and never inside the eyes even in profile.
  const leftWidth = Math.min(1.3, Math.max(-Math.min(...ears) * 0.9, -Math.min(...eyes) + 0.25, 0.35));
  const rightWidth = Math.min(1.3, Math.max(Math.max(...ears) * 0.9, Math.max(...eyes) + 0.25, 0.35));
  return { originX, originY, downX, downY, unit, leftWidth, rightWidth, landmarks };
}

/** Which way a face looks: -1 towards the picture's left edge in full profile, 0 ahead, 1 right. */
export function yaw({ leftWidth, rightWidth }: FaceFrame): number {
  return (leftWidth - rightWidth) / (leftWidth + rightWidth);
}

/** Pixel position of (u, v). */
export function toPixels(frame: FaceFrame, u: number, v: number): [number, number] {
  const { originX, originY, downX, downY, unit } = frame;
  return [originX + unit * (u * downY + v * downX), originY + unit * (-u * downX + v * downY)];
}
