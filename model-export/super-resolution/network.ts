/**
 * Networks that enlarge pictures, as published in the web format of Keras (`model.json` of a tfjs layers model): only what
 * such networks consist of is understood. Faces that went through one carry the traces of a trained decoder.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';

interface Layer {
  class_name: string;
  name: string;
  config: {
    padding?: 'same' | 'valid';
    activation?: string;
    size?: [number, number];
    interpolation?: 'nearest' | 'bilinear';
    scale?: number;
  };
  /** Of its one use: name of each layer that it takes from. */
  inbound_nodes: [string, number, number, unknown][][];
}

interface ModelFile {
  modelTopology: { model_config: { config: { layers: Layer[]; output_layers: [string, number, number][] } } };
  weightsManifest: { paths: string[]; weights: tf.io.WeightsManifestEntry[] }[];
}

/** Share that a residual-in-residual block adds to what it was given (Wang et al. 2018, ESRGAN, section 3.1). */
const RESIDUAL_SCALE = 0.2;

export class SuperResolutionNetwork {
  /** How many times its side a picture has after it. */
  readonly factor: number;
  private readonly layers: readonly Layer[];
  private readonly output: string;
  private readonly weights: Record<string, tf.Tensor>;

  /** @param directory holds `model.json` and its weights @throws when it holds layers that are not understood, on `apply` */
  constructor(directory: string) {
    const file = JSON.parse(readFileSync(join(directory, 'model.json'), 'utf8')) as ModelFile;
    const { layers, output_layers } = file.modelTopology.model_config.config;
    this.layers = layers;
    this.output = output_layers[0]![0];
    const parts = file.weightsManifest.map(({ paths, weights }) => {
      const bytes = Buffer.concat(paths.map((path) => readFileSync(join(directory, path))));
      return tf.io.decodeWeights(new Uint8Array(bytes).buffer, weights);
    });
    this.weights = Object.assign({}, ...parts) as Record<string, tf.Tensor>;
    this.factor = tf.tidy(() => this.apply(tf.zeros([1, 8, 8, 3])).shape[1] / 8);
  }

  /** @param pictures [n, h, w, 3], levels 0..255 @returns [n, factor * h, factor * w, 3], the same */
  apply(pictures: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => {
      const shares = tf.div(pictures, 255) as tf.Tensor4D;
      const made = new Map<string, tf.Tensor4D>();
      for (const layer of this.layers) {
        const inputs = (layer.inbound_nodes[0] ?? []).map(([name]) => made.get(name)!);
        made.set(layer.name, this.run(layer, inputs, shares));
      }
      return tf.mul(made.get(this.output)!, 255);
    });
  }

  private run({ class_name, name, config }: Layer, inputs: tf.Tensor4D[], given: tf.Tensor4D): tf.Tensor4D {
    const x = inputs[0]!;
    switch (class_name) {
      case 'InputLayer':
        return given;
      case 'Conv2D': {
        const kernel = this.weights[`${name}/kernel`] as tf.Tensor4D;
        return tf.add(tf.conv2d(x, kernel, 1, config.padding ?? 'valid'), this.weights[`${name}/bias`]!);
      }
      case 'Activation':
        return tf.relu(x);
      case 'Concatenate':
        return tf.concat(inputs, 3);
      case 'Add':
        return tf.addN(inputs);
      case 'MultiplyBeta':
        return tf.mul(x, RESIDUAL_SCALE);
      case 'PixelShuffle2x':
      case 'PixelShuffle3x':
      case 'PixelShuffle4x':
      case 'PixelShuffle8x':
        return tf.depthToSpace(x, config.scale!, 'NHWC');
      case 'UpSampling2D': {
        const [, height, width] = x.shape;
        const [down, across] = config.size!;
        return tf.image.resizeNearestNeighbor(x, [down * height, across * width]);
      }
      default:
        throw new Error(`layer ${name}: ${class_name} is not known`);
    }
  }

  dispose(): void {
    tf.dispose(this.weights);
  }
}
