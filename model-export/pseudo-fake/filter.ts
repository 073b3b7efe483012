/** Blur, sharpening and change of resolution. All give new images. */
import type { Image } from './image.ts';

/**
 * Gaussian blur; `sigma` in pixels, up to about 4. Small binomial-like kernels [a, 1 - 2a, a], each of variance 2a, are
 * applied in both directions until their variances add up to sigma squared (central limit theorem).
 */
export function gaussianBlur(image: Image, sigma: number): Image {
  const result: Image = { ...image, data: image.data.slice() };
  const variance = sigma * sigma;
  const passes = Math.ceil(variance / 0.6);
  for (let pass = 0; pass < passes; pass++) smooth(result, variance / passes / 2);
  return result;
}

/** One pass of [side, 1 - 2 side, side] along rows and columns, in place; the border is repeated. */
function smooth(image: Image, side: number): void {
  const { width, height, data } = image;
  const row = width * 3;
  const centre = 1 - 2 * side;
  for (let y = 0; y < height; y++) {
    const end = (y + 1) * row;
    let red = data[end - row]!;
    let green = data[end - row + 1]!;
    let blue = data[end - row + 2]!;
    for (let at = end - row; at < end; at += 3) {
      const next = at + 3 < end ? at + 3 : at;
      const r = data[at]!;
      const g = data[at + 1]!;
      const b = data[at + 2]!;
      data[at] = side * (red + data[next]!) + centre * r;
      data[at + 1] = side * (green + data[next + 1]!) + centre * g;
      data[at + 2] = side * (blue + data[next + 2]!) + centre * b;
      red = r;
      green = g;
      blue = b;
    }
  }
  const above = data.slice(0, row);
  for (let y = 0; y < height; y++) {
    const base = y * row;
    const below = y + 1 < height ? base + row : base;
    for (let x = 0; x < row; x++) {
      const value = data[base + x]!;
      data[base + x] = side * (above[x]! + data[below + x]!) + centre * value;
      above[x] = value;
    }
  }
}

/** Unsharp mask: adds `amount` times what a Gaussian blur takes away. */
export function unsharp(image: Image, sigma: number, amount: number): Image {
  const result = gaussianBlur(image, sigma);
  const { data } = result;
  for (let at = 0; at < data.length; at++)
    data[at] = image.data[at]! + amount * (image.data[at]! - data[at]!);
  return result;
}

/** Softens a mask: three box blurs come close to a Gaussian, at a cost that does not grow with the radius. */
export function blurMask(mask: Float32Array, width: number, height: number, radius: number): Float32Array {
  const size = Math.round(radius);
  const result = mask.slice();
  if (size < 1) return result;
  const middle = new Float32Array(mask.length);
  for (let pass = 0; pass < 3; pass++) {
    boxRows(result, middle, width, height, size);
    boxColumns(middle, result, width, height, size);
  }
  return result;
}

/** Running means along rows; outside is 0, as a mask is. */
function boxRows(from: Float32Array, to: Float32Array, width: number, height: number, radius: number): void {
  const scale = 1 / (2 * radius + 1);
  for (let y = 0; y < height; y++) {
    const base = y * width;
    let sum = 0;
    for (let x = 0; x < Math.min(radius, width); x++) sum += from[base + x]!;
    for (let x = 0; x < width; x++) {
      if (x + radius < width) sum += from[base + x + radius]!;
      if (x - radius - 1 >= 0) sum -= from[base + x - radius - 1]!;
      to[base + x] = sum * scale;
    }
  }
}

/** Running means along columns, all columns at a time. */
function boxColumns(
  from: Float32Array,
  to: Float32Array,
  width: number,
  height: number,
  radius: number,
): void {
  const scale = 1 / (2 * radius + 1);
  const sums = new Float32Array(width);
  for (let y = 0; y < Math.min(radius, height); y++)
    for (let x = 0; x < width; x++) sums[x] = sums[x]! + from[y * width + x]!;
  for (let y = 0; y < height; y++) {
    const entering = (y + radius) * width;
    const leaving = (y - radius - 1) * width;
    if (y + radius < height) for (let x = 0; x < width; x++) sums[x] = sums[x]! + from[entering + x]!;
    if (leaving >= 0) for (let x = 0; x < width; x++) sums[x] = sums[x]! - from[leaving + x]!;
    for (let x = 0; x < width; x++) to[y * width + x] = sums[x]! * scale;
  }
}

interface Taps {
  /** First source sample and number of samples for each target sample. */
  first: Int32Array;
  count: Int32Array;
  /** `stride` places per target sample. */
  weights: Float32Array;
  stride: number;
}

/**
 * Weights of the source samples for each target sample: a triangle, widened when the picture shrinks (as browsers and
 * swscale's bilinear do). Samples beyond the border count as the border's.
 */
function resampleTaps(from: number, to: number): Taps {
  const scale = from / to;
  const support = Math.max(1, scale);
  const stride = Math.ceil(2 * support) + 1;
  const taps: Taps = {
    first: new Int32Array(to),
    count: new Int32Array(to),
    weights: new Float32Array(to * stride),
    stride,
  };
  for (let target = 0; target < to; target++) {
    const centre = (target + 0.5) * scale - 0.5;
    const start = Math.floor(centre - support) + 1;
    const end = Math.ceil(centre + support);
    const first = Math.min(from - 1, Math.max(0, start));
    let sum = 0;
    for (let sample = start; sample < end; sample++) {
      const weight = 1 - Math.abs(sample - centre) / support;
      const place = target * stride + Math.min(from - 1, Math.max(0, sample)) - first;
      taps.weights[place] = taps.weights[place]! + weight;
      sum += weight;
    }
    taps.first[target] = first;
    taps.count[target] = Math.min(from - 1, Math.max(0, end - 1)) - first + 1;
    for (let place = target * stride; place < (target + 1) * stride; place++)
      taps.weights[place] = taps.weights[place]! / sum;
  }
  return taps;
}

/** Resize with a triangle filter. */
export function resize(image: Image, width: number, height: number): Image {
  if (width === image.width && height === image.height) return { ...image, data: image.data.slice() };
  const source = image.data;
  const down = resampleTaps(image.height, height);
  const sourceRow = image.width * 3;
  const middle = new Float32Array(sourceRow * height);
  for (let y = 0; y < height; y++) {
    const to = y * sourceRow;
    for (let tap = 0; tap < down.count[y]!; tap++) {
      const weight = down.weights[y * down.stride + tap]!;
      const from = (down.first[y]! + tap) * sourceRow;
      for (let at = 0; at < sourceRow; at++) middle[to + at] = middle[to + at]! + weight * source[from + at]!;
    }
  }
  const { first, count, weights, stride } = resampleTaps(image.width, width);
  const data = new Float32Array(width * height * 3);
  for (let y = 0, to = 0; y < height; y++) {
    const row = y * sourceRow;
    for (let x = 0; x < width; x++, to += 3) {
      let red = 0;
      let green = 0;
      let blue = 0;
      const begin = x * stride;
      const end = begin + count[x]!;
      for (let tap = begin, from = row + first[x]! * 3; tap < end; tap++, from += 3) {
        const weight = weights[tap]!;
        red += weight * middle[from]!;
        green += weight * middle[from + 1]!;
        blue += weight * middle[from + 2]!;
      }
      data[to] = red;
      data[to + 1] = green;
      data[to + 2] = blue;
    }
  }
  return { width, height, data };
}
