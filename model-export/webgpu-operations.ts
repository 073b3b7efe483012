/**
 * Sums over the places of a batch on WebGPU: of batch normalisation, and of the gradients of convolutions by their filters.
 * tfjs has one invocation walk over a whole batch for each of them. Here many add up a part each, and others their sums.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { WebGPUBackend, WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import { batchNormTraining } from '../src/detector/batch-norm.ts';

/** Invocations that fill a large GPU. */
const INVOCATIONS = 2 ** 18;
/** Rows that one invocation adds up. */
const ROWS = 64;
const WORKGROUP = 64;
/** WebGPU's limit on workgroups along one axis. */
const MOST_WORKGROUPS = 65535;

/** A program over a flat range of `count` invocations, each of which writes `result[index]`. */
class FlatProgram implements WebGPUProgram {
  readonly uniforms = '';
  readonly size = true;
  readonly workgroupSize: [number, number, number] = [WORKGROUP, 1, 1];
  /** Flat: every axis of the output along one. */
  readonly dispatchLayout = { x: [0, 1] };
  readonly dispatch: [number, number, number];
  readonly shaderKey: string;

  constructor(
    readonly variableNames: string[],
    readonly outputShape: number[],
    private readonly body: string,
  ) {
    const workgroups = Math.ceil(tf.util.sizeFromShape(outputShape) / WORKGROUP);
    const across = Math.min(workgroups, MOST_WORKGROUPS);
    this.dispatch = [across, Math.ceil(workgroups / across), 1];
    this.shaderKey = body;
  }

  getUserCode(): string {
    return `
      fn main(index : i32) {
        if (index >= uniforms.size) { return; }
        ${this.body}
      }`;
  }
}

/** `[rows, columns]` to `[fewer, columns]`: sums of every `fewer`-th row, of products where there are two inputs. */
function partialSums(
  backend: WebGPUBackend,
  inputs: tf.TensorInfo[],
  rows: number,
  columns: number,
): { sums: tf.TensorInfo; rows: number } {
  const fewer = Math.ceil(rows / ROWS);
  const value = inputs.length === 2 ? 'a[at] * b[at]' : 'a[at]';
  const body = `
    var sum = 0.0;
    for (var at = index; at < ${rows * columns}; at += ${fewer * columns}) { sum += ${value}; }
    result[index] = sum;`;
  const program = new FlatProgram(['a', 'b'].slice(0, inputs.length), [fewer, columns], body);
  return { sums: backend.runWebGPUProgram(program, inputs, 'float32'), rows: fewer };
}

/** `[rows, columns]` to `[columns]`. @param inputs one, or two whose product is summed */
function columnSums(
  backend: WebGPUBackend,
  inputs: tf.TensorInfo[],
  rows: number,
  columns: number,
): tf.TensorInfo {
  let left = partialSums(backend, inputs, rows, columns);
  while (left.rows > 1) {
    const { sums } = left;
    left = partialSums(backend, [sums], left.rows, columns);
    backend.disposeData(sums.dataId);
  }
  return { ...left.sums, shape: [columns] };
}

const COLUMN_SUMS = 'ColumnSums';

/** Sums over all axes but the last, of `a` or of `a * b`. @param a `[..., C]` @returns `[C]` */
function sumOverPlaces(a: tf.Tensor, b?: tf.Tensor): tf.Tensor1D {
  return tf.engine().runKernel<tf.Tensor1D>(COLUMN_SUMS, b === undefined ? { a } : { a, b });
}

/** Takes the place of `batchNormTraining` of `src/detector/batch-norm.ts`, with the same arguments and results. */
export const webGpuBatchNorm: typeof batchNormTraining = (x, scale, offset, onStatistics) =>
  batchNormTraining(x, scale, offset, onStatistics, sumOverPlaces);

interface FilterGradientInputs {
  x: tf.Tensor4D;
  dy: tf.Tensor4D;
}

interface FilterGradientAttrs {
  strides: number | [number, number];
  pad: 'valid' | 'same' | number;
  filterShape: [number, number, number, number];
}

/**
 * Gradient by the filter. One invocation makes one of its numbers over a part of the rows of all pictures; the parts are
 * added up.
 * @param depthwise `[kh, kw, C, 1]` filters, else `[kh, kw, in, out]`
 */
function filterGradient(
  backend: WebGPUBackend,
  { x, dy }: FilterGradientInputs,
  { strides, pad, filterShape }: FilterGradientAttrs,
  depthwise: boolean,
): tf.TensorInfo {
  const info = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad, undefined, depthwise);
  const { filterHeight, filterWidth, outHeight, outWidth, inHeight, inWidth, inChannels, outChannels } = info;
  const inputs = depthwise ? 1 : inChannels;
  const columns = filterHeight * filterWidth * inputs * outChannels;
  const rows = info.batchSize * outHeight;
  const parts = Math.max(1, Math.min(rows, Math.floor((INVOCATIONS * filterWidth) / columns)));
  const body = `
    let channel = index % ${outChannels};
    var rest = index / ${outChannels};
    let inChannel = ${depthwise ? 'channel' : `rest % ${inputs}`};
    rest = rest / ${inputs};
    let kColumn = rest % ${filterWidth};
    rest = rest / ${filterWidth};
    let kRow = rest % ${filterHeight};
    let part = rest / ${filterHeight};
    let firstColumn = kColumn - ${info.padInfo.left};
    var sum = 0.0;
    for (var row = part; row < ${rows}; row += ${parts}) {
      let inRow = (row % ${outHeight}) * ${info.strideHeight} + kRow - ${info.padInfo.top};
      if (inRow < 0 || inRow >= ${inHeight}) { continue; }
      let start = ((row / ${outHeight}) * ${inHeight} + inRow) * ${inWidth};
      for (var column = 0; column < ${outWidth}; column++) {
        let inColumn = column * ${info.strideWidth} + firstColumn;
        if (inColumn < 0 || inColumn >= ${inWidth}) { continue; }
        sum += x[(start + inColumn) * ${inChannels} + inChannel] * dy[(row * ${outWidth} + column) * ${outChannels} + channel];
      }
    }
    result[index] = sum;`;
  const program = new FlatProgram(['x', 'dy'], [parts, columns], body);
  const partial = backend.runWebGPUProgram(program, [x, dy], 'float32');
  const gradient = columnSums(backend, [partial], parts, columns);
  backend.disposeData(partial.dataId);
  return { ...gradient, shape: filterShape };
}

/** Gradient of a convolution of single places: one product of matrices per picture, then their sum. */
function pointwiseGradient(
  backend: WebGPUBackend,
  { x, dy }: FilterGradientInputs,
  filterShape: FilterGradientAttrs['filterShape'],
): tf.TensorInfo {
  const [batch, height, width, inputs] = x.shape;
  const outputs = dy.shape[3];
  const products = tf.tidy(() => {
    const perPicture = (t: tf.Tensor, channels: number): tf.Tensor3D =>
      tf.reshape(t, [batch, height * width, channels]);
    return tf.matMul(perPicture(x, inputs), perPicture(dy, outputs), true, false);
  });
  const gradient = columnSums(backend, [products], batch, inputs * outputs);
  products.dispose();
  return { ...gradient, shape: filterShape };
}

function replaceKernel(
  kernelName: string,
  kernelFunc: (
    backend: WebGPUBackend,
    inputs: FilterGradientInputs,
    attrs: FilterGradientAttrs,
  ) => tf.TensorInfo,
): void {
  if (tf.getKernel(kernelName, 'webgpu') !== undefined) tf.unregisterKernel(kernelName, 'webgpu');
  tf.registerKernel({
    kernelName,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, attrs, backend }) =>
      kernelFunc(
        backend as WebGPUBackend,
        inputs as unknown as FilterGradientInputs,
        attrs as unknown as FilterGradientAttrs,
      ),
  });
}

/** Gives tfjs's WebGPU backend these sums. Call it once, after the backend is registered. */
export function useWebGpuSums(): void {
  tf.registerKernel({
    kernelName: COLUMN_SUMS,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, backend }) => {
      const { a, b } = inputs as unknown as { a: tf.Tensor; b?: tf.Tensor };
      const columns = a.shape.at(-1)!;
      return columnSums(backend as WebGPUBackend, b === undefined ? [a] : [a, b], a.size / columns, columns);
    },
  });
  replaceKernel(tf.Conv2DBackpropFilter, (backend, inputs, attrs) => {
    const { filterShape } = attrs;
    const samePlaces = inputs.x.shape[1] === inputs.dy.shape[1] && inputs.x.shape[2] === inputs.dy.shape[2];
    return filterShape[0] === 1 && filterShape[1] === 1 && samePlaces
      ? pointwiseGradient(backend, inputs, filterShape)
      : filterGradient(backend, inputs, attrs, false);
  });
  replaceKernel(tf.DepthwiseConv2dNativeBackpropFilter, (backend, inputs, attrs) =>
    filterGradient(backend, inputs, attrs, true),
  );
}
