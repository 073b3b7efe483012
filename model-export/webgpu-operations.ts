/**
 * What training needs on WebGPU and tfjs has not, or slowly. Sums over the places of a batch (batch normalisation, gradients of
 * convolutions by their filters): tfjs has one invocation walk over a whole batch for each. Here many add up a part each, and
 * others their sums. Batch normalisation and the gradient of ReLU: a few passes over memory in place of dozens.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { WebGPUBackend, WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import { EPSILON } from '../src/detector/batch-norm.ts';
import type { BatchStatistics } from '../src/detector/batch-norm.ts';

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
    this.shaderKey = `${variableNames.join()} ${body}`;
  }

  getUserCode(): string {
    return `
      fn main(index : i32) {
        if (index >= uniforms.size) { return; }
        ${this.body}
      }`;
  }
}

/** What one invocation adds up: the numbers of a column, at `at`, of which `values` makes one sum each. */
interface Summands {
  names: string[];
  inputs: tf.TensorInfo[];
  rows: number;
  columns: number;
  /** Statements before the sums; `channel` is the column. */
  prepare?: string;
  values: string[];
}

/** `[rows, columns]` to `[fewer, sums * columns]`: one sum for every value, each of every `fewer`-th row. */
function partialSums(
  backend: WebGPUBackend,
  { names, inputs, rows, columns, prepare = '', values }: Summands,
): { sums: tf.TensorInfo; rows: number } {
  const rowsEach = Math.max(ROWS, Math.ceil((rows * columns) / INVOCATIONS));
  const fewer = Math.ceil(rows / rowsEach);
  const body = `
    if (index >= ${fewer * columns}) { return; }
    let channel = index % ${columns};
    ${prepare}
    ${values.map((_, sum) => `var sum${sum} = 0.0;`).join(' ')}
    for (var at = index; at < ${rows * columns}; at += ${fewer * columns}) {
      ${values.map((value, sum) => `sum${sum} += ${value};`).join(' ')}
    }
    let first = (index / ${columns}) * ${values.length * columns} + channel;
    ${values.map((_, sum) => `result[first + ${sum * columns}] = sum${sum};`).join(' ')}`;
  const program = new FlatProgram(names, [fewer, values.length * columns], body);
  return { sums: backend.runWebGPUProgram(program, inputs, 'float32'), rows: fewer };
}

/** `[rows, columns]` to `[sums * columns]`: a sum over all rows for every value. */
function columnSums(backend: WebGPUBackend, summands: Summands): tf.TensorInfo {
  const columns = summands.values.length * summands.columns;
  let left = partialSums(backend, summands);
  while (left.rows > 1) {
    const { sums, rows } = left;
    left = partialSums(backend, { names: ['a'], inputs: [sums], rows, columns, values: ['a[at]'] });
    backend.disposeData(sums.dataId);
  }
  return { ...left.sums, shape: [columns] };
}

/** `[rows, columns]` to `[columns]`. */
const plainSums = (backend: WebGPUBackend, a: tf.TensorInfo, rows: number, columns: number): tf.TensorInfo =>
  columnSums(backend, { names: ['a'], inputs: [a], rows, columns, values: ['a[at]'] });

/** The kernels of batch normalisation: half as many shaders as tfjs makes of the operations of `batchNormTraining`. */
const STATISTICS = 'BatchStatistics';
const NORMALISE = 'NormaliseBatch';
const NORMALISE_SUMS = 'NormaliseBatchSums';
const NORMALISE_GRADIENT = 'NormaliseBatchGradient';

type BatchNormKernel =
  typeof STATISTICS | typeof NORMALISE | typeof NORMALISE_SUMS | typeof NORMALISE_GRADIENT;

/** A `[..., C]` tensor as rows of C columns. */
function matrixOf({ shape }: tf.TensorInfo): { rows: number; columns: number } {
  const columns = shape.at(-1)!;
  return { rows: tf.util.sizeFromShape(shape) / columns, columns };
}

/** How far a number is from its channel's mean, in deviations. */
const NORMALISED = `(x[at] - mean[channel]) * inverseSqrt(variance[channel] + ${EPSILON})`;

const batchNormKernels: Record<
  BatchNormKernel,
  (backend: WebGPUBackend, inputs: Record<string, tf.TensorInfo>) => tf.TensorInfo | tf.TensorInfo[]
> = {
  /**
   * x `[..., C]` to its mean and biased variance, `[C]` each. One pass: sums of the distances from the first number of a
   * channel, which is near enough to the mean, and of their squares (Chan, Golub and LeVeque 1983, shifted data).
   */
  [STATISTICS]: (backend, { x }) => {
    const { rows, columns } = matrixOf(x!);
    const sums = columnSums(backend, {
      names: ['x'],
      inputs: [x!],
      rows,
      columns,
      prepare: 'let shift = x[channel];',
      values: ['x[at] - shift', '(x[at] - shift) * (x[at] - shift)'],
    });
    const distance = `sums[index] / ${rows}.0`;
    // An input that a program does not use would have no place among its bindings.
    const mean = new FlatProgram(['x', 'sums'], [columns], `result[index] = x[index] + ${distance};`);
    const variance = new FlatProgram(
      ['sums'],
      [columns],
      `let distance = ${distance};
      result[index] = max(0.0, sums[index + ${columns}] / ${rows}.0 - distance * distance);`,
    );
    const outputs = [
      backend.runWebGPUProgram(mean, [x!, sums], 'float32'),
      backend.runWebGPUProgram(variance, [sums], 'float32'),
    ];
    backend.disposeData(sums.dataId);
    return outputs;
  },
  /** x, mean, variance, gamma, beta to what is normalised. */
  [NORMALISE]: (backend, { x, mean, variance, gamma, beta }) =>
    everyPlace(
      backend,
      { x: x!, mean: mean!, variance: variance!, gamma: gamma!, beta: beta! },
      `${NORMALISED} * gamma[channel] + beta[channel]`,
    ),
  /** dy, x, mean, variance to the gradients by beta and gamma, `[2 * C]`. */
  [NORMALISE_SUMS]: (backend, { dy, x, mean, variance }) =>
    columnSums(backend, {
      names: ['dy', 'x', 'mean', 'variance'],
      inputs: [dy!, x!, mean!, variance!],
      ...matrixOf(x!),
      values: ['dy[at]', `dy[at] * ${NORMALISED}`],
    }),
  /** x, dy, mean, variance, gamma and the sums to the gradient by x; the formula is that of `batchNormTraining`. */
  [NORMALISE_GRADIENT]: (backend, { x, dy, mean, variance, gamma, sums }) => {
    const { rows, columns } = matrixOf(x!);
    return everyPlace(
      backend,
      { x: x!, dy: dy!, mean: mean!, variance: variance!, gamma: gamma!, sums: sums! },
      `gamma[channel] * inverseSqrt(variance[channel] + ${EPSILON}) *
        (dy[at] - (sums[channel] + ${NORMALISED} * sums[channel + ${columns}]) / ${rows}.0)`,
    );
  },
};

/** One number for every one of `x`. @param value of the inputs' names, `at` and `channel` */
function everyPlace(
  backend: WebGPUBackend,
  inputs: { x: tf.TensorInfo } & Record<string, tf.TensorInfo>,
  value: string,
): tf.TensorInfo {
  const { rows, columns } = matrixOf(inputs.x);
  const body = `let at = index; let channel = index % ${columns}; result[index] = ${value};`;
  const program = new FlatProgram(Object.keys(inputs), [rows, columns], body);
  const result = backend.runWebGPUProgram(program, Object.values(inputs), 'float32');
  return { ...result, shape: inputs.x.shape };
}

/** Takes the place of `batchNormTraining` of `src/detector/batch-norm.ts`, with the same arguments and results. */
export function webGpuBatchNorm(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  onStatistics: (statistics: BatchStatistics) => void,
): tf.Tensor4D {
  const run = <T>(kernel: BatchNormKernel, inputs: Record<string, tf.Tensor>): T =>
    tf.engine().runKernel(kernel, inputs) as T;
  const normalise = tf.customGrad((...args) => {
    const [input, gamma, beta] = args as tf.Tensor[] as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D];
    const save = args[3] as unknown as tf.GradSaveFunc;
    const [mean, variance] = run<[tf.Tensor1D, tf.Tensor1D]>(STATISTICS, { x: input });
    onStatistics({ mean, variance });
    const value = run<tf.Tensor4D>(NORMALISE, { x: input, mean, variance, gamma, beta });
    save([input, mean, variance, gamma]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [inputX, m, v, g] = saved as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
      const at = { x: inputX, dy, mean: m, variance: v };
      const sums = run<tf.Tensor1D>(NORMALISE_SUMS, at);
      const dx = run<tf.Tensor>(NORMALISE_GRADIENT, { ...at, gamma: g, sums });
      const [dBeta, dGamma] = tf.split(sums, 2) as [tf.Tensor, tf.Tensor];
      return [dx, dGamma, dBeta];
    };
    return { value, gradFunc };
  });
  return normalise(x, scale, offset) as tf.Tensor4D;
}

const RELU_GRADIENT = 'ReluGradient';

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
  const gradient = plainSums(backend, partial, parts, columns);
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
  const gradient = plainSums(backend, products, batch, inputs * outputs);
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

/** tfjs makes ReLU's gradient in three passes over memory. */
function useReluGradient(): void {
  tf.registerKernel({
    kernelName: RELU_GRADIENT,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, backend }) => {
      const { x, dy } = inputs as { x: tf.TensorInfo; dy: tf.TensorInfo };
      return everyPlace(backend as WebGPUBackend, { x, dy }, 'select(0.0, dy[at], x[at] > 0.0)');
    },
  });
  const own = tf.getGradient(tf.Relu);
  tf.unregisterGradient(tf.Relu);
  tf.registerGradient({
    kernelName: tf.Relu,
    outputsToSave: [true],
    gradFunc: (dy, saved, attrs) =>
      tf.getBackend() === 'webgpu'
        ? { x: () => tf.engine().runKernel(RELU_GRADIENT, { x: saved[0]!, dy: dy as tf.Tensor }) }
        : own.gradFunc(dy, saved, attrs),
  });
}

/** Gives tfjs's WebGPU backend these operations. Call it once, after the backend is registered. */
export function useWebGpuOperations(): void {
  for (const [kernelName, kernel] of Object.entries(batchNormKernels)) {
    tf.registerKernel({
      kernelName,
      backendName: 'webgpu',
      kernelFunc: ({ inputs, backend }) =>
        kernel(backend as WebGPUBackend, inputs as Record<string, tf.TensorInfo>),
    });
  }
  useReluGradient();
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
