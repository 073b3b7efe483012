/** What turns crops into feature vectors: tfjs's graph on its backend, or our own WebAssembly kernels. */
import * as tf from '@tensorflow/tfjs-core';
import { fetchListed, type OnBytes } from '../integrity/fetch-listed.ts';
import type { DetectorConfig } from './config.ts';
import { members, networks, paramsOf, viewOf } from './members.ts';
import { pinFilter, unpinFilter } from './grouped-filter.ts';
import { KernelTrunk, kernelsSupport } from './kernels/kernel-trunk.ts';
import type { ModelManifest } from './manifest.ts';
import { cropFeatures, featureCount } from './network.ts';
import { convSpecs, foldedParamSpecs, isDepthwise, param, type Params } from './params.ts';

export interface Trunk {
  /**
   * @param crops RGB, 8 bit, row-major, of the model's size
   * @returns `[crops * F]`, the feature vectors one after the other
   */
  features(crops: readonly Uint8Array[]): Promise<Float32Array>;
  dispose(): void;
}

export type Preprocessing = Pick<ModelManifest['preprocessing'], 'mean' | 'std'>;

/** The graph on tfjs's current backend. The weights stay the caller's. */
export class TfjsTrunk implements Trunk {
  /** Normalisation in one step: `pixel * scale + shift`. */
  readonly #scale: tf.Tensor1D;
  readonly #shift: tf.Tensor1D;
  readonly #grouped: tf.Tensor4D[] = [];

  constructor(
    private readonly params: Params,
    private readonly config: DetectorConfig,
    { mean, std }: Preprocessing,
  ) {
    this.#scale = tf.tensor1d(std.map((deviation) => 1 / (255 * deviation)));
    this.#shift = tf.tensor1d(mean.map((value, channel) => -value / std[channel]!));
    if (tf.getBackend() !== 'webgpu') this.#pinGroupedFilters();
  }

  /** @returns the network's input, `[N, S, S, 3]`; the caller owns it */
  normalised(crops: readonly Uint8Array[]): tf.Tensor4D {
    return tf.tidy(() => this.#normalise(this.#levels(crops)));
  }

  #levels(crops: readonly Uint8Array[]): tf.Tensor4D {
    const size = this.config.inputSize;
    const bytes = size * size * 3;
    const pixels = new Float32Array(crops.length * bytes);
    crops.forEach((crop, i) => pixels.set(crop, i * bytes));
    return tf.tensor4d(pixels, [crops.length, size, size, 3]);
  }

  #normalise(levels: tf.Tensor4D): tf.Tensor4D {
    return tf.add<tf.Tensor4D>(tf.mul(levels, this.#scale), this.#shift);
  }

  async features(crops: readonly Uint8Array[]): Promise<Float32Array> {
    const features = tf.tidy(() =>
      cropFeatures(this.params, this.#levels(crops), this.config, { kind: 'folded' }, (levels) =>
        this.#normalise(levels),
      ),
    );
    try {
      return await features.data<'float32'>();
    } finally {
      features.dispose();
    }
  }

  dispose(): void {
    this.#grouped.splice(0).forEach(unpinFilter);
    tf.dispose([this.#scale, this.#shift]);
  }

  #pinGroupedFilters(): void {
    for (const spec of convSpecs(this.config)) {
      // Depthwise ones are not packed: tfjs runs them itself.
      if (spec.groups === 1 || isDepthwise(spec)) continue;
      const filter = param<tf.Tensor4D>(this.params, `${spec.conv}.weight`);
      pinFilter(filter, spec.groups);
      this.#grouped.push(filter);
    }
  }
}

/** Our own kernels, on this thread: an instance for every network. */
export class KernelsTrunk implements Trunk {
  readonly #members: { kernels: KernelTrunk; view: (crop: Uint8Array) => Uint8Array }[];
  readonly #length: number;

  /** @param weights folded, of the trunks; see `KernelTrunk` for what is thrown */
  constructor(
    module: WebAssembly.Module,
    weights: ReadonlyMap<string, Float32Array>,
    config: DetectorConfig,
    preprocessing: Preprocessing,
  ) {
    const kernels = new Map(
      networks(config).map((network) => [
        network.prefix,
        new KernelTrunk(module, paramsOf(weights, network), network.config, preprocessing),
      ]),
    );
    this.#members = members(config).map((member) => ({
      kernels: kernels.get(member.prefix)!,
      view: (crop) => viewOf(crop, config.inputSize, member),
    }));
    this.#length = featureCount(config);
  }

  features(crops: readonly Uint8Array[]): Promise<Float32Array> {
    const features = new Float32Array(crops.length * this.#length);
    let at = 0;
    for (const crop of crops) {
      for (const { kernels, view } of this.#members) {
        features.set(kernels.run(view(crop)), at);
        at += kernels.features;
      }
    }
    return Promise.resolve(features);
  }

  dispose(): void {
    // The memory goes with the last reference to the instance.
  }
}

/** Builds of the kernels, the faster first. */
export const KERNEL_BUILDS = ['relaxed', 'simd'] as const;
export type KernelBuild = (typeof KERNEL_BUILDS)[number];

/** Largest difference allowed between kernels and tfjs, relative to the largest feature. Sums in another order stay below 1e-5. */
const TOLERANCE = 1e-3;

/**
 * Our own kernels for a network, if this machine can run them and they compute what tfjs computes on its current backend.
 * @param kernelsUrl folder of `kernels-simd.wasm` and `kernels-relaxed.wasm`, absolute, with a trailing slash
 * @param reference the same network on tfjs
 * @returns the trunk and its build, or one sentence that says why there is none
 */
export async function openKernels(
  kernelsUrl: string,
  params: Params,
  config: DetectorConfig,
  preprocessing: Preprocessing,
  reference: Trunk,
  onBytes: OnBytes = () => undefined,
): Promise<{ trunk: Trunk; build: KernelBuild } | string> {
  if (!kernelsSupport(config)) return 'kernels: this network has groups of an odd size';
  const weights = new Map<string, Float32Array>();
  for (const { name } of foldedParamSpecs(config))
    if (/(^|\.)trunk\./.test(name)) weights.set(name, await param(params, name).data<'float32'>());
  const crop = testCrop(config.inputSize);
  const expected = await reference.features([crop]);
  let reason = '';
  for (const build of KERNEL_BUILDS) {
    try {
      const bytes = await fetchListed(`${kernelsUrl}kernels-${build}.wasm`, onBytes);
      const module = await WebAssembly.compile(bytes);
      const trunk = new KernelsTrunk(module, weights, config, preprocessing);
      const error = relativeError(await trunk.features([crop]), expected);
      if (error <= TOLERANCE) return { trunk, build };
      reason = `kernels-${build}: computes wrongly, relative error ${error.toPrecision(2)}`;
    } catch (error) {
      reason = `kernels-${build}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return reason;
}

/** Every level in every channel, at places that have nothing to do with it. */
function testCrop(size: number): Uint8Array {
  return Uint8Array.from({ length: size * size * 3 }, (_, i) => (Math.imul(i + 1, 0x9e3779b1) >>> 13) & 255);
}

/** Infinite when a number is not finite. */
function relativeError(actual: Float32Array, expected: Float32Array): number {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), Number.MIN_VALUE);
  let worst = 0;
  for (const [i, value] of expected.entries()) {
    const difference = Math.abs(actual[i]! - value);
    if (!Number.isFinite(difference)) return Infinity;
    worst = Math.max(worst, difference);
  }
  return worst / largest;
}
