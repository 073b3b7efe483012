/** Holds an ONNX file against our own network: both have to compute the same logits. */
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-web/wasm';
import type { DetectorConfig } from '../src/detector/config.ts';
import type { ModelManifest } from '../src/detector/manifest.ts';
import { cropFeatures, sequenceLogits } from '../src/detector/network.ts';
import type { Params } from '../src/detector/params.ts';

/** Largest difference of a logit, as a share of the largest logit. */
const TOLERANCE = 1e-3;

/**
 * @param levels one sequence, [frames, S, S, 3], 0..255
 * @returns the largest difference of a logit, as a share of the largest
 * @throws when the two disagree
 */
export async function checkOnnx(
  onnx: Uint8Array,
  params: Params,
  config: DetectorConfig,
  { mean, std }: Pick<ModelManifest['preprocessing'], 'mean' | 'std'>,
  levels: Float32Array,
): Promise<number> {
  const { inputSize: size, companion } = config;
  const frames = levels.length / (size * size * 3);
  const pixels = tf.tensor4d(levels, [frames, size, size, 3]);
  const colours = (seen: tf.Tensor4D): tf.Tensor4D => tf.div(tf.sub(tf.div(seen, 255), mean), std);
  const features = cropFeatures(params, pixels, config, { kind: 'folded' }, colours);
  // Where the members of a network weigh differently.
  const faceSize = (companion?.evenFrom ?? Infinity) / 2;
  const ours = await sequenceLogits(params, tf.expandDims(features, 0), config, faceSize).data<'float32'>();
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(onnx);
  const planes = await tf.transpose(pixels, [0, 3, 1, 2]).data<'float32'>();
  const { logits } = await session.run({
    crops: new ort.Tensor('float32', planes, [frames, 3, size, size]),
    ...(companion && { face_size: new ort.Tensor('float32', [faceSize], [1]) }),
  });
  await session.release();
  const theirs = logits!.data as Float32Array;
  const scale = Math.max(...ours.map(Math.abs));
  const difference = Math.max(...ours.map((logit, frame) => Math.abs(logit - theirs[frame]!))) / scale;
  if (!(difference <= TOLERANCE))
    throw new Error(
      `ONNX and our network disagree by ${difference} of the largest logit, more than ${TOLERANCE}`,
    );
  return difference;
}
