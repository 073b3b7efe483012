import * as tf from '@tensorflow/tfjs-core';
import golden from '../golden/golden.json' with { type: 'json' };
import type { BottleneckTrunkConfig, DetectorConfig } from '../../src/detector/config.ts';
import { integerInput, integerParams } from '../../src/detector/integer-fill.ts';
import { lstm } from '../../src/detector/lstm.ts';
import { memberLogits } from '../../src/detector/network.ts';
import type { Params } from '../../src/detector/params.ts';
import { pooled, trunkActivations, type Mode } from '../../src/detector/resnext.ts';

export type CaseName = keyof typeof golden.cases;

interface Statistics {
  shape: number[];
  mean: number;
  std: number;
  index: number[];
  value: number[];
}

export function goldenConfig(name: CaseName): DetectorConfig & { trunk: BottleneckTrunkConfig } {
  const reference = golden.cases[name];
  return {
    inputSize: reference.input_size,
    sequenceLength: reference.frames,
    trunk: {
      depths: reference.layers,
      cardinality: reference.groups,
      widthPerGroup: reference.width_per_group,
      stem: 'imagenet',
      stemChannels: 64,
    },
    lstm: { units: reference.lstm_hidden, bidirectional: true },
  };
}

export function goldenTensors(name: CaseName): { name: string; shape: number[] }[] {
  return golden.cases[name].tensors;
}

export interface StageError {
  stage: string;
  /** max |a - b| over the sampled values, over max |b|. */
  values: number;
  /** |a - b| of the mean and of the standard deviation, over the standard deviation. */
  moments: number;
}

/** Runs a case of golden.json on the current backend and compares every stage with PyTorch's numbers. */
export async function goldenErrors(
  name: CaseName,
  mode: Mode = { kind: 'inference' },
  prepare: (params: Params, config: DetectorConfig) => Params = (params) => params,
): Promise<StageError[]> {
  const config = goldenConfig(name);
  const stages: Record<string, Statistics> = golden.cases[name].stages;
  const original = integerParams(config);
  const params = prepare(original, config);
  const kept = new Map<string, tf.Tensor>();
  const keep = (stage: string, tensor: tf.Tensor): void => void kept.set(stage, tf.keep(tf.clone(tensor)));
  tf.tidy(() => {
    const input = integerInput(config.sequenceLength, config.inputSize);
    const { stem, stages } = trunkActivations(params, input, config, mode);
    for (const [at, activations] of [
      ['stem', stem] as const,
      ...stages.map((y, i) => [`stage${i + 1}`, y] as const),
    ]) {
      keep(at, tf.transpose(activations, [0, 3, 1, 2]));
    }
    const features = pooled(stages.at(-1)!);
    keep('features', features);
    const sequence = tf.expandDims<tf.Tensor3D>(features, 0);
    keep('lstm', lstm(params, sequence, config.lstm));
    keep('logit_per_frame', tf.expandDims(memberLogits(params, sequence, config), 2));
  });
  const errors: StageError[] = [];
  for (const [stage, expected] of Object.entries(stages)) {
    const tensor = kept.get(stage);
    if (tensor === undefined) throw new Error(`stage ${stage} was not observed`);
    if (tensor.shape.join() !== expected.shape.join()) {
      throw new Error(`stage ${stage}: shape ${tensor.shape.join()}, expected ${expected.shape.join()}`);
    }
    errors.push({ stage, ...difference(await tensor.data<'float32'>(), expected) });
  }
  kept.forEach((tensor) => tensor.dispose());
  if (params !== original) params.forEach((tensor) => tensor.dispose());
  original.forEach((tensor) => tensor.dispose());
  return errors;
}

function difference(actual: Float32Array, expected: Statistics): { values: number; moments: number } {
  let [sum, squares] = [0, 0];
  for (const value of actual) sum += value;
  const mean = sum / actual.length;
  for (const value of actual) squares += (value - mean) ** 2;
  const std = Math.sqrt(squares / actual.length);
  const largest = Math.max(...expected.value.map(Math.abs));
  const worst = Math.max(...expected.index.map((at, i) => Math.abs(actual[at]! - expected.value[i]!)));
  const moments = Math.max(Math.abs(mean - expected.mean), Math.abs(std - expected.std)) / expected.std;
  return { values: worst / largest, moments };
}

/** The largest error over all stages. NaN counts as infinite. */
export function worstError(errors: readonly StageError[]): number {
  const all = errors.flatMap(({ values, moments }) => [values, moments]);
  return all.some(Number.isNaN) ? Infinity : Math.max(...all);
}
