/**
 * An autoencoder of faces: what face swaps and talking heads put into a video went through one like it, and lost what it
 * cannot say. Pseudo-fakes made with it carry that trace (after Rajan et al., "Aligned datasets improve detection of latent
 * diffusion-generated images", ICLR 2025, who train on pictures and their own reconstructions; code and network are ours).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { ParameterShape } from '../flat-parameters.ts';
import { Random } from '../pseudo-fake/random.ts';

export interface AutoencoderConfig {
  /** Side of the pictures in pixels; a multiple of 2 to the number of halvings. */
  size: number;
  /** How often the picture is halved until its code, a map of vectors: 1 to 4. */
  halvings: number;
  /** Length of each vector. */
  codeLength: number;
  /** What the decoder makes maps larger by: channels become pixels, as in face swaps, or pixels are repeated, as in latent diffusion. */
  enlarge: 'shuffle' | 'repeat';
}

/** Channels behind each halving of the encoder; the decoder goes the same way back. */
const CHANNELS = [24, 48, 96, 96] as const;
/** Channels of the decoder at full size. */
const LAST = 16;

/** @throws when the sizes do not fit */
export function autoencoderLayout({
  size,
  halvings,
  codeLength,
  enlarge,
}: AutoencoderConfig): ParameterShape[] {
  if (halvings < 1 || halvings > CHANNELS.length || size % 2 ** halvings !== 0)
    throw new RangeError(`an autoencoder of ${size} pixels cannot halve them ${halvings} times`);
  const layer = (name: string, side: number, from: number, to: number): ParameterShape[] => [
    { name: `${name}.kernel`, shape: [side, side, from, to] },
    { name: `${name}.bias`, shape: [to] },
  ];
  const down = CHANNELS.slice(0, halvings);
  const deepest = down.at(-1)!;
  const up = [...down.slice(0, -1).reverse(), LAST];
  return [
    ...down.flatMap((channels, index) =>
      layer(`encode.${index}`, 3, index === 0 ? 3 : down[index - 1]!, channels),
    ),
    ...layer('code', 1, deepest, codeLength),
    ...layer('uncode', 1, codeLength, deepest),
    ...up.flatMap((channels, index) =>
      layer(
        `decode.${index}`,
        3,
        index === 0 ? deepest : up[index - 1]!,
        enlarge === 'shuffle' ? 4 * channels : channels,
      ),
    ),
    ...layer('picture', 3, LAST, 3),
  ];
}

/** Normal start weights by the number of inputs (He et al. 2015), biases 0. @returns values in the layout's order */
export function autoencoderStart(config: AutoencoderConfig, seed: number): Float32Array {
  const random = new Random(seed);
  const values = autoencoderLayout(config).flatMap(({ shape }) => {
    const count = shape.reduce((product, side) => product * side, 1);
    const inputs = count / shape.at(-1)!;
    return Array.from({ length: count }, () =>
      shape.length === 1 ? 0 : random.normal(0, Math.sqrt(2 / inputs)),
    );
  });
  return Float32Array.from(values);
}

/** [n, h, w, 4 c] to [n, 2 h, 2 w, c]; tfjs has this as `depthToSpace`, but no gradient of it. */
export function channelsToPixels(x: tf.Tensor4D): tf.Tensor4D {
  const [count, height, width, channels] = x.shape;
  const parts = tf.reshape(x, [count, height, width, 2, 2, channels / 4]);
  return tf.reshape(tf.transpose(parts, [0, 1, 3, 2, 4, 5]), [count, 2 * height, 2 * width, channels / 4]);
}

/**
 * @param pictures [n, size, size, 3], levels 0..255
 * @returns the same, as the autoencoder gives them back
 */
export function reconstruct(
  pictures: tf.Tensor4D,
  params: Readonly<Record<string, tf.Tensor>>,
  config: AutoencoderConfig,
): tf.Tensor4D {
  return tf.tidy(() => {
    const convolve = (x: tf.Tensor4D, name: string, stride: number): tf.Tensor4D =>
      tf.add(tf.conv2d(x, params[`${name}.kernel`] as tf.Tensor4D, stride, 'same'), params[`${name}.bias`]!);
    const activate = (x: tf.Tensor4D): tf.Tensor4D => tf.leakyRelu(x, 0.1);
    let x = tf.sub(tf.div(pictures, 127.5), 1) as tf.Tensor4D;
    const { halvings, enlarge } = config;
    for (let index = 0; index < halvings; index++) x = activate(convolve(x, `encode.${index}`, 2));
    x = activate(convolve(convolve(x, 'code', 1), 'uncode', 1));
    for (let index = 0; index < halvings; index++) {
      const [, height, width] = x.shape;
      if (enlarge === 'repeat') x = tf.image.resizeNearestNeighbor(x, [2 * height, 2 * width]);
      x = activate(convolve(x, `decode.${index}`, 1));
      if (enlarge === 'shuffle') x = channelsToPixels(x);
    }
    return tf.mul(tf.add(convolve(x, 'picture', 1), 1), 127.5);
  });
}

/** Mean difference of levels and of their steps to the next pixel: without the latter only what is blurred is learnt. */
export function reconstructionLoss(made: tf.Tensor4D, pictures: tf.Tensor4D): tf.Scalar {
  return tf.tidy(() => {
    const difference = tf.div(tf.sub(made, pictures), 127.5) as tf.Tensor4D;
    const [count, height, width] = difference.shape;
    const part = (top: number, left: number): tf.Tensor =>
      tf.slice(difference, [0, top, left, 0], [count, height - 1, width - 1, 3]);
    const here = part(0, 0);
    const steps = tf.add(tf.abs(tf.sub(part(0, 1), here)), tf.abs(tf.sub(part(1, 0), here)));
    return tf.add(tf.mean(tf.abs(difference)), tf.mean(steps)) as tf.Scalar;
  });
}
