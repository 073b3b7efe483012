import * as tf from '@tensorflow/tfjs-core';

/**
 * Input channels that one packed dense convolution takes at most. A dense convolution over k groups does k times the
 * needed multiplications, but a narrow one leaves SIMD lanes idle and pays for slicing and joining.
 */
const CHUNK_CHANNELS = 32;
/** Up to this many input channels one dense convolution over all groups is made: nothing to slice or join. */
const WHOLE_CHANNELS = 32;

/** Groups per packed convolution: a divisor of `groups`. @param inPerGroup input channels of one group */
export function groupsPerChunk(groups: number, inPerGroup: number): number {
  if (groups * inPerGroup <= WHOLE_CHANNELS) return groups;
  let best = 1;
  for (let count = 2; count <= groups; count++) {
    if (groups % count === 0 && count * inPerGroup <= CHUNK_CHANNELS) best = count;
  }
  return best;
}

/** 1 where an input channel and an output channel belong to the same group. `[count * in, count * out]` */
export function blockMask(count: number, inPerGroup: number, outPerGroup: number): tf.Tensor2D {
  const [rows, columns] = [count * inPerGroup, count * outPerGroup];
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const group = Math.floor(row / inPerGroup);
    values.fill(1, row * columns + group * outPerGroup, row * columns + (group + 1) * outPerGroup);
  }
  return tf.tensor2d(values, [rows, columns]);
}

/**
 * Block-diagonal dense filters, one per chunk of groups.
 * @param filter `[kh, kw, in / groups, out]`
 * @returns filters `[kh, kw, chunk in, chunk out]`
 */
export function packFilter(filter: tf.Tensor4D, groups: number): tf.Tensor4D[] {
  const [kh, kw, inPerGroup, out] = filter.shape;
  const outPerGroup = out / groups;
  const count = groupsPerChunk(groups, inPerGroup);
  return tf.tidy(() => {
    const mask = blockMask(count, inPerGroup, outPerGroup);
    return Array.from({ length: groups / count }, (_, chunk) => {
      const part = tf.slice4d(
        filter,
        [0, 0, 0, chunk * count * outPerGroup],
        [kh, kw, inPerGroup, count * outPerGroup],
      );
      return count === 1 ? part : tf.mul<tf.Tensor4D>(tf.tile(part, [1, 1, count, 1]), mask);
    });
  });
}

/** Takes the diagonal blocks out of a chunk's dense filter: the transpose of packing. `[kh, kw, in / groups, chunk out]` */
export function unpackChunk(dense: tf.Tensor4D, count: number): tf.Tensor4D {
  if (count === 1) return dense;
  return tf.tidy(() => {
    const [kh, kw, chunkIn, chunkOut] = dense.shape;
    const masked = tf.mul(dense, blockMask(count, chunkIn / count, chunkOut / count));
    return tf.sum(tf.reshape(masked, [kh, kw, count, chunkIn / count, chunkOut]), 2) as tf.Tensor4D;
  });
}

/** Packed forms of filters that do not change any more, by the identity of the filter's data, and how often each is pinned. */
const pinned = new WeakMap<object, { packed: tf.Tensor4D[]; times: number }>();

/** Packs a constant filter once for all who pin it. Each ends that with `unpinFilter` before the filter is disposed. */
export function pinFilter(filter: tf.Tensor4D, groups: number): void {
  const pin = pinned.get(filter.dataId);
  if (pin !== undefined) pin.times++;
  else pinned.set(filter.dataId, { packed: packFilter(filter, groups).map(tf.keep), times: 1 });
}

/** Disposes what `pinFilter` made, once nobody pins it any more. */
export function unpinFilter(filter: tf.Tensor4D): void {
  const pin = pinned.get(filter.dataId);
  if (pin === undefined || --pin.times > 0) return;
  tf.dispose(pin.packed);
  pinned.delete(filter.dataId);
}

/** The filter's packed form: the pinned one, or a new one that belongs to the caller's tidy scope. */
export function packedFilter(filter: tf.Tensor4D, groups: number): tf.Tensor4D[] {
  return pinned.get(filter.dataId)?.packed ?? packFilter(filter, groups);
}
