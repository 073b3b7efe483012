/** Puts a face through a trained autoencoder: the inserted face of a pseudo-fake. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { root } from '../../scripts/root.ts';
import { openBackend } from '../backend.ts';
import { RunFolder } from '../checkpoint.ts';
import { FlatParameters } from '../flat-parameters.ts';
import { resize } from '../pseudo-fake/filter.ts';
import type { Image } from '../pseudo-fake/image.ts';
import { FACE_SHARE, layOver, middle, withDetail } from '../pseudo-fake/inset.ts';
import type { Detail } from '../pseudo-fake/inset.ts';
import type { Recipe } from '../recipe.ts';
import { reconstruct } from './network.ts';
import type { AutoencoderConfig } from './network.ts';

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
  apply(image: Image, detail: Detail): Image {
    const side = 2 * Math.round((FACE_SHARE * image.width) / 2);
    const face = middle(image, side);
    const { size } = this.config;
    const small = resize(face, size, size);
    const made = tf.tidy(() =>
      reconstruct(tf.tensor4d(small.data, [1, size, size, 3]), this.params, this.config).dataSync(),
    ) as Float32Array;
    const result = resize({ width: size, height: size, data: made }, side, side);
    return layOver(image, withDetail(result, face, detail));
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
