/** Puts a face through a trained autoencoder: the inserted face of a pseudo-fake. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { root } from '../../scripts/root.ts';
import { openBackend } from '../backend.ts';
import { RunFolder } from '../checkpoint.ts';
import { FlatParameters } from '../flat-parameters.ts';
import { gaussianBlur, resize } from '../pseudo-fake/filter.ts';
import type { Image } from '../pseudo-fake/image.ts';
import type { Random } from '../pseudo-fake/random.ts';
import type { Recipe } from '../recipe.ts';
import { centralCrop } from '../validation.ts';
import { reconstruct } from './network.ts';
import type { AutoencoderConfig } from './network.ts';

/** The middle of a stored crop that an autoencoder sees: the face from forehead to chin. Share of the side. */
export const FACE_SHARE = 0.7;
/** Pixels over which the reconstruction goes over into the picture around it, as a share of its side. */
const BORDER = 0.06;

/** The square in the middle of a picture. @param side pixels */
function middle({ width, data }: Image, side: number): Image {
  return { width: side, height: side, data: centralCrop(data, width, side) };
}

/** Lays a square over the middle of a picture, softly at its border. */
function layOver(image: Image, square: Image): Image {
  const { width } = image;
  const side = square.width;
  const margin = Math.floor((width - side) / 2);
  const data = image.data.slice();
  const soft = Math.max(1, BORDER * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const share = Math.min(1, (1 + Math.min(x, y, side - 1 - x, side - 1 - y)) / soft);
      const to = 3 * ((y + margin) * width + x + margin);
      const from = 3 * (y * side + x);
      for (let channel = 0; channel < 3; channel++) {
        data[to + channel] =
          data[to + channel]! + share * (square.data[from + channel]! - data[to + channel]!);
      }
    }
  }
  return { ...image, data };
}

/** How much of a picture's own detail is put back: good manipulations keep or regain some. */
export interface Detail {
  /** Pixels of the stored crop; what a blur of this size takes away is detail. */
  sigma: number;
  amount: number;
}

export function randomDetail(random: Random): Detail {
  return { sigma: random.uniform(1, 2), amount: random.chance(0.6) ? random.uniform(0.1, 0.9) : 0 };
}

export class Autoencoder {
  readonly config: AutoencoderConfig;
  private readonly params: Record<string, tf.Tensor>;

  /**
   * @param project folder that `.cache/runs` is in @param run name of a run of `train-autoencoder.ts`
   * @throws when there is none
   */
  constructor(project: string, run: string) {
    const folder = new RunFolder(project, run);
    const checkpoint = folder.readCheckpoint('last');
    if (checkpoint === undefined) throw new Error(`${folder.path} has no trained autoencoder`);
    this.config = JSON.parse(readFileSync(folder.file('autoencoder.json'), 'utf8')) as AutoencoderConfig;
    const { layout, optimizer } = checkpoint;
    this.params = tf.tidy(() => new FlatParameters(layout).split(tf.tensor1d(optimizer.average)));
  }

  /** The picture with its middle as the autoencoder gives it back. @param image a stored crop, square */
  apply(image: Image, { sigma, amount }: Detail): Image {
    const side = 2 * Math.round((FACE_SHARE * image.width) / 2);
    const face = middle(image, side);
    const { size } = this.config;
    const small = resize(face, size, size);
    const made = tf.tidy(() =>
      reconstruct(tf.tensor4d(small.data, [1, size, size, 3]), this.params, this.config).dataSync(),
    ) as Float32Array;
    const result = resize({ width: size, height: size, data: made }, side, side);
    if (amount > 0) {
      const soft = gaussianBlur(face, sigma);
      const { data } = result;
      for (let at = 0; at < data.length; at++) {
        data[at] = data[at]! + amount * (face.data[at]! - soft.data[at]!);
      }
    }
    return layOver(image, result);
  }

  dispose(): void {
    tf.dispose(this.params);
  }
}

/** Those that a recipe names; WebAssembly runs them, beside whatever trains. */
export async function openAutoencoders({ autoencoders = [] }: Recipe): Promise<Autoencoder[]> {
  if (autoencoders.length === 0) return [];
  await openBackend('wasm');
  return autoencoders.map((run) => new Autoencoder(root, run));
}
