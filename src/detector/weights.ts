import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from './config.ts';
import { DetectorError } from './errors.ts';
import { foldedParamSpecs, type Params } from './params.ts';

/** Bytes per weight file: small enough for every static host and for caching piece by piece. */
const SHARD_BYTES = 4 * 1024 * 1024;

/** `mixed`: 8 bits where they are fine enough for a tensor, else half precision. */
export type Quantization = 'none' | 'float16' | 'mixed' | 'uint8';
type Encoding = Exclude<Quantization, 'mixed'>;

/** What `mixed` puts up with: the rounding of 8 bits, as a share of a tensor's weights (root mean squares). */
const FINE_ENOUGH = 0.0075;

/** tfjs's web format: `model.json`. */
export interface ModelJson {
  format: 'clearframe-detector';
  generatedBy: string;
  modelTopology: { config: DetectorConfig };
  weightsManifest: { paths: string[]; weights: tf.io.WeightsManifestEntry[] }[];
}

export interface EncodedModel {
  modelJson: ModelJson;
  shards: { path: string; bytes: Uint8Array }[];
}

/**
 * Encodes a folded network in tfjs's web format. Matrices and filters are quantised as asked (uint8: affine, one range per
 * tensor); biases, few and sensitive, are float16 at least, float32 with `none`.
 * @param params folded parameters
 */
export async function encodeModel(
  params: Params,
  config: DetectorConfig,
  quantization: Quantization,
): Promise<EncodedModel> {
  const weights: tf.io.WeightsManifestEntry[] = [];
  const parts: Uint8Array[] = [];
  for (const { name, shape, kind } of foldedParamSpecs(config)) {
    const tensor = params.get(name);
    if (tensor === undefined) throw new Error(`parameter ${name} is missing: is the network folded?`);
    const values = await tensor.data<'float32'>();
    if (!values.every(Number.isFinite))
      throw new Error(`parameter ${name} holds a number that is not finite`);
    const asked = kind === 'weight' || quantization === 'none' ? quantization : 'float16';
    const { bytes, entry } = quantize(values, asked === 'mixed' ? fineEnough(values) : asked);
    weights.push({ name, shape, dtype: 'float32', ...(entry !== undefined && { quantization: entry }) });
    parts.push(bytes);
  }
  const data = concat(parts);
  const count = Math.ceil(data.length / SHARD_BYTES);
  const shards = Array.from({ length: count }, (_, i) => ({
    path: `weights-${i + 1}of${count}.bin`,
    bytes: data.slice(i * SHARD_BYTES, (i + 1) * SHARD_BYTES),
  }));
  return {
    modelJson: {
      format: 'clearframe-detector',
      generatedBy: 'clearframe model-export',
      modelTopology: { config },
      weightsManifest: [{ paths: shards.map(({ path }) => path), weights }],
    },
    shards,
  };
}

/**
 * Makes tensors of a model's files. The caller owns them.
 * @param read gives a weight file's bytes by its path
 * @throws DetectorError `model_invalid` when the files do not hold what the config asks for
 */
export function decodeModel(
  modelJson: ModelJson,
  config: DetectorConfig,
  read: (path: string) => Uint8Array,
): Map<string, tf.Tensor> {
  if (modelJson.format !== 'clearframe-detector' || !Array.isArray(modelJson.weightsManifest)) {
    throw new DetectorError('model_invalid', `model.json: format ${String(modelJson.format)} is not known`);
  }
  if (JSON.stringify(sorted(modelJson.modelTopology.config)) !== JSON.stringify(sorted(config))) {
    throw new DetectorError('model_invalid', "model.json: modelTopology.config is not the manifest's config");
  }
  const params = new Map<string, tf.Tensor>();
  try {
    for (const { paths, weights } of modelJson.weightsManifest) {
      const data = concat(paths.map(read));
      const needed = weights.reduce((sum, entry) => sum + storedBytes(entry), 0);
      if (data.length !== needed) {
        throw new DetectorError('model_invalid', `weights: ${data.length} bytes, expected ${needed}`);
      }
      const decoded = tf.io.decodeWeights(data.buffer, weights);
      for (const [name, tensor] of Object.entries(decoded)) params.set(name, tensor);
    }
    for (const { name, shape } of foldedParamSpecs(config)) {
      const found = params.get(name)?.shape.join() ?? 'none';
      if (found !== shape.join()) {
        throw new DetectorError(
          'model_invalid',
          `weights: ${name} has shape ${found}, expected ${shape.join()}`,
        );
      }
    }
    return params;
  } catch (error) {
    params.forEach((tensor) => tensor.dispose());
    throw error;
  }
}

type QuantizationEntry = NonNullable<tf.io.WeightsManifestEntry['quantization']>;

/** Steps of 8 bits over the range of some values; a constant has no range, and every code means `min`. */
function steps(values: Float32Array): { min: number; scale: number } {
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return { min, scale: max > min ? (max - min) / 255 : 1 };
}

/** Rounding to steps moves values by a twelfth of the squared step, in the mean of squares. */
function fineEnough(values: Float32Array): Encoding {
  const squares = values.reduce((sum, value) => sum + value * value, 0);
  const moved = (values.length * steps(values).scale ** 2) / 12;
  return moved <= FINE_ENOUGH ** 2 * squares ? 'uint8' : 'float16';
}

function quantize(
  values: Float32Array,
  quantization: Encoding,
): { bytes: Uint8Array; entry: QuantizationEntry | undefined } {
  switch (quantization) {
    case 'none':
      return { bytes: new Uint8Array(values.slice().buffer), entry: undefined };
    case 'float16':
      return {
        bytes: new Uint8Array(Uint16Array.from(values, toFloat16).buffer),
        entry: { dtype: 'float16', original_dtype: 'float32' } as unknown as QuantizationEntry,
      };
    case 'uint8': {
      const { min, scale } = steps(values);
      return {
        bytes: Uint8Array.from(values, (value) => Math.round((value - min) / scale)),
        entry: { dtype: 'uint8', min, scale, original_dtype: 'float32' } as unknown as QuantizationEntry,
      };
    }
  }
}

const float32 = new Float32Array(1);
const bits32 = new Uint32Array(float32.buffer);

/** IEEE 754 half precision, rounded to nearest, ties to even; too large values become infinite. */
export function toFloat16(value: number): number {
  float32[0] = value;
  const bits = bits32[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x47800000) return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00);
  // Below the smallest normal number: a multiple of 2^-24.
  if (magnitude < 0x38800000) return sign | roundHalfEven(Math.abs(float32[0]!) * 2 ** 24);
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

function storedBytes({ shape, quantization }: tf.io.WeightsManifestEntry): number {
  const perValue = { uint8: 1, float16: 2, uint16: 2, none: 4 }[quantization?.dtype ?? 'none'];
  return tf.util.sizeFromShape(shape) * perValue;
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** The same value with the keys of all objects in order, so that equal configs give equal JSON. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
