/**
 * The trunk on our own WebAssembly kernels: one crop at a time, so that what a layer writes is still in the cache when the
 * next one reads it; grouped convolutions without the zeros of a packed one; bias, shortcut and ReLU within the
 * convolution; nothing allocated after the start.
 */
import type { DetectorConfig } from '../config.ts';
import { convSpecs, isDepthwise, trunkSpec } from '../params.ts';
import type { BlockSpec, ConvSpec } from '../params.ts';

/** What `kernels.as` exports; pointers and steps are in bytes. */
interface Kernels {
  memory: WebAssembly.Memory;
  heapBase(): number;
  convolve(
    ...[input, inputPixel, inputRow, stride, kernel, depth, groups, outPerGroup, lanes]: number[]
  ): void;
  depthwise(
    ...[input, inputRow, stride, kernel, pixel, weights, bias, out, outRow, width, height]: number[]
  ): void;
  maxPool(
    input: number,
    channels: number,
    inputRow: number,
    out: number,
    width: number,
    height: number,
  ): void;
  mean(input: number, channels: number, places: number, out: number): void;
  normalise(...[bytes, scale, shift, out, outRow, width, height]: number[]): void;
  clearBorder(picture: number, pixel: number, width: number, height: number, pad: number): void;
}

/** Folded weights by name, tfjs layout. */
export type Weights = ReadonlyMap<string, Float32Array>;

/** A picture in the kernels' memory; `at` is its first pixel, inside the border. */
interface Picture {
  at: number;
  side: number;
  channels: number;
  /** Bytes from a row to the next. */
  row: number;
}

interface PackedConv {
  spec: ConvSpec;
  /** Input channels per group as packed: RGB becomes four. */
  depth: number;
  lanes: 8 | 4;
  weights: number;
  bias: number;
}

const FLOAT = 4;
const PAGE = 65536;

/** Whether the kernels can run a network: channels per group, or those of a depthwise convolution, have to come in fours. */
export function kernelsSupport(config: DetectorConfig): boolean {
  return convSpecs(config).every(
    (spec) =>
      (isDepthwise(spec) && spec.outChannels % 4 === 0) ||
      ((spec.inChannels === 3 || (spec.inChannels / spec.groups) % 4 === 0) &&
        (spec.outChannels / spec.groups) % 4 === 0),
  );
}

export class KernelTrunk {
  readonly features: number;
  private readonly kernels: Kernels;
  private readonly convolutions = new Map<string, PackedConv>();
  private readonly steps: (() => void)[] = [];
  private end: number;
  private readonly bytes: number;
  private readonly output: number;

  /**
   * @param module a build of `kernels.as`
   * @param normalisation mean and standard deviation per channel, of colours in 0..1
   * @throws RangeError when the machine has no memory for it; Error when `kernelsSupport` is false
   */
  constructor(
    module: WebAssembly.Module,
    weights: Weights,
    private readonly config: DetectorConfig,
    normalisation: { mean: readonly number[]; std: readonly number[] },
  ) {
    if (!kernelsSupport(config)) throw new Error('the kernels need channels per group in fours');
    this.kernels = new WebAssembly.Instance(module).exports as unknown as Kernels;
    this.end = Math.ceil(this.kernels.heapBase() / 16) * 16;
    for (const spec of convSpecs(config)) this.convolutions.set(spec.conv, this.pack(spec, weights));
    const { mean, std } = normalisation;
    const scale = this.store(std.map((deviation) => 1 / (255 * deviation)));
    const shift = this.store(mean.map((value, channel) => -value / std[channel]!));
    this.bytes = this.allocate(config.inputSize ** 2 * 3);
    this.features = trunkSpec(config).features;
    this.output = this.allocate(this.features * FLOAT);
    this.plan(scale, shift);
  }

  /**
   * @param crop RGB, 8 bit, row-major
   * @returns `[features]`
   */
  run(crop: Uint8Array): Float32Array {
    const { buffer } = this.kernels.memory;
    new Uint8Array(buffer, this.bytes, crop.length).set(crop);
    for (const step of this.steps) step();
    return new Float32Array(buffer, this.output, this.features).slice();
  }

  /** Memory taken: weights and pictures. */
  get memoryBytes(): number {
    return this.kernels.memory.buffer.byteLength;
  }

  /** Lays out the pictures and lists the kernels' calls. Areas are used again as soon as nobody reads them. */
  private plan(scale: number, shift: number): void {
    const { kernels, steps } = this;
    const { stem, pool, stages } = trunkSpec(this.config);
    const { inputSize } = this.config;
    const half = Math.ceil(inputSize / 2);
    const firstSide = pool ? Math.ceil(half / 2) : half;
    const stemPad = (stem.kernel - 1) / 2;
    const areas = this.areas(stages.flat(), firstSide);

    const input = this.picture(this.allocate(framed(inputSize, stemPad, 4)), inputSize, 4, stemPad);
    steps.push(() => kernels.normalise(this.bytes, scale, shift, input.at, input.row, inputSize, inputSize));
    const first = this.picture(areas.x, firstSide, stem.outChannels, 0);
    if (pool) this.pooledStem(stem, input, half, first);
    else this.convolve(stem, input, first, true);
    let x = first;
    let free = areas.y;
    for (const block of stages.flat()) {
      const out = this.block(block, x, free, areas);
      free = x.at;
      x = out;
    }
    const last = x;
    steps.push(() => kernels.mean(last.at, last.channels, last.side ** 2, this.output));
  }

  /** The stem's convolution and its pool. The borders are zeros from the start, and nothing else uses their areas. */
  private pooledStem(stem: ConvSpec, input: Picture, side: number, to: Picture): void {
    const { kernels } = this;
    // What is beyond the edge never wins in the pool: after ReLU nothing is below 0.
    const from = this.picture(this.allocate(framed(side, 1, stem.outChannels)), side, stem.outChannels, 1);
    const corner = from.at - from.row - stem.outChannels * FLOAT;
    this.convolve(stem, input, from, true);
    this.steps.push(() => kernels.maxPool(corner, stem.outChannels, from.row, to.at, to.side, to.side));
  }

  /** 1x1, grouped and 1x1 convolution, and the shortcut added. @returns the output, at `free` */
  private block(
    { conv1, conv2, conv3, shortcut, relu }: BlockSpec,
    x: Picture,
    free: number,
    areas: { inner: number; grouped: number; shortcut: number },
  ): Picture {
    const { kernels, steps } = this;
    const side = Math.ceil(x.side / conv2.stride);
    const pad = (conv2.kernel - 1) / 2;
    const inner = this.picture(areas.inner, x.side, conv2.inChannels, pad);
    const pixel = inner.channels * FLOAT;
    steps.push(() => kernels.clearBorder(areas.inner, pixel, inner.side, inner.side, pad));
    if (conv1 === undefined) this.copy(x, inner);
    else this.convolve(conv1, x, inner, true);
    const grouped = this.picture(areas.grouped, side, conv2.outChannels, 0);
    if (isDepthwise(conv2)) this.depthwise(conv2, inner, grouped);
    else this.convolve(conv2, inner, grouped, true);
    let added = shortcut === 'none' ? 0 : x.at;
    if (typeof shortcut !== 'string') {
      const projected = this.picture(areas.shortcut, side, shortcut.outChannels, 0);
      this.convolve(shortcut, x, projected, false);
      added = projected.at;
    }
    const out = this.picture(free, side, conv3.outChannels, 0);
    this.convolve(conv3, grouped, out, relu, added);
    return out;
  }

  /** Row by row: one of the pictures has a border. */
  private copy(from: Picture, to: Picture): void {
    const line = from.side * from.channels * FLOAT;
    const { memory } = this.kernels;
    this.steps.push(() => {
      const bytes = new Uint8Array(memory.buffer);
      for (let y = 0; y < from.side; y++) {
        const start = from.at + y * from.row;
        bytes.copyWithin(to.at + y * to.row, start, start + line);
      }
    });
  }

  /** With ReLU. */
  private depthwise(spec: ConvSpec, from: Picture, to: Picture): void {
    const { weights, bias } = this.convolutions.get(spec.conv)!;
    const pad = (spec.kernel - 1) / 2;
    const pixel = from.channels * FLOAT;
    const corner = from.at - pad * from.row - pad * pixel;
    const call = [
      ...[corner, from.row, spec.stride, spec.kernel, pixel, weights, bias],
      ...[to.at, to.row, to.side, to.side],
    ];
    const { kernels } = this;
    this.steps.push(() => kernels.depthwise(...call));
  }

  private convolve(spec: ConvSpec, from: Picture, to: Picture, relu: boolean, add = 0): void {
    const { depth, lanes, weights, bias } = this.convolutions.get(spec.conv)!;
    const pad = (spec.kernel - 1) / 2;
    const pixel = from.channels * FLOAT;
    const corner = from.at - pad * from.row - pad * pixel;
    const flat = spec.kernel === 1 && spec.stride === 1 && isDense(from) && isDense(to);
    const [width, height] = flat ? tiling(to.side) : [to.side, to.side];
    const outPixel = to.channels * FLOAT;
    const call = [
      ...[corner, pixel, flat ? width * pixel : from.row, spec.stride, spec.kernel, depth],
      ...[spec.groups, spec.outChannels / spec.groups, lanes, weights, bias],
      ...[to.at, outPixel, flat ? width * outPixel : to.row, width, height, add, relu ? 1 : 0],
    ];
    const { kernels } = this;
    this.steps.push(() => kernels.convolve(...call));
  }

  /** `[kh, kw, in / groups, out]` to `[group][block][kh][kw][in / groups][lanes]`. */
  private pack(spec: ConvSpec, weights: Weights): PackedConv {
    const { conv, kernel, groups, inChannels, outChannels } = spec;
    const source = weights.get(`${conv}.weight`);
    const bias = weights.get(`${conv}.bias`);
    if (source === undefined || bias === undefined) throw new Error(`parameter of ${conv} is missing`);
    const outPerGroup = outChannels / groups;
    const inputs = inChannels / groups;
    // One weight per tap and channel: they lie as the kernel reads them.
    if (isDepthwise(spec))
      return { spec, depth: 1, lanes: 4, weights: this.store(source), bias: this.store(bias) };
    const depth = Math.ceil(inputs / 4) * 4;
    const lanes = outPerGroup % 8 === 0 ? 8 : 4;
    const packed = new Float32Array(kernel * kernel * depth * outChannels);
    let at = 0;
    for (let first = 0; first < outChannels; first += lanes) {
      for (let tap = 0; tap < kernel * kernel; tap++) {
        for (let input = 0; input < depth; input++, at += lanes) {
          if (input >= inputs) continue;
          const from = (tap * inputs + input) * outChannels + first;
          packed.set(source.subarray(from, from + lanes), at);
        }
      }
    }
    return { spec, depth, lanes, weights: this.store(packed), bias: this.store(bias) };
  }

  private areas(
    blocks: readonly BlockSpec[],
    firstSide: number,
  ): { x: number; y: number; inner: number; grouped: number; shortcut: number } {
    let side = firstSide;
    const largest = { x: 0, inner: 0, grouped: 0, shortcut: 0 };
    const note = (area: keyof typeof largest, bytes: number): void => {
      largest[area] = Math.max(largest[area], bytes);
    };
    for (const { conv1, conv2, conv3, shortcut } of blocks) {
      const outSide = Math.ceil(side / conv2.stride);
      note('x', framed(side, 0, (conv1 ?? conv2).inChannels));
      note('x', framed(outSide, 0, conv3.outChannels));
      note('inner', framed(side, (conv2.kernel - 1) / 2, conv2.inChannels));
      note('grouped', framed(outSide, 0, conv2.outChannels));
      if (typeof shortcut !== 'string') note('shortcut', framed(outSide, 0, shortcut.outChannels));
      side = outSide;
    }
    return {
      x: this.allocate(largest.x),
      y: this.allocate(largest.x),
      inner: this.allocate(largest.inner),
      grouped: this.allocate(largest.grouped),
      shortcut: this.allocate(largest.shortcut),
    };
  }

  private picture(start: number, side: number, channels: number, pad: number): Picture {
    const row = (side + 2 * pad) * channels * FLOAT;
    return { at: start + pad * row + pad * channels * FLOAT, side, channels, row };
  }

  private store(values: ArrayLike<number>): number {
    const at = this.allocate(values.length * FLOAT);
    new Float32Array(this.kernels.memory.buffer, at, values.length).set(values);
    return at;
  }

  /** Zeroed memory; it is given back with the instance. */
  private allocate(bytes: number): number {
    const { memory } = this.kernels;
    const at = this.end;
    this.end += Math.ceil(bytes / 16) * 16;
    const missing = this.end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    return at;
  }
}

const isDense = ({ side, channels, row }: Picture): boolean => row === side * channels * FLOAT;

/** Bytes of a picture with its border. */
const framed = (side: number, pad: number, channels: number): number =>
  (side + 2 * pad) ** 2 * channels * FLOAT;

/** A dense picture cut into lines that the kernels' blocks of four pixels fill best, short enough for the cache. */
function tiling(side: number): [width: number, height: number] {
  for (const rows of [1, 2, 4]) {
    if (side % rows === 0 && (side * rows) % 4 === 0) return [side * rows, side / rows];
  }
  return side < 16 ? [side * side, 1] : [side, side];
}
