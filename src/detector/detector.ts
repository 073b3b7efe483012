import * as tf from '@tensorflow/tfjs-core';
import type { OnBytes } from '../integrity/fetch-listed.ts';
import { activationMap, type ActivationMap, type JudgedIn } from './activation-map.ts';
import { lostWhenFailing, onGpuLost, openBackend, type BackendOptions, type Runtime } from './backend.ts';
import { DetectorError } from './errors.ts';
import type { ModelManifest } from './manifest.ts';
import { fetchModel, openModel, type LoadedModel } from './model.ts';
import { featureCount } from './network.ts';
import { SequenceHead } from './sequence-head.ts';
import { openKernels, TfjsTrunk, type Trunk } from './trunk.ts';

/** Crops that go through tfjs's trunk at once: bounds memory; larger batches are not faster. */
const BATCH = 8;

export interface DetectorOptions extends BackendOptions {
  /** The model's folder, absolute, with a trailing slash. */
  modelUrl: string;
  /** Folder of our own kernels, absolute, with a trailing slash. Without it tfjs computes everything. */
  kernelsUrl?: string;
}

/** What is known of a detector without asking it. */
export interface DetectorFacts {
  readonly manifest: ModelManifest;
  /** SHA-256 of manifest.json. */
  readonly modelSha256: string;
  readonly runtime: Runtime;
}

export interface Detector extends DetectorFacts {
  /**
   * The trunk's half of the work, which needs no neighbours in time: crops can go through as they come.
   * @param crops RGB, 8 bit, row-major, `inputSize * inputSize * 3` bytes each
   * @returns `[crops * F]`, the feature vectors one after the other
   * @throws DetectorError `input_invalid` when a crop has another size; Error when what comes out is not finite
   */
  features(crops: readonly Uint8Array[]): Promise<Float32Array>;
  /**
   * The LSTM's half.
   * @param features `[T * F]`, the feature vectors of one sequence of one face, in the order of time
   * @param faceSize side of the face in pixels of the decoded frame, which its crops are cut from
   * @returns one logit per frame; positive speaks for a manipulation
   */
  logits(features: Float32Array, faceSize: number): Promise<Float32Array>;
  /** Where in a crop the network reacted; see `activation-map.ts`. */
  activationMap(crop: Uint8Array, judged: JudgedIn): Promise<ActivationMap>;
  /** Frees the weights. The detector is of no use any more. */
  dispose(): void;
}

/**
 * Fetches the model, checks it, opens a backend and loads the weights.
 * @throws DetectorError `model_missing`, `model_integrity_failed`, `model_invalid`, `backend_unavailable`, `backend_lost`
 */
export async function createDetector(
  options: DetectorOptions,
  onBytes: OnBytes = () => undefined,
): Promise<LoadedDetector> {
  const files = await fetchModel(options.modelUrl, fetch, onBytes);
  const runtime = await openBackend(options, onBytes);
  const lost = new Promise<never>((_, reject) => onGpuLost(reject));
  const detector = new LoadedDetector(openModel(files), runtime);
  if (runtime.backend === 'wasm' && options.kernelsUrl !== undefined)
    await detector.useKernels(options.kernelsUrl, onBytes);
  await Promise.race([lostWhenFailing(detector.warmUp()), lost]);
  lost.catch(() => undefined); // from now on others listen
  return detector;
}

export class LoadedDetector implements Detector {
  readonly manifest: ModelManifest;
  readonly modelSha256: string;
  readonly #params: Map<string, tf.Tensor>;
  #trunk: Trunk;
  #head: SequenceHead | undefined;

  /** Takes over the model's tensors. They are on the current backend, which has to stay the current one. */
  constructor(
    { manifest, sha256, params }: LoadedModel,
    readonly runtime: Runtime,
  ) {
    this.manifest = manifest;
    this.modelSha256 = sha256;
    this.#params = params;
    this.#trunk = new TfjsTrunk(params, manifest.config, manifest.preprocessing);
  }

  /** Our own kernels from now on, where they run and compute rightly; the runtime says so, or why not. */
  async useKernels(url: string, onBytes?: OnBytes): Promise<void> {
    const { config, preprocessing } = this.manifest;
    const opened = await openKernels(url, this.#params, config, preprocessing, this.#trunk, onBytes);
    if (typeof opened === 'string') {
      this.runtime.rejected.push({ backend: 'wasm', reason: opened });
      return;
    }
    this.#trunk.dispose();
    this.#trunk = opened.trunk;
    this.runtime.kernels = opened.build;
  }

  async features(crops: readonly Uint8Array[]): Promise<Float32Array> {
    this.#check(crops);
    const length = featureCount(this.manifest.config);
    const features = new Float32Array(crops.length * length);
    for (let start = 0; start < crops.length; start += BATCH) {
      features.set(await this.#trunk.features(crops.slice(start, start + BATCH)), start * length);
    }
    if (!features.every(Number.isFinite)) throw new Error('the network gives features that are no numbers');
    return features;
  }

  async logits(features: Float32Array, faceSize: number): Promise<Float32Array> {
    this.#head ??= await SequenceHead.of(this.#params, this.manifest.config);
    return this.#head.logits(features, faceSize);
  }

  /** On tfjs's own graph, also where our kernels run the trunk: they keep no activations. */
  async activationMap(crop: Uint8Array, judged: JudgedIn): Promise<ActivationMap> {
    this.#check([crop]);
    const { config, preprocessing } = this.manifest;
    const trunk = new TfjsTrunk(this.#params, config, preprocessing);
    const input = trunk.normalised([crop]);
    try {
      return await activationMap(this.#params, config, input, judged);
    } finally {
      input.dispose();
      trunk.dispose();
    }
  }

  /** Runs the network once on grey, so that shaders are compiled and memory is there. @throws like `features` */
  async warmUp(): Promise<void> {
    const size = this.manifest.config.inputSize;
    await this.logits(await this.features([new Uint8Array(size * size * 3).fill(128)]), Infinity);
  }

  dispose(): void {
    this.#trunk.dispose();
    tf.dispose([...this.#params.values()]);
    this.#params.clear();
  }

  #check(crops: readonly Uint8Array[]): void {
    const size = this.manifest.config.inputSize;
    for (const [i, crop] of crops.entries()) {
      if (crop.length !== size * size * 3) {
        throw new DetectorError(
          'input_invalid',
          `crop ${i} has ${crop.length} bytes, expected ${size * size * 3} (${size} x ${size} RGB)`,
        );
      }
    }
  }
}
