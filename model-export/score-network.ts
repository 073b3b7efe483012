/** A network's logits of clips, as in use: one sequence of crops at a time. */
import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from '../src/detector/config.ts';
import { cropFeatures, sequenceLogits } from '../src/detector/network.ts';
import type { Params } from '../src/detector/params.ts';
import { normalise } from './trainable.ts';
import { scoreClips } from './validation.ts';
import type { ScoredClip, ValidationClip } from './validation.ts';

/** @param kind `folded` for exported weights, `inference` for those of training */
export function scoreNetwork(
  params: Params,
  config: DetectorConfig,
  clips: readonly ValidationClip[],
  kind: 'folded' | 'inference',
): Promise<ScoredClip[]> {
  const { inputSize: size } = config;
  return scoreClips(clips, size, async (images, frames, faceSize) => {
    const logits = tf.tidy(() => {
      const levels = tf.tensor4d(Float32Array.from(images), [frames, size, size, 3]);
      const features = cropFeatures(params, levels, config, { kind }, normalise);
      return sequenceLogits(params, tf.expandDims(features, 0) as tf.Tensor3D, config, faceSize);
    });
    const result = (await logits.data()) as Float32Array;
    logits.dispose();
    return result;
  });
}
