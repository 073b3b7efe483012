/**
 * A network may look at every crop a second time, without its detail: what it says then comes of light, footage and person,
 * and is taken off. And it may have a companion, which sees the same crops at half their side: it has learnt from other crops and
 * errs on other faces. Every member is a plain network with a trunk, an LSTM and a head; a frame's logit is the weighted sum of
 * theirs.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { CompanionConfig, DetectorConfig } from './config.ts';

/** Before a companion's parameters in a model. */
export const COMPANION = 'companion.';

/** How a member sees a crop: as means of `shrink` by `shrink` pixels, enlarged to the crop's size again or not. */
export interface View {
  shrink: number;
  enlarged: boolean;
}

export const WHOLE: View = { shrink: 1, enlarged: false };
export const HALF: View = { shrink: 2, enlarged: false };
/** As exports have it: of a quarter of the side a face keeps light, footage and person, and little of what generators leave. */
export const COARSE: View = { shrink: 4, enlarged: true };

export interface Member {
  /** Of one network alone. */
  config: DetectorConfig;
  /** Before the names of its parameters. */
  prefix: '' | typeof COMPANION;
  view: View;
}

/** The networks, each with weights of its own: the network itself, then its companion. */
export function networks({ companion, coarse: _, ...config }: DetectorConfig): Member[] {
  const own: Member = { config, prefix: '', view: WHOLE };
  if (companion === undefined) return [own];
  const { trunk, lstm } = companion;
  const seen = { ...config, trunk, lstm, inputSize: config.inputSize / HALF.shrink };
  return [own, { config: seen, prefix: COMPANION, view: HALF }];
}

/** The network itself, the same on crops without their detail, then its companion. */
export function members(config: DetectorConfig): Member[] {
  const [own, ...others] = networks(config) as [Member, ...Member[]];
  const { coarse, inputSize } = config;
  if (coarse === undefined) return [own, ...others];
  return [own, { ...own, view: { shrink: inputSize / coarse.side, enlarged: true } }, ...others];
}

/**
 * What each member's logits weigh, in the order of `members`. The smaller a face was in the video, the more of the crop's pixels
 * are invented, and the companion needs fewer: at `evenFrom` both weigh the same, every halving of the face takes a quarter from
 * the network's own share, until nothing is left of it, and every doubling adds one, up to `most`.
 * @param faceSize side of the face in pixels of the decoded frame
 */
export function sharesOf({ companion, coarse }: DetectorConfig, faceSize: number): number[] {
  const own = companion === undefined ? 1 : ownShare(companion, faceSize);
  return [
    own,
    ...(coarse === undefined ? [] : [-coarse.weight * own]),
    ...(companion === undefined ? [] : [1 - own]),
  ];
}

function ownShare({ evenFrom, most = 0.5 }: CompanionConfig, faceSize: number): number {
  return Math.min(most, Math.max(0, 0.5 + 0.25 * Math.log2(faceSize / evenFrom)));
}

/** A member's parameters by the names that it has alone. */
export function paramsOf<T>(params: ReadonlyMap<string, T>, { prefix }: Member): ReadonlyMap<string, T> {
  if (prefix === '') return params;
  const own = [...params].filter(([name]) => name.startsWith(prefix));
  return new Map(own.map(([name, value]) => [name.slice(prefix.length), value]));
}

/**
 * What a member sees of a crop, in whole levels, halves rounded up.
 * @param crop RGB, 8 bit, `size * size * 3`; `size` is a multiple of the view's `shrink`
 */
export function viewOf(crop: Uint8Array, size: number, { view }: Pick<Member, 'view'>): Uint8Array {
  const { shrink, enlarged } = view;
  if (shrink === 1) return crop;
  const means = shrunk(crop, size, shrink);
  return enlarged ? enlarge(means, size / shrink, shrink) : means;
}

/** Means of `factor` by `factor` pixels. */
function shrunk(crop: Uint8Array, size: number, factor: number): Uint8Array {
  const side = size / factor;
  const sums = new Uint32Array(side * side * 3);
  for (let y = 0, from = 0; y < size; y++) {
    const row = Math.floor(y / factor) * side;
    for (let x = 0; x < size; x++) {
      const at = 3 * (row + Math.floor(x / factor));
      for (let channel = 0; channel < 3; channel++) sums[at + channel]! += crop[from++]!;
    }
  }
  const count = factor * factor;
  return Uint8Array.from(sums, (sum) => Math.floor((2 * sum + count) / (2 * count)));
}

/** Bilinear, in whole numbers; the first pixel's middle lies half a pixel from the edge, before and after. */
function enlarge(small: Uint8Array, side: number, factor: number): Uint8Array {
  const size = side * factor;
  // Between which two pixels one lies, and what the second of them weighs, in parts of twice the factor.
  const between = Array.from({ length: size }, (_, at): [number, number, number] => {
    const place = 2 * at + 1 - factor;
    const first = Math.floor(place / (2 * factor));
    return [Math.max(0, first), Math.min(side - 1, first + 1), place - 2 * factor * first];
  });
  const whole = 2 * factor;
  const wide = new Uint32Array(side * size * 3);
  for (let y = 0, at = 0; y < side; y++) {
    for (const [left, right, weight] of between) {
      const [a, b] = [3 * (y * side + left), 3 * (y * side + right)];
      for (let channel = 0; channel < 3; channel++)
        wide[at++] = (whole - weight) * small[a + channel]! + weight * small[b + channel]!;
    }
  }
  const large = new Uint8Array(size * size * 3);
  const row = 3 * size;
  for (let y = 0, at = 0; y < size; y++) {
    const [top, bottom, weight] = between[y]!;
    for (let x = 0; x < row; x++)
      large[at++] = Math.floor(
        ((whole - weight) * wide[top * row + x]! + weight * wide[bottom * row + x]! + (whole * whole) / 2) /
          (whole * whole),
      );
  }
  return large;
}

/** `viewOf` for `[N, S, S, 3]` levels 0..255. Exact where `shrink` is a power of two. */
export function viewOfLevels(levels: tf.Tensor4D, { view }: Pick<Member, 'view'>): tf.Tensor4D {
  const { shrink, enlarged } = view;
  if (shrink === 1) return levels;
  return tf.tidy(() => {
    // Means are multiples of one in `shrink` squared: what is added beyond a half lets no rounding error of the sum matter.
    const means = tf.floor(
      tf.add(tf.avgPool(levels, shrink, shrink, 'valid'), 0.5 + 0.4 / (shrink * shrink)),
    ) as tf.Tensor4D;
    if (!enlarged) return means;
    const [, height, width] = levels.shape;
    return tf.floor(tf.add(tf.image.resizeBilinear(means, [height, width], false, true), 0.5));
  });
}
