/** The detector's graph (`src/detector`) as training needs it: lists of weights, modes, native kernels where there are. */
import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from '../src/detector/config.ts';
import { memberLogits, pooled, trunkActivations, trunkFeatures } from '../src/detector/network.ts';
import { isTrainable, paramSpecs } from '../src/detector/params.ts';
import type { Params, ParamSpec } from '../src/detector/params.ts';
import type { Mode } from '../src/detector/resnext.ts';
import { auxSpecs, placeLogits, trunkHead } from './auxiliary-heads.ts';
import type { ParameterShape } from './flat-parameters.ts';
import { initParams } from './start-weights.ts';
import { hasNativeOperations, nativeBatchNorm } from './native-operations.ts';
import { webGpuBatchNorm } from './webgpu-operations.ts';

/** Colours as the network sees them: (level / 255 - MEAN) / STD, the same for all channels. Part of the manifest. */
export const NORMALISATION = { mean: 0.5, std: 0.25 } as const;

/** [n, S, S, 3] levels 0..255 to the network's input. */
export function normalise(levels: tf.Tensor4D): tf.Tensor4D {
  const { mean, std } = NORMALISATION;
  return tf.tidy(() => tf.sub(tf.mul(levels, 1 / (255 * std)), mean / std) as tf.Tensor4D);
}

export class Trainable {
  readonly parameters: ParameterShape[];
  /** Running statistics of batch normalisation. */
  readonly statistics: ParameterShape[];

  /** What normalises on the active backend, where that has something faster than the network's own definition. */
  private readonly norm: Pick<Extract<Mode, { kind: 'training' }>, 'batchNorm'> = hasNativeOperations()
    ? { batchNorm: nativeBatchNorm }
    : tf.getBackend() === 'webgpu'
      ? { batchNorm: webGpuBatchNorm }
      : {};

  /** The backend has to be open already. */
  constructor(readonly config: DetectorConfig) {
    if (config.companion !== undefined || config.coarse !== undefined)
      throw new Error('a network is trained without companion and coarse look: export.ts puts them together');
    const specs = [...paramSpecs(config), ...auxSpecs(config)];
    const shape = ({ name, shape }: ParamSpec): ParameterShape => ({ name, shape });
    this.parameters = specs.filter(isTrainable).map(shape);
    this.statistics = specs.filter((spec) => !isTrainable(spec)).map(shape);
  }

  /** Start weights and statistics, as flat vectors. */
  initial(seed: number): { weights: Float32Array; statistics: Float32Array } {
    const start = initParams(this.config, seed);
    // Read one by one: values that were never used are still in memory, on every backend.
    const flat = (layout: readonly ParameterShape[]): Float32Array =>
      Float32Array.from(layout.flatMap(({ name }) => [...start.get(name)!.dataSync()]));
    const vectors = { weights: flat(this.parameters), statistics: flat(this.statistics) };
    tf.dispose([...start.values()]);
    return vectors;
  }

  /**
   * [n, S, S, 3] levels to [n, F] features.
   * @param moved where the moved running statistics go, kept; without it the statistics stand still and are used
   */
  features(levels: tf.Tensor4D, params: Params, moved: Map<string, tf.Tensor1D> | undefined): tf.Tensor2D {
    return trunkFeatures(params, normalise(levels), this.config, this.mode(moved));
  }

  /**
   * [n, S, S, 3] levels to the auxiliary logits of frames [n] and of their places [n, side * side].
   * @param moved as for `features`
   */
  auxiliaryLogits(
    levels: tf.Tensor4D,
    params: Params,
    moved: Map<string, tf.Tensor1D> | undefined,
  ): { frames: tf.Tensor1D; places: tf.Tensor2D } {
    const { stages } = trunkActivations(params, normalise(levels), this.config, this.mode(moved));
    return { frames: trunkHead(params, pooled(stages.at(-1)!)), places: placeLogits(params, stages) };
  }

  private mode(moved: Map<string, tf.Tensor1D> | undefined): Mode {
    if (moved === undefined) return { kind: 'inference' };
    return { kind: 'training', runningStatistics: moved, ...this.norm };
  }

  /** [n, F] to [n]: the auxiliary head. */
  frameLogits(features: tf.Tensor2D, params: Params): tf.Tensor1D {
    return trunkHead(params, features);
  }

  /** [b, t, F] to [b, t]: LSTM and head. */
  sequenceLogits(features: tf.Tensor3D, params: Params): tf.Tensor2D {
    return memberLogits(params, features, this.config);
  }
}
