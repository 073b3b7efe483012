import * as tf from '@tensorflow/tfjs-core';
import { openBackend, type BackendOptions, type Runtime } from './backend.ts';
import { DetectorError } from './errors.ts';
import { pinFilter, unpinFilter } from './grouped-filter.ts';
import type { ModelManifest } from './manifest.ts';
import { fetchModel, openModel, type LoadedModel } from './model.ts';
import { sequenceLogits, trunkFeatures } from './network.ts';
import { convSpecs } from './params.ts';

/** Crops that go through the trunk at once: bounds memory; larger batches are not faster on wasm. */
const BATCH = 8;

export interface DetectorOptions extends BackendOptions {
  /** The model's folder, absolute, with a trailing slash. */
  modelUrl: string;
}

export interface Detector {
  readonly manifest: ModelManifest;
  /** SHA-256 of manifest.json. */
  readonly modelSha256: string;
  readonly runtime: Runtime;
  /**
   * Scores one sequence of crops of one face, in the order of time.
   * @param crops RGB, 8 bit, row-major, `inputSize * inputSize * 3` bytes each
   * @returns one logit per crop; positive speaks for a manipulation
   * @throws DetectorError `input_invalid` when a crop has another size
   */
  score(crops: readonly Uint8Array[]): Promise<Float32Array>;
  /** Runs the network once on grey, so that shaders are compiled and memory is there. */
  warmUp(): Promise<void>;
  /** Frees the weights. The detector is of no use any more. */
  dispose(): void;
}

/**
 * Fetches the model, checks it, opens a backend and loads the weights.
 * @throws DetectorError `model_missing`, `model_integrity_failed`, `model_invalid`, `backend_unavailable`
 */
export async function createDetector(options: DetectorOptions): Promise<Detector> {
  const files = await fetchModel(options.modelUrl);
  const runtime = await openBackend(options);
  return new LoadedDetector(openModel(files), runtime);
}

export class LoadedDetector implements Detector {
  readonly manifest: ModelManifest;
  readonly modelSha256: string;
  readonly #params: Map<string, tf.Tensor>;
  readonly #grouped: tf.Tensor4D[] = [];
  /** Normalisation in one step: `pixel * scale + shift`. */
  readonly #scale: tf.Tensor1D;
  readonly #shift: tf.Tensor1D;

  /** Takes over the model's tensors. They are on the current backend, which has to stay the current one. */
  constructor(
    { manifest, sha256, params }: LoadedModel,
    readonly runtime: Runtime,
  ) {
    this.manifest = manifest;
    this.modelSha256 = sha256;
    this.#params = params;
    const { mean, std } = manifest.preprocessing;
    this.#scale = tf.tensor1d(std.map((deviation) => 1 / (255 * deviation)));
    this.#shift = tf.tensor1d(mean.map((value, channel) => -value / std[channel]!));
    if (runtime.backend !== 'webgpu') this.#pinGroupedFilters();
  }

  async score(crops: readonly Uint8Array[]): Promise<Float32Array> {
    this.#check(crops);
    if (crops.length === 0) return new Float32Array(0);
    const { config } = this.manifest;
    const batches: tf.Tensor2D[] = [];
    let logits: tf.Tensor2D | undefined;
    try {
      for (let start = 0; start < crops.length; start += BATCH) {
        batches.push(this.#features(crops.slice(start, start + BATCH)));
        // Lets messages through between batches; on wasm the work itself blocks.
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      logits = tf.tidy(() =>
        sequenceLogits(this.#params, tf.expandDims<tf.Tensor3D>(tf.concat2d(batches, 0), 0), config),
      );
      return await logits.data<'float32'>();
    } finally {
      tf.dispose([...batches, ...(logits === undefined ? [] : [logits])]);
    }
  }

  async warmUp(): Promise<void> {
    const size = this.manifest.config.inputSize;
    await this.score([new Uint8Array(size * size * 3).fill(128)]);
  }

  dispose(): void {
    this.#grouped.splice(0).forEach(unpinFilter);
    tf.dispose([...this.#params.values(), this.#scale, this.#shift]);
    this.#params.clear();
  }

  #features(crops: readonly Uint8Array[]): tf.Tensor2D {
    const { config } = this.manifest;
    const size = config.inputSize;
    const bytes = size * size * 3;
    const pixels = new Float32Array(crops.length * bytes);
    crops.forEach((crop, i) => pixels.set(crop, i * bytes));
    return tf.tidy(() => {
      const input = tf.tensor4d(pixels, [crops.length, size, size, 3]);
      const normalised = tf.add<tf.Tensor4D>(tf.mul(input, this.#scale), this.#shift);
      return trunkFeatures(this.#params, normalised, config, { kind: 'folded' });
    });
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

  #pinGroupedFilters(): void {
    for (const { conv, groups } of convSpecs(this.manifest.config)) {
      if (groups === 1) continue;
      const filter = this.#params.get(`${conv}.weight`) as tf.Tensor4D;
      pinFilter(filter, groups);
      this.#grouped.push(filter);
    }
  }
}
