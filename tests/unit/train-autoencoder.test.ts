import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Autoencoder } from '../../model-export/autoencoder/autoencoder.ts';
import {
  autoencoderLayout,
  autoencoderStart,
  channelsToPixels,
  reconstruct,
  reconstructionLoss,
} from '../../model-export/autoencoder/network.ts';
import type { AutoencoderConfig } from '../../model-export/autoencoder/network.ts';
import { openBackend } from '../../model-export/backend.ts';
import { RunFolder } from '../../model-export/checkpoint.ts';
import { FlatParameters } from '../../model-export/flat-parameters.ts';
import { Optimizer } from '../../model-export/optimizer.ts';
import type { Image } from '../../model-export/pseudo-fake/image.ts';

const config: AutoencoderConfig = { size: 16, halvings: 2, codeLength: 4, enlarge: 'repeat' };

/** Levels that rise and fall smoothly, another way in every channel. */
const wave = (size: number): Float32Array =>
  Float32Array.from({ length: size * size * 3 }, (_, at) => {
    const [x, y, channel] = [Math.floor(at / 3) % size, Math.floor(at / 3 / size), at % 3];
    return 128 + 60 * Math.sin((x + channel * y) / 5);
  });

beforeAll(() => openBackend('wasm'));

describe('autoencoder', () => {
  it.each(['repeat', 'shuffle'] as const)(
    'gives pictures of the same size and learns them, %s',
    (enlarge) => {
      const own = { ...config, enlarge };
      const parameters = new FlatParameters(autoencoderLayout(own));
      const optimizer = new Optimizer(
        { kind: 'adamw', weightDecay: 0, clipNorm: 1, averageHalfLife: 5 },
        parameters.mask(() => false),
        Optimizer.begin(autoencoderStart(own, 1)),
      );
      const pictures = tf.tensor4d(wave(16), [1, 16, 16, 3]);
      const losses: number[] = [];
      for (let step = 0; step < 30; step++) {
        const { value, grad } = tf.valueAndGrad((vector) => {
          const made = reconstruct(pictures, parameters.split(vector as tf.Tensor1D), own);
          expect(made.shape).toEqual(pictures.shape);
          return reconstructionLoss(made, pictures);
        })(optimizer.current);
        losses.push(value.dataSync()[0]!);
        optimizer.step(
          grad as tf.Tensor1D,
          0.01,
          parameters.mask(() => true),
        );
      }
      expect(losses.at(-1)).toBeLessThan(0.6 * losses[0]!);
    },
  );

  it('turns channels into pixels as depthToSpace does', () => {
    const x = tf.tensor4d(
      Float32Array.from({ length: 2 * 3 * 8 }, (_, at) => at),
      [1, 2, 3, 8],
    );
    expect([...channelsToPixels(x).dataSync()]).toEqual([...tf.depthToSpace(x, 2, 'NHWC').dataSync()]);
  });

  it('refuses pictures that cannot be halved so often', () => {
    expect(() => autoencoderLayout({ ...config, size: 18 })).toThrow(/18 pixels/);
    expect(() => autoencoderLayout({ ...config, halvings: 5 })).toThrow(/5 times/);
  });
});

describe('a face through an autoencoder', () => {
  const SIDE = 40;
  const image: Image = { width: SIDE, height: SIDE, data: wave(SIDE) };
  let project: string;
  let autoencoder: Autoencoder;

  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), 'autoencoder-'));
    const folder = new RunFolder(project, 'made');
    folder.writeCheckpoint('last', {
      layout: autoencoderLayout(config),
      stateLayout: [],
      stateValues: new Float32Array(0),
      optimizer: Optimizer.begin(autoencoderStart(config, 1)),
      progress: { stage: 0, stepInStage: 0, secondsInStage: 0, step: 0, best: 0 },
    });
    writeFileSync(folder.file('autoencoder.json'), JSON.stringify(config));
    autoencoder = new Autoencoder(project, 'made');
  });
  afterAll(() => {
    autoencoder.dispose();
    rmSync(project, { recursive: true });
  });

  it('changes in its middle, and nowhere else', () => {
    const { data } = autoencoder.apply(image, { sigma: 1, amount: 0 });
    const changed = (x: number, y: number): boolean => {
      const at = 3 * (y * SIDE + x);
      return [0, 1, 2].some((channel) => Math.abs(data[at + channel]! - image.data[at + channel]!) > 1);
    };
    expect(changed(SIDE / 2, SIDE / 2)).toBe(true);
    // The middle has 28 of 40 pixels.
    for (let at = 0; at < SIDE; at++) {
      for (const edge of [0, 5, SIDE - 6, SIDE - 1]) {
        expect(changed(at, edge)).toBe(false);
        expect(changed(edge, at)).toBe(false);
      }
    }
  });

  it('gets as much of its own detail back as asked for', () => {
    const pointed: Image = { ...image, data: image.data.slice() };
    const at = 3 * ((SIDE / 2) * SIDE + SIDE / 2);
    pointed.data[at] = 255;
    const [without, some, all] = [0, 0.5, 1].map(
      (amount) => autoencoder.apply(pointed, { sigma: 2, amount }).data[at]!,
    ) as [number, number, number];
    expect(all - without).toBeGreaterThan(30);
    expect(some - without).toBeCloseTo((all - without) / 2, 2);
  });

  it('needs a run that was trained', () => {
    expect(() => new Autoencoder(project, 'missing')).toThrow(/no trained autoencoder/);
  });
});
