import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from './config.ts';
import { paramSpecs, type ParamKind } from './params.ts';

/** `k` of the input tensor; parameters are numbered from 0 in PyTorch's order. */
const INPUT_NUMBER = 100_000;

/** Element `i` of tensor `k`: a number in [0, 1) that any language can repeat exactly (tests/golden/golden.json). */
function integerUniform(i: number, k: number): number {
  let h = (Math.imul(i, 2654435761) + Math.imul(k, 40503) + 12345) >>> 0;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return (h >>> 0) / 2 ** 32;
}

function valueOf(kind: ParamKind, u: number, fanIn: number): number {
  switch (kind) {
    case 'weight':
      return (u - 0.5) * 2 * Math.sqrt(3 / fanIn);
    case 'bias':
    case 'bn_mean':
      return (u - 0.5) * 0.1;
    case 'bn_weight':
    case 'bn_var':
      return 0.9 + 0.2 * u;
  }
}

/**
 * Parameters filled by the integer formula, for tests of the arithmetic against PyTorch. Elements are counted in
 * PyTorch's layout (convolution `[out, in, kh, kw]`, matrices `[out, in]`) and then moved to ours. The caller owns them.
 */
export function integerParams(config: DetectorConfig): Map<string, tf.Tensor> {
  const params = new Map<string, tf.Tensor>();
  paramSpecs(config).forEach(({ name, shape, kind, fanIn }, k) => {
    const values = new Float32Array(tf.util.sizeFromShape(shape));
    // The last axis of ours is the first of PyTorch's; the rest of a convolution goes kh, kw, in -> in, kh, kw.
    const out = shape[shape.length - 1]!;
    const inputs = shape.length === 4 ? shape[2]! : values.length / out;
    const places = values.length / (out * inputs);
    for (let i = 0; i < values.length; i++) {
      const place = i % places;
      const input = Math.floor(i / places) % inputs;
      const output = Math.floor(i / (places * inputs));
      values[(place * inputs + input) * out + output] = valueOf(kind, integerUniform(i, k), fanIn);
    }
    params.set(name, tf.tensor(values, shape));
  });
  return params;
}

/** Normalised crops by the same formula, in [-2, 2), counted in NCHW. @returns `[frames, size, size, 3]` */
export function integerInput(frames: number, size: number): tf.Tensor4D {
  const values = new Float32Array(frames * size * size * 3);
  const area = size * size;
  for (let i = 0; i < values.length; i++) {
    const place = i % area;
    const channel = Math.floor(i / area) % 3;
    const frame = Math.floor(i / (3 * area));
    values[(frame * area + place) * 3 + channel] = (integerUniform(i, INPUT_NUMBER) - 0.5) * 4;
  }
  return tf.tensor4d(values, [frames, size, size, 3]);
}

/** Levels of crops by the same formula, whole numbers 0..255, counted as they lie. @returns `[frames, size, size, 3]` */
export function integerLevels(frames: number, size: number): tf.Tensor4D {
  const values = Float32Array.from({ length: frames * size * size * 3 }, (_, i) =>
    Math.floor(256 * integerUniform(i, INPUT_NUMBER)),
  );
  return tf.tensor4d(values, [frames, size, size, 3]);
}
