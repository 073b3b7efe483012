import type { CropSettings, FaceKeypoints, Point } from './types.ts';

/** What the models are cut with unless their manifest says otherwise. */
export const DEFAULT_CROP: CropSettings = { size: 128, margin: 1.4 };

/**
 * The face's place in the picture. `right` is the unit vector along the eye line, from the person's right eye (on the
 * left in the picture) to the left one; "down the face" is that vector turned by 90 degrees clockwise on the screen.
 */
export interface FaceGeometry {
  /** Halfway between the eyes' middle and the mouth. */
  centre: Point;
  right: Point;
  /** About the width of the face in pixels of the picture, see `faceGeometry`. */
  size: number;
}

/** Width of a face in units of the distance between its eyes, seen from the front. */
const WIDTH_PER_EYE_DISTANCE = 2.3;
/** The same in units of the distance from the eyes' middle to the mouth. */
const WIDTH_PER_EYE_MOUTH_DISTANCE = 2;

/**
 * Place, turn and size of a face from its key points.
 *
 * A head that turns aside brings its eyes together in the picture, one that nods brings eyes and mouth together; the
 * larger of the two estimates is the one that was not foreshortened.
 */
export function faceGeometry({ rightEye, leftEye, mouth }: FaceKeypoints): FaceGeometry {
  const eyes = { x: (rightEye.x + leftEye.x) / 2, y: (rightEye.y + leftEye.y) / 2 };
  const across = { x: leftEye.x - rightEye.x, y: leftEye.y - rightEye.y };
  const eyeDistance = Math.sqrt(across.x * across.x + across.y * across.y);
  const down = { x: mouth.x - eyes.x, y: mouth.y - eyes.y };
  const eyeMouthDistance = Math.sqrt(down.x * down.x + down.y * down.y);
  return {
    centre: { x: eyes.x + down.x / 2, y: eyes.y + down.y / 2 },
    right: eyeDistance > 0 ? { x: across.x / eyeDistance, y: across.y / eyeDistance } : { x: 1, y: 0 },
    size: Math.max(WIDTH_PER_EYE_DISTANCE * eyeDistance, WIDTH_PER_EYE_MOUTH_DISTANCE * eyeMouthDistance),
  };
}

/** A similarity map: crop pixel (u, v), counted from the crop's centre, lies at `centre + scale * (u * right + v * down)`. */
export interface CropMap {
  size: number;
  centre: Point;
  right: Point;
  /** Source pixels per crop pixel. */
  scale: number;
}

/**
 * The map of a face's crop: a square of `margin` face sizes, the eye line level.
 * The ratio comes first: 1.25 times margin and size then give the very same scale, to the last bit (see `cutCrop`).
 */
export function cropMap(face: FaceGeometry, { size, margin }: CropSettings): CropMap {
  return { size, centre: face.centre, right: face.right, scale: face.size * (margin / size) };
}

/** Where a point of the source lies in the crop, in crop pixels from its top left corner. */
export function toCrop(point: Point, { size, centre, right, scale }: CropMap): Point {
  const x = (point.x - centre.x) / scale;
  const y = (point.y - centre.y) / scale;
  return { x: x * right.x + y * right.y + size / 2, y: y * right.x - x * right.y + size / 2 };
}
