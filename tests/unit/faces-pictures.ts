/** Made pictures and detections for the tests of the face stage. */
import type { Detection, Picture } from '../../src/faces/types.ts';

/** A picture from a function of the pixel's middle that gives grey (0..255). */
export function picture(width: number, height: number, grey: (x: number, y: number) => number): Picture {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += 4) {
      const value = grey(x + 0.5, y + 0.5);
      data.set([value, value, value, 255], at);
    }
  return { width, height, data };
}

/** Pseudo-random numbers 0..1, the same on every run (Lehmer). */
export function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** Random colours per pixel. */
export function noise(width: number, height: number, seed = 1): Picture {
  const next = random(seed);
  return { width, height, data: new Uint8ClampedArray(4 * width * height).map(() => next() * 256) };
}

/** An upright frontal face: `width` is that of its box, (x, y) its middle. */
export function face(x: number, y: number, width: number, score = 0.9): Detection {
  const at = (dx: number, dy: number) => ({ x: x + dx * width, y: y + dy * width });
  return {
    box: { x: x - width / 2, y: y - width / 2, width, height: width },
    keypoints: {
      rightEye: at(-0.2, -0.2),
      leftEye: at(0.2, -0.2),
      nose: at(0, 0),
      mouth: at(0, 0.2),
      rightEar: at(-0.45, -0.1),
      leftEar: at(0.45, -0.1),
    },
    score,
  };
}
