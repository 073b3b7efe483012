import * as tf from '@tensorflow/tfjs-core';

/** What a padded position holds: 0 in convolutions, -inf in max-pooling, as in PyTorch. */
const LOWEST = -3.4e38;

/**
 * 2D convolution with PyTorch's symmetric padding. tfjs-node knows only `same` and `valid`, and `same` with stride 2 pads
 * on one side only; so padding is written out where the backend needs that.
 * @param x `[N, H, W, in]`
 * @param filter `[kh, kw, in, out]`
 */
export function conv2d(x: tf.Tensor4D, filter: tf.Tensor4D, stride: number, pad: number): tf.Tensor4D {
  if (pad === 0) return tf.conv2d(x, filter, stride, 'valid');
  if (!needsWrittenPadding()) return tf.conv2d(x, filter, stride, pad);
  if (stride === 1 && filter.shape[0] === 2 * pad + 1 && filter.shape[1] === 2 * pad + 1) {
    return tf.conv2d(x, filter, 1, 'same');
  }
  return tf.conv2d(padSpace(x, pad), filter, stride, 'valid');
}

/**
 * Depthwise 2D convolution with PyTorch's symmetric padding.
 * @param x `[N, H, W, C]`
 * @param filter `[kh, kw, C, 1]`
 */
export function depthwiseConv2d(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  stride: number,
  pad: number,
): tf.Tensor4D {
  // Every backend has `same`, but with a larger stride it pads on one side more than on the other.
  if (stride === 1) return tf.depthwiseConv2d(x, filter, 1, 'same');
  return tf.depthwiseConv2d(padSpace(x, pad), filter, stride, 'valid');
}

/** Max-pooling 3x3, stride 2, padding 1 with -inf: `nn.MaxPool2d(3, 2, 1)`. @param x `[N, H, W, C]` */
export function maxPool3x3(x: tf.Tensor4D): tf.Tensor4D {
  if (!needsWrittenPadding()) return tf.maxPool(x, 3, 2, 1);
  return tf.maxPool(padSpace(x, 1, LOWEST), 3, 2, 'valid');
}

/** Pads height and width on both sides. */
export function padSpace(x: tf.Tensor4D, pad: number, value = 0): tf.Tensor4D {
  const none: [number, number] = [0, 0];
  return tf.pad4d(x, [none, [pad, pad], [pad, pad], none], value);
}

/** tfjs-node's kernels refuse padding given as a number. */
export function needsWrittenPadding(): boolean {
  return tf.getBackend() === 'tensorflow';
}
