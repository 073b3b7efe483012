import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { useWebGpuOperations, webGpuBatchNorm } from '../../model-export/webgpu-operations.ts';
import { openBackend } from '../../src/detector/backend.ts';
import { batchNormTraining } from '../../src/detector/batch-norm.ts';
import { foldBatchNorm } from '../../src/detector/fold.ts';
import { groupedConv2d } from '../../src/detector/grouped-conv.ts';
import { blockMask } from '../../src/detector/grouped-filter.ts';
import { integerInput, integerParams } from '../../src/detector/integer-fill.ts';
import { trunkFeatures } from '../../src/detector/network.ts';
import { conv2d, depthwiseConv2d } from '../../src/detector/padding.ts';
import { goldenErrors, worstError } from '../unit/detector-golden.ts';
import { madeModel, TINY, TINY_INVERTED } from '../unit/detector-model.ts';
import type { WorkerReply, WorkerRequest } from './detector-worker.ts';

const tfjsWasm = new URL('/runtime/tfjs/', location.href).href;

function inWorker(request: WorkerRequest): Promise<WorkerReply> {
  const worker = new Worker(new URL('./detector-worker.ts', import.meta.url), { type: 'module' });
  return new Promise<WorkerReply>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<WorkerReply | { error: string }>) =>
      'error' in data ? reject(new Error(data.error)) : resolve(data),
    );
    worker.addEventListener('error', (event) => reject(new Error(event.message)));
    worker.postMessage(request);
  }).finally(() => worker.terminate());
}

describe('wasm', () => {
  beforeAll(async () => {
    await openBackend({ tfjsWasm, prefer: 'wasm' });
  });

  test.each(['small', 'resnext50_32x4d'] as const)('every stage of %s equals PyTorch', async (name) => {
    expect(worstError(await goldenErrors(name))).toBeLessThan(1e-4);
  });
});

describe('webgpu (in software here)', () => {
  beforeAll(async () => {
    const runtime = await openBackend({ tfjsWasm, prefer: 'webgpu' });
    expect(runtime.backend).toBe('webgpu');
  });

  test('every stage of the small case equals PyTorch', async () => {
    expect(worstError(await goldenErrors('small'))).toBeLessThan(1e-4);
  });

  test('inverted bottlenecks and ResNeXt behind them have the features that they have on wasm', async () => {
    const { inputSize, sequenceLength } = TINY_INVERTED;
    const features = (): Promise<Float32Array> => {
      const folded = foldBatchNorm(integerParams(TINY_INVERTED), TINY_INVERTED);
      const crops = integerInput(sequenceLength, inputSize);
      return trunkFeatures(folded, crops, TINY_INVERTED, { kind: 'folded' }).data<'float32'>();
    };
    const onGpu = await features();
    await openBackend({ tfjsWasm, prefer: 'wasm' });
    const onWasm = await features();
    await openBackend({ tfjsWasm, prefer: 'webgpu' });
    const scale = Math.max(...onWasm.map(Math.abs));
    expect(scale).toBeGreaterThan(0.01);
    for (const [at, value] of onWasm.entries())
      expect(Math.abs(onGpu[at]! - value) / scale).toBeLessThan(1e-4);
  });

  test.each([
    { groups: 3, inPerGroup: 2, outPerGroup: 3, stride: 1 },
    { groups: 4, inPerGroup: 8, outPerGroup: 4, stride: 2 },
  ])('grouped convolution and its gradients equal the dense ones: %o', async (shape) => {
    const { groups, inPerGroup, outPerGroup, stride } = shape;
    const x = tf.randomUniform([2, 7, 7, groups * inPerGroup], -1, 1, 'float32', 1) as tf.Tensor4D;
    const filter = tf.randomUniform(
      [3, 3, inPerGroup, groups * outPerGroup],
      -1,
      1,
      'float32',
      2,
    ) as tf.Tensor4D;
    const bias = tf.randomUniform([groups * outPerGroup], -1, 1, 'float32', 3) as tf.Tensor1D;
    const mask = blockMask(groups, inPerGroup, outPerGroup);
    const dense = (a: tf.Tensor, w: tf.Tensor): tf.Tensor =>
      tf.conv2d(a as tf.Tensor4D, tf.mul<tf.Tensor4D>(tf.tile(w, [1, 1, groups, 1]), mask), stride, 1);
    const ours = (a: tf.Tensor, w: tf.Tensor): tf.Tensor =>
      groupedConv2d(a as tf.Tensor4D, w as tf.Tensor4D, groups, stride, 1);
    const dy = tf.randomUniform(dense(x, filter).shape, -1, 1, 'float32', 4);
    const pairs = [
      [ours(x, filter), dense(x, filter)],
      [
        groupedConv2d(x, filter, groups, stride, 1, { bias, activation: 'relu' }),
        tf.relu(tf.add(dense(x, filter), bias)),
      ],
      ...tf
        .grads(ours)([x, filter], dy)
        .map((gradient, i) => [gradient, tf.grads(dense)([x, filter], dy)[i]!]),
    ];
    for (const [a, b] of pairs) {
      const difference = await tf.max(tf.abs(tf.sub(a!, b!))).data();
      expect(difference[0]).toBeLessThan(1e-4);
    }
  });
});

describe('what training runs on webgpu (in software here)', () => {
  beforeAll(async () => {
    await openBackend({ tfjsWasm, prefer: 'webgpu' });
    useWebGpuOperations();
  });

  const random = (shape: number[], seed: number): tf.Tensor =>
    tf.randomUniform(shape, -1, 1, 'float32', seed);

  /** What `compute` gives on webgpu with our sums, and on the CPU. */
  async function both(compute: () => tf.Tensor[]): Promise<[Float32Array, Float32Array][]> {
    const values = async (): Promise<Float32Array[]> =>
      Promise.all(compute().map((tensor) => tensor.data<'float32'>()));
    await tf.setBackend('webgpu');
    const onGpu = await values();
    await tf.setBackend('cpu');
    const onCpu = await values();
    return onGpu.map((result, at) => [result, onCpu[at]!]);
  }

  function expectEqual(pairs: [Float32Array, Float32Array][]): void {
    for (const [onGpu, onCpu] of pairs) {
      expect(onGpu).toHaveLength(onCpu.length);
      const scale = Math.max(...onCpu.map(Math.abs));
      expect(scale).toBeGreaterThan(0.01);
      for (const [at, value] of onCpu.entries())
        expect(Math.abs(onGpu[at]! - value) / scale).toBeLessThan(1e-4);
    }
  }

  test.each([
    ['a convolution of single places', 1, 1, false],
    ['a convolution', 3, 1, false],
    ['one with a stride', 3, 2, false],
    ['a depthwise one', 5, 1, true],
    ['a depthwise one with a stride', 3, 2, true],
  ])('give the gradient by the filter of %s', async (_, kernel, stride, depthwise) => {
    const convolve = (x: tf.Tensor, filter: tf.Tensor): tf.Tensor =>
      (depthwise ? depthwiseConv2d : conv2d)(
        x as tf.Tensor4D,
        filter as tf.Tensor4D,
        stride,
        (kernel - 1) / 2,
      );
    const pairs = await both(() => {
      const [x, filter] = [random([3, 9, 7, 5], 1), random([kernel, kernel, 5, depthwise ? 1 : 6], 2)];
      const dy = random(convolve(x, filter).shape, 3);
      return tf.grads(convolve)([x, filter], dy);
    });
    expectEqual(pairs);
  });

  test('normalise a batch, of more places than one invocation adds up, with gradients', async () => {
    const pairs = await both(() => {
      // Far from zero: sums of squares alone would lose the deviation.
      const x = tf.add(random([2, 11, 13, 3], 4), 50);
      const inputs = [x, tf.tensor1d([0.5, -2, 1]), tf.tensor1d([0, 1, 2])];
      const statistics: tf.Tensor[] = [];
      const norm = tf.getBackend() === 'webgpu' ? webGpuBatchNorm : batchNormTraining;
      const normalise = (x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor): tf.Tensor4D =>
        norm(x as tf.Tensor4D, scale as tf.Tensor1D, offset as tf.Tensor1D, ({ mean, variance }) =>
          statistics.push(tf.keep(mean), tf.keep(variance)),
        );
      const gradients = tf.grads(normalise)(inputs, random([2, 11, 13, 3], 5));
      return [...statistics, ...gradients];
    });
    expect(pairs).toHaveLength(5);
    expectEqual(pairs);
  });

  test('give the gradient of ReLU', async () => {
    expectEqual(await both(() => [tf.grad(tf.relu)(random([2, 5, 7, 3], 6), random([2, 5, 7, 3], 7))]));
  });
});

describe('the choice of a backend', () => {
  test('a software GPU is passed over for wasm, and the reason is told', async () => {
    const runtime = await openBackend({ tfjsWasm });
    expect(runtime).toMatchObject({ backend: 'wasm', simd: true });
    expect(runtime.rejected).toEqual([{ backend: 'webgpu', reason: expect.stringContaining('software') }]);
  });

  test('a backend that computes wrongly is refused and the next one taken', async () => {
    const right = tf.getKernel('GroupedConv2D', 'wasm');
    tf.unregisterKernel('GroupedConv2D', 'wasm');
    tf.registerKernel({
      ...right,
      kernelFunc: (params) => tf.mul(right.kernelFunc(params) as tf.Tensor, 1.02) as unknown as tf.TensorInfo,
    });
    try {
      const runtime = await openBackend({ tfjsWasm });
      expect(runtime.backend).toBe('cpu');
      expect(runtime.rejected[1]).toEqual({
        backend: 'wasm',
        reason: expect.stringContaining('computes wrongly'),
      });
      await expect(openBackend({ tfjsWasm, prefer: 'wasm' })).rejects.toMatchObject({
        code: 'backend_unavailable',
      });
    } finally {
      tf.unregisterKernel('GroupedConv2D', 'wasm');
      tf.registerKernel(right);
    }
  });
});

describe('our own kernels', () => {
  const request = async (kernelsUrl?: string): Promise<WorkerRequest> => ({
    backend: { tfjsWasm, prefer: 'wasm' },
    ...(kernelsUrl !== undefined && { kernelsUrl }),
    files: await madeModel(),
    config: TINY,
    crops: 9,
  });

  test('run with relaxed SIMD, and give the logits that tfjs gives', async () => {
    const tfjs = await inWorker(await request());
    const ours = await inWorker(await request(new URL('/runtime/kernels/', location.href).href));
    expect(ours.runtime.kernels).toBe('relaxed');
    expect(tfjs.runtime.kernels).toBeUndefined();
    for (const [frame, logit] of tfjs.logits.entries()) expect(ours.logits[frame]).toBeCloseTo(logit, 5);
    expect(ours.tensors).toBe(0);
  });

  test('that are not there are told of, and tfjs goes on', async () => {
    const reply = await inWorker(await request(new URL('/nothing/', location.href).href));
    expect(reply.runtime.kernels).toBeUndefined();
    expect(reply.runtime.rejected.at(-1)?.reason).toMatch(/^kernels-simd: /);
    expect(reply.logits.every(Number.isFinite)).toBe(true);
  });
});

test('in a module worker the SIMD build runs, and the one thread it has is told', async () => {
  await openBackend({ tfjsWasm, prefer: 'wasm' });
  const reply = await inWorker({
    backend: { tfjsWasm, prefer: 'wasm' },
    files: await madeModel(),
    config: TINY,
    crops: 9,
  });
  expect(crossOriginIsolated).toBe(true);
  expect(reply.runtime).toMatchObject({ backend: 'wasm', simd: true });
  expect(reply.runtime.threads).toBe(1);
  expect(reply.wasm).toEqual(['tfjs-backend-wasm-simd.wasm']);
  expect(reply.logits.length).toBe(9);
  expect(reply.logits.every(Number.isFinite)).toBe(true);
  expect(reply.tensors).toBe(0);
});
