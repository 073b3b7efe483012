/**
 * Pseudo-fakes in time. A manipulation is made frame by frame, so its blend drifts, jitters, flickers, freezes or lags
 * behind the footage; stills become footage by a simulated camera.
 */
import { NO_SHIFT } from './colour.ts';
import { faceFrame, toPixels } from './face-geometry.ts';
import { addNoise } from './image.ts';
import type { Image } from './image.ts';
import type { RegionWeights } from './mask.ts';
import type { Random } from './random.ts';
import { applyRecipe, visibleRecipe } from './still.ts';
import type { BlendRecipe, Face } from './still.ts';
import { motionMap, movePoints, warp } from './warp.ts';
import type { Motion } from './warp.ts';

/** A random walk that is pulled back to 0 (AR(1)); `deviation` is that of the stationary process. */
export function wander(random: Random, length: number, deviation: number, memory = 0.9): number[] {
  const step = deviation * Math.sqrt(1 - memory * memory);
  let value = random.normal(0, deviation);
  return Array.from({ length }, () => {
    const now = value;
    value = memory * value + random.normal(0, step);
    return now;
  });
}

/** Frames of a still under camera shake and sensor noise. */
export function animateStill(face: Face, length: number, random: Random): Face[] {
  const size = face.image.width;
  const shake = random.uniform(0.2, 1);
  const rotation = wander(random, length, 0.02 * shake);
  const scale = wander(random, length, 0.015 * shake);
  const shiftX = wander(random, length, 0.012 * size * shake);
  const shiftY = wander(random, length, 0.012 * size * shake);
  const brightness = wander(random, length, 2 * shake);
  const noise = random.uniform(0.5, 3);
  return Array.from({ length }, (_, index) => {
    const motion: Motion = {
      rotation: rotation[index]!,
      scale: Math.exp(scale[index]!),
      shiftX: shiftX[index]!,
      shiftY: shiftY[index]!,
      flip: false,
    };
    const image = warp(face.image, motionMap(motion, size, size), size);
    addNoise(image, noise, 0.6, random);
    for (let at = 0; at < image.data.length; at++) image.data[at] = image.data[at]! + brightness[index]!;
    return {
      image,
      keypoints: movePoints(face.keypoints, motion, size, size),
      landmarks: face.landmarks && movePoints(face.landmarks, motion, size, size),
    };
  });
}

/** How a manipulation fails in time: amounts per frame, all in the units of the recipe. */
interface Unsteadiness {
  drift: number;
  jitter: number;
  /** Probability that a frame's blend is weak or missing. */
  flicker: number;
  /** Frames by which the inserted region is behind the footage. */
  lag: number;
  /** Probability that the inserted region stands still from a frame to the next. */
  freeze: number;
}

const STEADY: Unsteadiness = { drift: 0, jitter: 0, flicker: 0, lag: 0, freeze: 0 };

function randomUnsteadiness(random: Random, steadyShare: number): Unsteadiness {
  if (random.chance(steadyShare)) return STEADY;
  return {
    drift: random.chance(0.6) ? random.uniform(0.2, 1) : 0,
    jitter: random.chance(0.6) ? random.uniform(0.1, 1) : 0,
    flicker: random.chance(0.2) ? random.uniform(0.05, 0.3) : 0,
    lag: random.chance(0.2) ? 1 + random.below(2) : 0,
    freeze: random.chance(0.2) ? random.uniform(0.1, 0.5) : 0,
  };
}

/** The recipe of every frame: one manipulation whose parameters move. */
function recipeWalk(
  base: BlendRecipe,
  length: number,
  unit: number,
  unsteady: Unsteadiness,
  random: Random,
): BlendRecipe[] {
  const { drift, jitter } = unsteady;
  const both = (deviation: number): number[] => {
    const slow = wander(random, length, deviation * drift, 0.9);
    return slow.map((value) => value + random.normal(0, deviation * jitter * 0.7));
  };
  const [shiftX, shiftY, rotation, scale] = [both(0.02 * unit), both(0.02 * unit), both(0.015), both(0.012)];
  const [brightness, temperature, blur] = [both(4), both(0.02), both(0.25)];
  const [top, bottom, width] = [both(0.04), both(0.05), both(0.03)];
  return Array.from({ length }, (_, index) => {
    const { change, shape } = base;
    const colour = change.colour ?? NO_SHIFT;
    return {
      ...base,
      shape: {
        ...shape,
        top: shape.top + top[index]!,
        bottom: shape.bottom + bottom[index]!,
        width: shape.width * Math.exp(width[index]!),
        outline: shape.outline && { ...shape.outline, scale: shape.outline.scale * Math.exp(width[index]!) },
        opacity: random.chance(unsteady.flicker) ? shape.opacity * random.uniform(0, 0.6) : shape.opacity,
      },
      change: {
        ...change,
        colour: {
          ...colour,
          brightness: colour.brightness + brightness[index]!,
          temperature: colour.temperature + temperature[index]!,
        },
        blur: Math.max(0, change.blur + blur[index]!),
        motion: {
          ...change.motion,
          shiftX: change.motion.shiftX + shiftX[index]!,
          shiftY: change.motion.shiftY + shiftY[index]!,
          rotation: change.motion.rotation + rotation[index]!,
          scale: change.motion.scale * Math.exp(scale[index]!),
        },
      },
    };
  });
}

/** Moves `from` so that its face lies where the face of `to` lies: what a late or frozen insertion is blended with. */
function follow(from: Face, to: Face): Image {
  const own = faceFrame(from.keypoints);
  const other = faceFrame(to.keypoints);
  const [x, y] = toPixels(own, 0, 0);
  const map = { a: 1, b: 0, c: x - other.originX, d: 0, e: 1, f: y - other.originY };
  return warp(from.image, map, to.image.width);
}

/**
 * A pseudo-fake of a run of frames.
 * @param frames consecutive frames of one face
 * @param steadyShare probability that nothing fails in time
 * @param donor frames of another person, as many as `frames`, for a swap
 */
export function pseudoFakeSequence(
  frames: readonly Face[],
  random: Random,
  regions: RegionWeights,
  steadyShare: number,
  donor?: readonly Face[],
): Image[] {
  const first = frames[0];
  if (first === undefined) return [];
  const frame = faceFrame(first.keypoints);
  const unsteady = randomUnsteadiness(random, steadyShare);
  const base = visibleRecipe(first, random, regions, donor?.[0]).recipe;
  const recipes = recipeWalk(base, frames.length, frame.unit, unsteady, random);
  let held = 0;
  return frames.map((face, index) => {
    const recipe = recipes[index]!;
    if (donor !== undefined) return applyRecipe(face, recipe, random, donor[index]);
    held = index > 0 && random.chance(unsteady.freeze) ? held : Math.max(0, index - unsteady.lag);
    if (held === index) return applyRecipe(face, recipe, random);
    // The inserted pixels come from an earlier frame of the same face.
    const late = follow(frames[held]!, face);
    return applyRecipe(face, { ...recipe, changed: 'inside', colourMatch: 0 }, random, {
      image: late,
      keypoints: face.keypoints,
    });
  });
}
