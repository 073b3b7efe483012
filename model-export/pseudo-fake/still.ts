/**
 * Pseudo-fakes from one picture of a face. The idea is published: blending two pictures of a face leaves traces that
 * all face swaps share (Face X-ray, Li et al. 2020), and the two may be views of the same picture (Self-Blended Images,
 * Shiohara and Yamasaki 2022). The code and the choice of parameters are ours.
 */
import { matchColour } from './colour.ts';
import { faceFrame, toPixels, yaw } from './face-geometry.ts';
import type { FaceFrame, Keypoints } from './face-geometry.ts';
import { blend } from './image.ts';
import type { Image } from './image.ts';
import { fit, speech } from './landmarks.ts';
import type { Landmarks } from './landmarks.ts';
import { drawMask, randomMaskShape } from './mask.ts';
import type { MaskShape, RegionWeights } from './mask.ts';
import type { Random } from './random.ts';
import { changeView, randomViewChange } from './view.ts';
import type { ViewChange } from './view.ts';
import { IDENTITY, mapPoints, warp } from './warp.ts';
import type { Affine, Deformation } from './warp.ts';

/** Where the points of a face lie, in pixels of a crop. */
export interface Mesh {
  keypoints: Keypoints;
  /** The face mesh, where it is known. */
  landmarks?: Landmarks | undefined;
}

/** A square crop with its points. */
export interface Face extends Mesh {
  image: Image;
}

/** All choices behind one pseudo-fake. */
export interface BlendRecipe {
  shape: MaskShape;
  change: ViewChange;
  /** Which side of the mask gets the changed view. */
  changed: 'inside' | 'outside';
  /** How far a donor's colours are drawn to the target's, 0..1. */
  colourMatch: number;
  /** How far a donor's features are drawn to where the target's are, 0..1: a swap speaks and looks as its target does. */
  fit: number;
}

export function randomRecipe(random: Random, frame: FaceFrame, regions: RegionWeights): BlendRecipe {
  const region = random.weighted(regions);
  return {
    shape: randomMaskShape(random, region),
    change: randomViewChange(random, random.uniform(0.4, 1.1), frame.unit),
    changed: region === 'face' && random.chance(0.3) ? 'outside' : 'inside',
    colourMatch: random.uniform(0.6, 1),
    fit: random.uniform(0.4, 1),
  };
}

/** The similarity from a target's pixels to another face's that brings the eyes' middle and the mouth of both together. */
export function similarity(target: FaceFrame, own: FaceFrame): Affine {
  const [x0, y0] = toPixels(own, 0, 0);
  const scale = own.unit / target.unit;
  // The rotation from the target's axes to the donor's.
  const cos = (own.downX * target.downX + own.downY * target.downY) * scale;
  const sin = (own.downY * target.downX - own.downX * target.downY) * scale;
  return {
    a: cos,
    b: -sin,
    c: x0 - cos * target.originX + sin * target.originY,
    d: sin,
    e: cos,
    f: y0 - sin * target.originX - cos * target.originY,
  };
}

/** Two faces further apart than this look so different ways that one cannot be drawn as the other. */
const SAME_WAY = 0.35;

/**
 * Carries a donor's face onto a target's by a similarity, and where both meshes are known its features too.
 * @param share how far they are drawn, 0..1
 */
export function alignDonor(donor: Face, target: FaceFrame, size: number, share = 1): Image {
  const own = faceFrame(donor.keypoints, donor.landmarks);
  const map = similarity(target, own);
  let features: Deformation | undefined;
  if (own.landmarks && target.landmarks && Math.abs(yaw(own) - yaw(target)) < SAME_WAY) {
    features = fit(own.landmarks, target.landmarks, map, size, share);
  }
  return warp(donor.image, map, size, features);
}

/**
 * A face that speaks as another does; without landmarks, for they are not where they were. Nothing where a mesh is missing.
 * @param share how far its mouth goes, 0..1
 */
export function speakAs(face: Face, speaker: Mesh, share: number): Face | undefined {
  if (face.landmarks === undefined || speaker.landmarks === undefined) return undefined;
  const map = similarity(faceFrame(speaker.keypoints), faceFrame(face.keypoints));
  const spoken = mapPoints(map, speaker.landmarks);
  const side = face.image.width;
  const image = warp(face.image, IDENTITY, side, speech(face.landmarks, spoken, side, share));
  return { image, keypoints: face.keypoints };
}

/** Applies a recipe to a picture. With a donor, the pixels inside the mask are another person's. */
export function applyRecipe(face: Face, recipe: BlendRecipe, random: Random, donor?: Face): Image {
  const { image } = face;
  const frame = faceFrame(face.keypoints, face.landmarks);
  const mask = drawMask(recipe.shape, frame, image.width, image.height);
  if (donor !== undefined) {
    const other = alignDonor(donor, frame, image.width, recipe.fit);
    matchColour(other, image, mask, recipe.colourMatch);
    return blend(changeView(other, { ...recipe.change, colour: undefined }, random), image, mask);
  }
  const changed = changeView(image, recipe.change, random);
  return recipe.changed === 'inside' ? blend(changed, image, mask) : blend(image, changed, mask);
}

/** Mean change inside the mask, in grey levels, below which nobody could tell a pseudo-fake from its real. */
const LEAST_CHANGE = 2.5;
const ATTEMPTS = 4;

/** Mean absolute difference of two pictures where a mask weighs. */
function changeWithin(mask: Float32Array, a: Image, b: Image): number {
  let weight = 1e-6;
  let sum = 0;
  for (let pixel = 0; pixel < mask.length; pixel++) {
    const share = mask[pixel]!;
    if (share === 0) continue;
    weight += share;
    // Green stands for all three channels: it is the largest part of luma.
    sum += share * Math.abs(a.data[3 * pixel + 1]! - b.data[3 * pixel + 1]!);
  }
  return sum / weight;
}

/** A recipe whose result on this face differs visibly from it, or the last of a few that do not. */
export function visibleRecipe(
  face: Face,
  random: Random,
  regions: RegionWeights,
  donor?: Face,
): { recipe: BlendRecipe; fake: Image } {
  const frame = faceFrame(face.keypoints, face.landmarks);
  for (let attempt = 1; ; attempt++) {
    const recipe = randomRecipe(random, frame, regions);
    if (donor !== undefined) recipe.shape.opacity = 1;
    const fake = applyRecipe(face, recipe, random, donor);
    if (attempt === ATTEMPTS) return { recipe, fake };
    const inside = drawMask({ ...recipe.shape, opacity: 1 }, frame, face.image.width, face.image.height);
    const counted =
      donor !== undefined || recipe.changed === 'inside' ? inside : inside.map((share) => 1 - share);
    if (changeWithin(counted, fake, face.image) >= LEAST_CHANGE) return { recipe, fake };
  }
}

/** A pseudo-fake of one face; with a donor it swaps, otherwise it blends the face with itself. */
export function pseudoFake(face: Face, random: Random, regions: RegionWeights, donor?: Face): Image {
  return visibleRecipe(face, random, regions, donor).fake;
}
