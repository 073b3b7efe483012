/**
 * The folded network as an ONNX model, for whoever runs it elsewhere and for benchmarks against onnxruntime.
 *
 * Input `crops`, float32 `[frames, 3, S, S]`: the frames of one sequence of one face, RGB levels 0..255; normalisation is
 * part of the graph. A network with a companion also takes `face_size`, float32 `[1]`: the side of the face in source pixels.
 * Output `logits`, float32 `[frames]`.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from '../src/detector/config.ts';
import { members, paramsOf } from '../src/detector/members.ts';
import type { View } from '../src/detector/members.ts';
import { param, trunkSpec } from '../src/detector/params.ts';
import type { ConvSpec, Params } from '../src/detector/params.ts';
import { encodeOnnx } from './onnx-schema.ts';
import type { OnnxAttribute, OnnxNode, OnnxTensor, OnnxValue } from './onnx-schema.ts';

const FLOAT = 1;
const INT64 = 7;
/** Attribute types of `onnx.proto`. */
const ATTRIBUTE = { int: 2, string: 3, ints: 7 } as const;
/** Every operator used has had its present meaning since then. */
const OPSET = 14;
const IR_VERSION = 9;

/** ONNX's order of an LSTM's gates (i, o, f, c), as indices into PyTorch's (i, f, g, o). */
const GATES = [0, 3, 1, 2] as const;

/** The operators and constants of a graph, in the order in which they are added. */
export class GraphBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  /** Before the names of constants. */
  prefix = '';

  /** Adds an operator with one output, and names the output. */
  node(opType: string, input: string[], attributes: Record<string, number | string | number[]> = {}): string {
    const name = `${opType.toLowerCase()}_${this.nodes.length}`;
    const attribute = Object.entries(attributes).map(([key, value]) => attributeOf(key, value));
    this.nodes.push({ opType, name, input, output: [name], attribute });
    return name;
  }

  floats(name: string, values: Float32Array, dims: number[]): string {
    const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return this.constant({ name, dims, dataType: FLOAT, rawData });
  }

  integers(name: string, values: number[]): string {
    const rawData = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    return this.constant({ name, dims: [values.length], dataType: INT64, rawData });
  }

  /** One of a name that was added before is the same: a network that is run twice has its weights once. */
  private constant(tensor: OnnxTensor): string {
    const name = this.prefix + tensor.name;
    if (!this.initializers.some((known) => known.name === name)) this.initializers.push({ ...tensor, name });
    return name;
  }
}

function attributeOf(name: string, value: number | string | number[]): OnnxAttribute {
  if (typeof value === 'number') return { name, type: ATTRIBUTE.int, i: value };
  if (typeof value === 'string') return { name, type: ATTRIBUTE.string, s: Buffer.from(value) };
  return { name, type: ATTRIBUTE.ints, ints: value };
}

/**
 * @param params folded parameters (`foldBatchNorm`)
 * @param normalisation mean and standard deviation per channel, of colours in 0..1
 * @param metadata shown by viewers and readable by runtimes, e.g. the licence
 */
export async function toOnnx(
  params: Params,
  config: DetectorConfig,
  normalisation: { mean: readonly number[]; std: readonly number[] },
  metadata: Record<string, string>,
): Promise<Uint8Array> {
  const graph = new GraphBuilder();
  const logits: string[] = [];
  for (const member of members(config)) {
    graph.prefix = member.prefix;
    const crops = seen(graph, member.view);
    logits.push(await network(graph, crops, paramsOf(params, member), member.config, normalisation));
  }
  graph.prefix = '';
  weighted(graph, logits, config);
  graph.nodes.at(-1)!.output = ['logits'];

  const side = config.inputSize;
  return onnxModel(
    'clearframe-detector',
    graph,
    { crops: ['frames', 3, side, side], ...(config.companion && { face_size: [1] }) },
    { logits: ['frames'] },
    metadata,
  );
}

/** The members' logits by `sharesOf` of `members.ts`. */
function weighted(graph: GraphBuilder, logits: string[], { coarse, companion }: DetectorConfig): void {
  const number = (name: string, value: number): string => graph.floats(name, Float32Array.of(value), [1]);
  const rest = [...logits];
  let own = rest.shift()!;
  if (coarse !== undefined)
    own = graph.node('Sub', [own, graph.node('Mul', [rest.shift()!, number('coarse', coarse.weight)])]);
  if (companion === undefined) return;
  const { evenFrom, most = 0.5 } = companion;
  const doublings = graph.node('Log', [graph.node('Div', ['face_size', number('even', evenFrom)])]);
  const more = graph.node('Mul', [doublings, number('per_doubling', 0.25 / Math.LN2)]);
  const open = graph.node('Add', [more, number('half', 0.5)]);
  const share = graph.node('Min', [graph.node('Max', [open, number('none', 0)]), number('most', most)]);
  const others = graph.node('Mul', [rest.shift()!, graph.node('Sub', [number('one', 1), share])]);
  graph.node('Add', [graph.node('Mul', [own, share]), others]);
}

/** `viewOfLevels` of `members.ts`. */
function seen(graph: GraphBuilder, { shrink, enlarged }: View): string {
  if (shrink === 1) return 'crops';
  const rounded = (x: string, beyond: number): string =>
    graph.node('Floor', [
      graph.node('Add', [x, graph.floats(`rounding_${beyond}`, Float32Array.of(beyond), [1])]),
    ]);
  const sides = [shrink, shrink];
  const means = graph.node('AveragePool', ['crops'], { kernel_shape: sides, strides: sides });
  const small = rounded(means, 0.5 + 0.4 / (shrink * shrink));
  if (!enlarged) return small;
  const scales = graph.floats('scales', Float32Array.of(1, 1, shrink, shrink), [4]);
  const how = { mode: 'linear', coordinate_transformation_mode: 'half_pixel' };
  return rounded(graph.node('Resize', [small, '', scales], how), 0.5);
}

/** One member, from its view of the crops to the logits. */
async function network(
  graph: GraphBuilder,
  crops: string,
  params: Params,
  config: DetectorConfig,
  normalisation: { mean: readonly number[]; std: readonly number[] },
): Promise<string> {
  const { mean, std } = normalisation;
  const scale = Float32Array.from(std, (deviation) => 1 / (255 * deviation));
  const shift = Float32Array.from(mean, (value, channel) => -value / std[channel]!);
  let x = graph.node('Mul', [crops, graph.floats('normalise.scale', scale, [1, 3, 1, 1])]);
  x = graph.node('Add', [x, graph.floats('normalise.shift', shift, [1, 3, 1, 1])]);
  x = await trunk(graph, x, params, config);
  const features = trunkSpec(config).features;
  x = graph.node('Reshape', [x, graph.integers('sequence.shape', [-1, 1, features])]);
  x = await lstm(graph, x, params, config);
  const outputs = config.lstm.units * (config.lstm.bidirectional ? 2 : 1);
  x = graph.node('Reshape', [x, graph.integers('outputs.shape', [-1, outputs])]);
  x = graph.node('MatMul', [x, await matrix(graph, params, 'head.weight')]);
  x = graph.node('Add', [x, await matrix(graph, params, 'head.bias')]);
  return graph.node('Reshape', [x, graph.integers('logits.shape', [-1])]);
}

/**
 * A graph as an ONNX file.
 * @param inputs, outputs float tensors by name, with their sizes; a name stands for any size
 */
export function onnxModel(
  name: string,
  graph: GraphBuilder,
  inputs: Record<string, (number | string)[]>,
  outputs: Record<string, (number | string)[]>,
  metadata: Record<string, string> = {},
): Uint8Array {
  const listed = (tensors: typeof inputs): OnnxValue[] =>
    Object.entries(tensors).map(([tensor, dims]) => valueInfo(tensor, dims));
  return encodeOnnx({
    irVersion: IR_VERSION,
    producerName: 'clearframe model-export',
    opsetImport: [{ domain: '', version: OPSET }],
    metadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name,
      node: graph.nodes,
      initializer: graph.initializers,
      input: listed(inputs),
      output: listed(outputs),
    },
  });
}

function valueInfo(name: string, dims: (number | string)[]): OnnxValue {
  const dim = dims.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } };
}

async function trunk(
  graph: GraphBuilder,
  input: string,
  params: Params,
  config: DetectorConfig,
): Promise<string> {
  const { stem, pool, stages } = trunkSpec(config);
  let x = await convolution(graph, input, params, stem, true);
  if (pool) x = graph.node('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  for (const { conv1, conv2, conv3, shortcut, relu } of stages.flat()) {
    let y = conv1 === undefined ? x : await convolution(graph, x, params, conv1, true);
    y = await convolution(graph, y, params, conv2, true);
    y = await convolution(graph, y, params, conv3, false);
    if (shortcut !== 'none') {
      const added = shortcut === 'input' ? x : await convolution(graph, x, params, shortcut, false);
      y = graph.node('Add', [y, added]);
    }
    x = relu ? graph.node('Relu', [y]) : y;
  }
  return graph.node('GlobalAveragePool', [x]);
}

async function convolution(
  graph: GraphBuilder,
  x: string,
  params: Params,
  { conv, kernel, stride, groups, inChannels, outChannels }: ConvSpec,
  relu: boolean,
): Promise<string> {
  const weights = await values(params, `${conv}.weight`);
  const inputs = inChannels / groups;
  // tfjs keeps filters as [kh, kw, in, out], ONNX as [out, in, kh, kw].
  const turned = new Float32Array(weights.length);
  for (let place = 0; place < kernel * kernel; place++) {
    for (let from = 0; from < inputs; from++) {
      for (let to = 0; to < outChannels; to++) {
        turned[(to * inputs + from) * kernel * kernel + place] =
          weights[(place * inputs + from) * outChannels + to]!;
      }
    }
  }
  const weight = graph.floats(`${conv}.weight`, turned, [outChannels, inputs, kernel, kernel]);
  const bias = graph.floats(`${conv}.bias`, await values(params, `${conv}.bias`), [outChannels]);
  const pad = (kernel - 1) / 2;
  const y = graph.node('Conv', [x, weight, bias], {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [pad, pad, pad, pad],
    group: groups,
  });
  return relu ? graph.node('Relu', [y]) : y;
}

/** @returns outputs of all steps and directions `[T, directions, 1, units]` */
async function lstm(graph: GraphBuilder, x: string, params: Params, config: DetectorConfig): Promise<string> {
  const { units, bidirectional } = config.lstm;
  const features = trunkSpec(config).features;
  const suffixes = bidirectional ? ['', '_reverse'] : [''];
  const gather = async (name: string, inputs: number): Promise<Float32Array> => {
    const parts = await Promise.all(suffixes.map((suffix) => values(params, `lstm.${name}_l0${suffix}`)));
    return concat(parts.map((part) => gateRows(part, inputs, units)));
  };
  const [inputWeight, stateWeight] = [await gather('weight_ih', features), await gather('weight_hh', units)];
  const [inputBias, stateBias] = [await gather('bias_ih', 1), await gather('bias_hh', 1)];
  const directions = suffixes.length;
  const biases = Array.from({ length: directions }, (_, direction) => {
    const part = (all: Float32Array): Float32Array =>
      all.subarray(direction * 4 * units, (direction + 1) * 4 * units);
    return concat([part(inputBias), part(stateBias)]);
  });
  return graph.node(
    'LSTM',
    [
      x,
      graph.floats('lstm.W', inputWeight, [directions, 4 * units, features]),
      graph.floats('lstm.R', stateWeight, [directions, 4 * units, units]),
      graph.floats('lstm.B', concat(biases), [directions, 8 * units]),
    ],
    { hidden_size: units, direction: bidirectional ? 'bidirectional' : 'forward' },
  );
}

/** `[inputs, 4 * units]` with PyTorch's order of gates to `[4 * units, inputs]` with ONNX's. */
function gateRows(weights: Float32Array, inputs: number, units: number): Float32Array {
  const rows = new Float32Array(weights.length);
  for (const [place, gate] of GATES.entries()) {
    for (let unit = 0; unit < units; unit++) {
      for (let from = 0; from < inputs; from++) {
        rows[(place * units + unit) * inputs + from] = weights[from * 4 * units + gate * units + unit]!;
      }
    }
  }
  return rows;
}

async function matrix(graph: GraphBuilder, params: Params, name: string): Promise<string> {
  return graph.floats(name, await values(params, name), param<tf.Tensor>(params, name).shape);
}

async function values(params: Params, name: string): Promise<Float32Array> {
  return param<tf.Tensor>(params, name).data<'float32'>();
}

function concat(parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
