/** Where training begins. */
import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from '../src/detector/config.ts';
import { convSpecs, paramSpecs, trunkSpec } from '../src/detector/params.ts';
import { auxSpecs } from './auxiliary-heads.ts';

/**
 * Start weights, the same for the same seed: He normal for convolutions (fan-out, as torchvision), uniform in
 * +-1/sqrt(units) for the LSTM, uniform in +-1/sqrt(inputs) for linear layers (as PyTorch); batch norm is the identity,
 * but zero in the last one of a block with a shortcut, so that the block starts as that (Goyal et al. 2017).
 * The auxiliary head is included. The caller owns the tensors.
 */
export function initParams(config: DetectorConfig, seed: number): Map<string, tf.Tensor> {
  const random = uniformSource(seed);
  const fanOut = new Map(
    convSpecs(config).map((spec) => [
      `${spec.conv}.weight`,
      (spec.kernel ** 2 * spec.outChannels) / spec.groups,
    ]),
  );
  const blocks = trunkSpec(config).stages.flat();
  const atZero = new Set(
    blocks.filter(({ shortcut }) => shortcut !== 'none').map(({ conv3 }) => `${conv3.bn}.weight`),
  );
  const params = new Map<string, tf.Tensor>();
  for (const { name, shape, kind, fanIn } of [...paramSpecs(config), ...auxSpecs(config)]) {
    const values = new Float32Array(tf.util.sizeFromShape(shape));
    const out = fanOut.get(name);
    if (out !== undefined) fillNormal(values, Math.sqrt(2 / out), random);
    else if (name.startsWith('lstm.')) fillUniform(values, 1 / Math.sqrt(config.lstm.units), random);
    else if (kind === 'weight') fillUniform(values, 1 / Math.sqrt(fanIn), random);
    else if (kind === 'bn_var' || (kind === 'bn_weight' && !atZero.has(name))) values.fill(1);
    params.set(name, tf.tensor(values, shape));
  }
  return params;
}

function fillUniform(values: Float32Array, limit: number, random: () => number): void {
  for (let i = 0; i < values.length; i++) values[i] = (2 * random() - 1) * limit;
}

/** Box-Muller. */
function fillNormal(values: Float32Array, deviation: number, random: () => number): void {
  for (let i = 0; i < values.length; i++) {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    values[i] = deviation * radius * Math.cos(2 * Math.PI * random());
  }
}

/** Uniform numbers in [0, 1): the finaliser of MurmurHash3 over a counter. */
function uniformSource(seed: number): () => number {
  let counter = Math.imul(seed, 0x9e3779b1) >>> 0;
  return () => {
    counter = (counter + 0x9e3779b9) >>> 0;
    let h = counter;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
  };
}
