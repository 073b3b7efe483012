/** Networks for super-resolution, read from the web format of Keras, and faces that went through one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Random } from '../../model-export/pseudo-fake/random.ts';
import { SuperResolutionNetwork } from '../../model-export/super-resolution/network.ts';
import { restore } from '../../model-export/super-resolution/restore.ts';

type Inbound = [string, number, number, object][][];
interface LayerOf {
  class_name: string;
  name: string;
  config: object;
  inbound_nodes: Inbound;
}

const layer = (class_name: string, name: string, from: string[], config: object = {}): LayerOf => ({
  class_name,
  name,
  config,
  inbound_nodes: from.length === 0 ? [] : [from.map((other) => [other, 0, 0, {}])],
});

let folder: string;
beforeAll(() => tf.setBackend('cpu'));
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'super-resolution-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** @param weights kernels by the name of their layer; biases are 0 */
function write(layers: LayerOf[], weights: Record<string, { shape: number[]; values: Float32Array }>): void {
  const entries = Object.entries(weights).flatMap(([name, { shape, values }]) => [
    { name: `${name}/kernel`, shape, dtype: 'float32', values },
    { name: `${name}/bias`, shape: [shape[3]!], dtype: 'float32', values: new Float32Array(shape[3]!) },
  ]);
  const bytes = Buffer.concat(entries.map(({ values }) => Buffer.from(values.buffer)));
  writeFileSync(join(folder, 'w.bin'), bytes);
  const manifest = entries.map(({ name, shape, dtype }) => ({ name, shape, dtype }));
  const config = { layers, output_layers: [[layers.at(-1)!.name, 0, 0]] };
  writeFileSync(
    join(folder, 'model.json'),
    JSON.stringify({
      modelTopology: { model_config: { config } },
      weightsManifest: [{ paths: ['w.bin'], weights: manifest }],
    }),
  );
}

/** A kernel of 1 x 1 that copies every channel `times` over. */
function copying(channels: number, times: number): { shape: number[]; values: Float32Array } {
  const values = new Float32Array(channels * channels * times);
  for (let from = 0; from < channels; from++) {
    for (let to = 0; to < times; to++) values[from * channels * times + channels * to + from] = 1;
  }
  return { shape: [1, 1, channels, channels * times], values };
}

describe('a network for super-resolution', () => {
  it('repeats pixels, adds, joins and cuts off below zero as Keras does', () => {
    write(
      [
        layer('InputLayer', 'in', []),
        layer('Conv2D', 'copy', ['in'], { padding: 'same' }),
        layer('Activation', 'cut', ['copy'], { activation: 'relu' }),
        layer('Concatenate', 'joined', ['cut', 'in']),
        layer('Conv2D', 'first', ['joined'], { padding: 'same' }),
        layer('Add', 'sum', ['first', 'in']),
        layer('UpSampling2D', 'up', ['sum'], { size: [2, 2] }),
      ],
      {
        copy: copying(3, 1),
        // Of the six joined channels the first three, which were cut off.
        first: {
          shape: [1, 1, 6, 3],
          values: Float32Array.from({ length: 18 }, (_, at) => +(at % 4 === 0 && at < 9)),
        },
      },
    );
    const network = new SuperResolutionNetwork(folder);
    const levels = [-10, 20, 30, 40, 50, -60];
    const made = [...network.apply(tf.tensor4d(levels, [1, 1, 2, 3])).dataSync()].map(Math.round);
    const row = [-10, 40, 60, -10, 40, 60, 80, 100, -60, 80, 100, -60];
    expect(made).toEqual([...row, ...row]);
    expect(network.factor).toBe(2);
    network.dispose();
  });

  it('makes four times the side of sixteen times the channels', () => {
    write(
      [
        layer('InputLayer', 'in', []),
        layer('Conv2D', 'wide', ['in'], { padding: 'same' }),
        layer('MultiplyBeta', 'less', ['wide']),
        layer('PixelShuffle4x', 'large', ['less'], { scale: 4 }),
      ],
      { wide: copying(3, 16) },
    );
    const network = new SuperResolutionNetwork(folder);
    const made = network.apply(tf.tensor4d([50, 100, 150], [1, 1, 1, 3]));
    expect(made.shape).toEqual([1, 4, 4, 3]);
    expect([...made.dataSync()].map(Math.round)).toEqual(Array(16).fill([10, 20, 30]).flat());
    network.dispose();
  });

  it('is refused when it has layers that are not understood', () => {
    write([layer('InputLayer', 'in', []), layer('Dense', 'odd', ['in'])], {});
    expect(() => new SuperResolutionNetwork(folder)).toThrow('layer odd: Dense is not known');
  });

  it('restores the middle of a crop and leaves its border', () => {
    write([layer('InputLayer', 'in', []), layer('UpSampling2D', 'up', ['in'], { size: [2, 2] })], {});
    const network = new SuperResolutionNetwork(folder);
    const side = 40;
    const random = new Random(1);
    const data = Float32Array.from({ length: 3 * side * side }, () => random.uniform(0, 255));
    const made = restore({ width: side, height: side, data }, network, 0.8);
    const changed = (x: number, y: number): boolean => {
      const at = 3 * (y * side + x);
      return Math.abs(made.data[at]! - data[at]!) > 1;
    };
    const middle = Array.from({ length: 20 }, (_, at) => changed(10 + at, side / 2));
    expect(middle.filter(Boolean).length).toBeGreaterThan(15);
    for (let at = 0; at < side; at++)
      expect([changed(at, 0), changed(5, at), changed(side - 1, at)]).toEqual([false, false, false]);
    network.dispose();
  });
});
