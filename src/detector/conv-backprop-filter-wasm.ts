import * as tf from '@tensorflow/tfjs-core';

/**
 * tfjs-backend-wasm has no gradient of a convolution by its filter. This one makes training work there: for every place
 * of the filter, the matrix product of the input shifted to that place with the output's gradient.
 */
tf.registerKernel({
  kernelName: tf.Conv2DBackpropFilter,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs }) => {
    const [x, dy] = [inputs['x'] as tf.Tensor4D, inputs['dy'] as tf.Tensor4D];
    const { strides, pad, filterShape } = attrs as unknown as tf.Conv2DBackpropFilterAttrs;
    const info = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad);
    const { padInfo, strideHeight, strideWidth, inChannels, outChannels, outHeight, outWidth, batchSize } =
      info;
    return tf.tidy(() => {
      const padded = tf.pad4d(x, [
        [0, 0],
        [padInfo.top, padInfo.bottom],
        [padInfo.left, padInfo.right],
        [0, 0],
      ]);
      const gradient = tf.reshape(dy, [-1, outChannels]) as tf.Tensor2D;
      const places: tf.Tensor2D[] = [];
      for (let row = 0; row < info.filterHeight; row++) {
        for (let column = 0; column < info.filterWidth; column++) {
          const shifted = tf.stridedSlice(
            padded,
            [0, row, column, 0],
            [
              batchSize,
              row + (outHeight - 1) * strideHeight + 1,
              column + (outWidth - 1) * strideWidth + 1,
              inChannels,
            ],
            [1, strideHeight, strideWidth, 1],
          );
          places.push(tf.matMul(tf.reshape(shifted, [-1, inChannels]) as tf.Tensor2D, gradient, true));
        }
      }
      return tf.reshape(tf.stack(places), filterShape);
    });
  },
});
