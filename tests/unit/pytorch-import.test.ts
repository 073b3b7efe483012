import * as tf from '@tensorflow/tfjs-core';
import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { EPSILON } from '../../src/detector/batch-norm.ts';
import type { DetectorConfig, InvertedTrunkConfig } from '../../src/detector/config.ts';
import { foldBatchNorm } from '../../src/detector/fold.ts';
import { integerInput, integerParams } from '../../src/detector/integer-fill.ts';
import { forward, trunkActivations } from '../../src/detector/network.ts';
import { paramSpecs } from '../../src/detector/params.ts';
import { IMAGENET, importNetwork, renormalise } from '../../model-export/pytorch/network.ts';
import { readStateDict } from '../../model-export/pytorch/state-dict.ts';
import type { StateDict } from '../../model-export/pytorch/state-dict.ts';
import './detector-backends.ts';

const config: DetectorConfig = {
  inputSize: 33,
  sequenceLength: 3,
  trunk: { depths: [1, 2], cardinality: 4, widthPerGroup: 2, stem: 'imagenet', stemChannels: 8 },
  lstm: { units: 5, bidirectional: true },
};
const asked = { inputSize: 33, sequenceLength: 3, lstmUnits: 7 };

await tf.setBackend('cpu');
const params = integerParams(config);

/** The network as PyTorch keeps it: its names below `prefix`, its layout. */
async function pytorchTensors(rename = (name: string) => name): Promise<StateDict> {
  const state: StateDict = new Map();
  for (const { name } of paramSpecs(config)) {
    const tensor = params.get(name)!;
    const axes = tensor.rank === 4 ? [3, 2, 0, 1] : tensor.rank === 2 ? [1, 0] : [0];
    const turned = tf.transpose(tensor, axes);
    state.set(rename(name), { shape: turned.shape, values: (await turned.data()) as Float32Array });
  }
  return state;
}

/** @param headerLength of the JSON, where that matters: spaces fill it */
function safetensors(state: StateDict, headerLength = 0): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  const parts: Buffer[] = [];
  let at = 0;
  for (const [name, { shape, values }] of state) {
    const bytes = Buffer.from(values.slice().buffer);
    header[name] = { dtype: 'F32', shape, data_offsets: [at, at + bytes.length] };
    parts.push(bytes);
    at += bytes.length;
  }
  const text = Buffer.from(JSON.stringify(header).padEnd(headerLength));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...parts]);
}

interface Pickled {
  pickle: Buffer;
  /** Bytes of the storages, by key. */
  storages: Map<string, Uint8Array>;
}

/** The opcodes that `torch.save` writes for a dict of tensors (protocol 2). */
function pickled(
  state: StateDict,
  storage: 'FloatStorage' | 'HalfStorage' = 'FloatStorage',
  dicts = ['state_dict'],
  oldFormat = false,
): Pickled {
  const out: Buffer[] = [Buffer.from([0x80, 2])];
  const code = (...bytes: number[]): void => void out.push(Buffer.from(bytes));
  const text = (value: string): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(Buffer.byteLength(value));
    out.push(Buffer.from('X'), length, Buffer.from(value));
  };
  const integer = (value: number): void => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    out.push(Buffer.from('J'), bytes);
  };
  const global = (module: string, name: string): void => void out.push(Buffer.from(`c${module}\n${name}\n`));
  const storages = new Map<string, Uint8Array>();
  // { 'epoch': 3, 'state_dict': OrderedDict(...) }
  code(0x7d, 0x28);
  text('epoch');
  code(0x4b, 3);
  let key = 0;
  for (const dict of dicts) {
    text(dict);
    global('collections', 'OrderedDict');
    code(0x29, 0x52, 0x71, 0, 0x28);
    for (const [name, { shape, values }] of state) {
      text(name);
      global('torch._utils', '_rebuild_tensor_v2');
      code(0x28, 0x28);
      text('storage');
      global('torch', storage);
      text(String(key));
      text('cpu');
      integer(values.length);
      if (oldFormat) code(0x4e);
      code(0x74, 0x51);
      integer(0);
      code(0x28);
      shape.forEach(integer);
      code(0x74, 0x28);
      shape.forEach((_, axis) => integer(shape.slice(axis + 1).reduce((product, side) => product * side, 1)));
      code(0x74, 0x89);
      global('collections', 'OrderedDict');
      code(0x29, 0x52, 0x74, 0x52);
      const bytes =
        storage === 'FloatStorage' ? Buffer.from(values.slice().buffer) : new Uint8Array(2 * values.length);
      storages.set(String(key++), bytes);
    }
    code(0x75);
  }
  code(0x75, 0x2e);
  return { pickle: Buffer.concat(out), storages };
}

function torchZip(...of: Parameters<typeof pickled>): Uint8Array {
  const { pickle, storages } = pickled(...of);
  const data = [...storages].map(([key, bytes]) => [`archive/data/${key}`, bytes] as const);
  return zipSync({ ...Object.fromEntries(data), 'archive/data.pkl': pickle }, { level: 0 });
}

/** What `torch.save` wrote before PyTorch 1.6: five pickles, then the storages with their lengths. */
function oldTorch(state: StateDict): Uint8Array {
  const { pickle, storages } = pickled(state, 'FloatStorage', ['state_dict'], true);
  const text = (value: string): Buffer =>
    Buffer.concat([Buffer.from([0x58, value.length, 0, 0, 0]), Buffer.from(value)]);
  const magic = Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex');
  const protocol = Buffer.from('80024de9032e', 'hex');
  const machine = Buffer.concat([
    Buffer.from('80027d', 'hex'),
    text('little_endian'),
    Buffer.from([0x88, 0x73, 0x2e]),
  ]);
  const keys = [Buffer.from('80025d28', 'hex'), ...[...storages.keys()].map(text), Buffer.from([0x65, 0x2e])];
  const data = [...storages.values()].flatMap((bytes) => {
    const length = Buffer.alloc(8);
    length.writeBigInt64LE(BigInt(bytes.length / 4));
    return [length, bytes];
  });
  return Buffer.concat([magic, protocol, machine, pickle, ...keys, ...data]);
}

/** Largest difference of the imported network's logits from the original's, relative to the largest. */
async function logitError(imported: ReadonlyMap<string, Float32Array>): Promise<number> {
  const theirs = new Map(
    paramSpecs(config).map(({ name, shape }) => [name, tf.tensor(imported.get(name)!, shape)] as const),
  );
  const crops = integerInput(3, config.inputSize);
  const expected = await forward(params, crops, 3, config, { kind: 'inference' }).data();
  const folded = foldBatchNorm(theirs, config);
  const actual = await forward(folded, crops, 3, config, { kind: 'folded' }).data();
  const scale = Math.max(...[...expected].map(Math.abs));
  return Math.max(...[...expected].map((value, frame) => Math.abs(value - actual[frame]!))) / scale;
}

describe('a PyTorch checkpoint', () => {
  const names: [string, (name: string) => string][] = [
    ['our names', (name) => name],
    ['DataParallel', (name) => `module.${name.replace(/^trunk\./, 'backbone.')}`],
    ['nn.Sequential of children', (name) => sequentialName(name)],
  ];
  test.each(names)('of safetensors with the names of %s becomes the same network', async (_, rename) => {
    const imported = importNetwork(readStateDict(safetensors(await pytorchTensors(rename))), asked);
    expect(imported.config).toEqual(config);
    expect([imported.missing, imported.unused]).toEqual([[], []]);
    expect(await logitError(imported.params)).toBeLessThan(1e-4);
  });

  test('of torch.save becomes the same network', async () => {
    const state = await pytorchTensors();
    state.set('trunk.bn1.num_batches_tracked', { shape: [], values: Float32Array.of(9) });
    const imported = importNetwork(readStateDict(torchZip(state)), asked);
    expect(imported.unused).toEqual(['trunk.bn1.num_batches_tracked']);
    expect(await logitError(imported.params)).toBeLessThan(1e-4);
  });

  test('of torch.save before PyTorch 1.6 becomes the same network, and cut off it is refused', async () => {
    const bytes = oldTorch(await pytorchTensors());
    expect(await logitError(importNetwork(readStateDict(bytes), asked).params)).toBeLessThan(1e-6);
    expect(() => readStateDict(bytes.subarray(0, bytes.length - 1))).toThrow('cut off');
  });

  test('of safetensors may begin like a pickle or a zip: its first bytes are a length', async () => {
    const tensors = await pytorchTensors();
    for (const first of [0x80, 0x4b50]) {
      const bytes = safetensors(tensors, 0x10000 + first);
      expect(readStateDict(bytes)).toEqual(tensors);
    }
  });

  test('with a classifier of several layers is read, its last layer as the head where that has one logit', async () => {
    const state = await pytorchTensors((name) =>
      sequentialName(name).replace(/^(.*)head\./, '$1classifier.1.'),
    );
    state.set('classifier.0.weight', { shape: [14, 14], values: new Float32Array(14 * 14) });
    const imported = importNetwork(state, asked);
    expect([imported.missing, imported.unused]).toEqual([[], ['classifier.0.weight']]);
    expect(await logitError(imported.params)).toBeLessThan(1e-4);
  });

  test('with an LSTM that has no biases adds none', async () => {
    const state = await pytorchTensors();
    const biases = [...state.keys()].filter((name) => name.startsWith('lstm.bias'));
    for (const name of biases) state.delete(name);
    const { params, missing } = importNetwork(state, asked);
    expect(missing).toEqual([]);
    expect(biases.length).toBe(4);
    for (const name of biases) expect(params.get(name)!.every((value) => value === 0)).toBe(true);
  });

  test('with two networks in one file is refused, and an LSTM of two layers too', async () => {
    const state = await pytorchTensors();
    const two = torchZip(state, 'FloatStorage', ['model', 'model_ema']);
    expect(() => readStateDict(two)).toThrow(/there twice/);
    for (const name of ['weight_ih_l', 'weight_hh_l', 'bias_ih_l', 'bias_hh_l'])
      state.set(`lstm.${name}1`, state.get(`lstm.${name}0`)!);
    expect(() => importNetwork(state, asked)).toThrow(/lstm\.weight_ih_l1.*several layers/);
  });

  test('of a plain ResNeXt gives the trunk and says what is missing', async () => {
    const state: StateDict = new Map();
    for (const [name, tensor] of await pytorchTensors())
      if (name.startsWith('trunk.')) state.set(name.slice('trunk.'.length), tensor);
    state.set('fc.weight', { shape: [1000, 64], values: new Float32Array(64000) });
    const imported = importNetwork(state, asked);
    expect(imported.config).toEqual({ ...config, lstm: { units: 7, bidirectional: true } });
    expect(imported.missing.every((name) => /^(lstm|head)\./.test(name))).toBe(true);
    expect(imported.missing).toHaveLength(10);
    expect(imported.unused).toEqual(['fc.weight']);
  });

  test('with strided tensors and half precision is read element by element', () => {
    const state: StateDict = new Map([['x', { shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) }]]);
    expect(readStateDict(torchZip(state)).get('x')!.values).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    const half = Buffer.concat([
      Buffer.from([0x3a, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.from('{"h":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}}    '),
      // 1, -2, 2^-24, 65504
      Buffer.from(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff).buffer),
    ]);
    expect(readStateDict(half).get('h')!.values).toEqual(Float32Array.of(1, -2, 2 ** -24, 65504));
  });
});

describe('EfficientNet-Lite', () => {
  const trunk: InvertedTrunkConfig = {
    stem: 'inverted',
    stemChannels: 8,
    stages: [
      { depth: 1, channels: 4, expansion: 1, kernel: 3, stride: 1 },
      { depth: 2, channels: 6, expansion: 2, kernel: 5, stride: 2 },
      { depth: 1, channels: 8, expansion: 3, kernel: 3, stride: 2 },
      { depth: 1, channels: 10, expansion: 2, kernel: 3, stride: 2 },
      { depth: 2, channels: 12, expansion: 2, kernel: 5, stride: 1 },
    ],
  };
  const lite: DetectorConfig = { ...config, trunk };
  const parameters = integerParams(lite);
  const PARTS = {
    conv1: '_expand_conv',
    bn1: '_bn0',
    conv2: '_depthwise_conv',
    bn2: '_bn1',
    conv3: '_project_conv',
    bn3: '_bn2',
  };

  /** Its trunk as the port names it: blocks counted through all stages; its batch norm adds 0.001 to a variance. */
  function liteTensors(): StateDict {
    const firstBlock = trunk.stages.map((_, stage) =>
      trunk.stages.slice(0, stage).reduce((sum, { depth }) => sum + depth, 0),
    );
    const state: StateDict = new Map();
    for (const { name } of paramSpecs(lite).filter((spec) => spec.name.startsWith('trunk.'))) {
      const theirs = name
        .replace(/^trunk\.conv1\./, '_conv_stem.')
        .replace(/^trunk\.bn1\./, '_bn0.')
        .replace(
          /^trunk\.layer(\d+)\.(\d+)\.(\w+)/,
          (_, stage: string, block: string, part: keyof typeof PARTS) =>
            `_blocks.${firstBlock[Number(stage) - 1]! + Number(block)}.${PARTS[part]}`,
        );
      const tensor = parameters.get(name)!;
      const turned = tensor.rank === 4 ? tf.transpose(tensor, [3, 2, 0, 1]) : tensor;
      const values = turned.dataSync<'float32'>().slice();
      if (name.endsWith('running_var')) values.forEach((value, at) => (values[at] = value - 1e-3 + EPSILON));
      state.set(theirs, { shape: turned.shape, values });
    }
    // What lies behind the stages that are used.
    state.set('_blocks.7._depthwise_conv.weight', { shape: [72, 1, 5, 5], values: new Float32Array(1800) });
    state.set('_blocks.7._project_conv.weight', { shape: [14, 72, 1, 1], values: new Float32Array(1008) });
    state.set('_fc.weight', { shape: [1000, 14], values: new Float32Array(14000) });
    return state;
  }

  test('gives the trunk down to a sixteenth of the side, and the colours it expects', async () => {
    const imported = importNetwork(liteTensors(), { ...asked, lstmUnits: 5 });
    expect(imported.config).toEqual(lite);
    expect(imported.unused).toEqual([
      '_blocks.7._depthwise_conv.weight',
      '_blocks.7._project_conv.weight',
      '_fc.weight',
    ]);
    expect(imported.missing.every((name) => /^(lstm|head)\./.test(name))).toBe(true);
    expect(imported.published.mean.map((mean) => Math.round(255 * mean))).toEqual([127, 127, 127]);
    const theirs = new Map(
      paramSpecs(lite).map(({ name, shape }) => {
        const values = imported.params.get(name);
        return [name, values === undefined ? parameters.get(name)! : tf.tensor(values, shape)] as const;
      }),
    );
    const crops = integerInput(3, lite.inputSize);
    const [expected, actual] = await Promise.all(
      [parameters, theirs].map((set) => forward(set, crops, 3, lite, { kind: 'inference' }).data()),
    );
    const scale = Math.max(...[...expected!].map(Math.abs));
    expected!.forEach((value, frame) => expect(Math.abs(actual![frame]! - value) / scale).toBeLessThan(1e-4));
  });

  test('gives as many of its stages as are asked for', () => {
    const imported = importNetwork(liteTensors(), { ...asked, stages: 3 });
    expect(imported.config.trunk).toEqual({ ...trunk, stages: trunk.stages.slice(0, 3) });
    expect(imported.unused).toContain('_blocks.4._project_conv.weight');
  });

  test('without a part of a block is refused, and the part is named', () => {
    const state = liteTensors();
    state.delete('_blocks.3._bn1.weight');
    expect(() => importNetwork(state, asked)).toThrow('the file has no trunk.layer3.0.bn2.weight');
  });
});

describe('what is no checkpoint', () => {
  test('that calls anything is refused, unexecuted', () => {
    const pickle = Buffer.from('\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R.', 'latin1');
    expect(() => readStateDict(zipSync({ 'a/data.pkl': pickle }))).toThrow(/os\.system.*state_dict/);
  });

  test.each([
    ['neither format', Buffer.from('hello, this is text'), /neither/],
    ['another pickle', Buffer.from([0x80, 2, 0x4b, 3, 0x2e]), /not of torch\.save/],
    ['a cut pickle', zipSync({ 'a/data.pkl': Buffer.from([0x80, 2, 0x58, 9]) }), /cut off/],
    ['another zip', zipSync({ 'readme.txt': Buffer.from('x') }), /no data\.pkl/],
  ])('%s ends in one clear sentence', (_, bytes, message) => {
    expect(() => readStateDict(bytes)).toThrow(message);
  });

  test('a tensor that reaches beyond its storage is refused', () => {
    const state: StateDict = new Map([['x', { shape: [2, 3], values: Float32Array.of(1, 2, 3) }]]);
    expect(() => readStateDict(torchZip(state))).toThrow(/beyond its storage/);
  });

  test('another architecture is named', () => {
    const state: StateDict = new Map([['stem.0.weight', { shape: [1], values: new Float32Array(1) }]]);
    expect(() => importNetwork(state, asked)).toThrow(/ResNet with bottlenecks/);
  });
});

test('another normalisation moves into the first convolution', async () => {
  const state = await pytorchTensors();
  const { params: imported } = importNetwork(state, asked);
  const ours: typeof IMAGENET = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };
  renormalise(imported, IMAGENET, ours);
  const theirs = new Map(
    paramSpecs(config).map(({ name, shape }) => [name, tf.tensor(imported.get(name)!, shape)] as const),
  );
  // Away from the border, where the padding's zero means another colour.
  const colours = tf.tile(tf.tensor4d([0.8, 0.1, 0.4], [1, 1, 1, 3]), [1, 33, 33, 1]);
  const middleOfStem = (set: typeof params, { mean, std }: typeof IMAGENET) => {
    const crops = tf.div<tf.Tensor4D>(tf.sub(colours, [...mean]), [...std]);
    const { stem } = trunkActivations(set, crops, config, { kind: 'inference' });
    return tf.slice(stem, [0, 4, 4, 0], [1, 1, 1, 8]).data();
  };
  const [expected, actual] = [await middleOfStem(params, IMAGENET), await middleOfStem(theirs, ours)];
  expect(Math.max(...expected)).toBeGreaterThan(0.1);
  for (const [index, value] of expected.entries()) expect(actual[index]).toBeCloseTo(value, 5);
});

/** `layer1.0.conv1` is `model.4.0.conv1` when a torchvision network's children are put in a row. */
function sequentialName(name: string): string {
  const children = ['conv1', 'bn1', 'relu', 'maxpool', 'layer1', 'layer2'];
  return name
    .replace(/^trunk\.(\w+)\./, (_, child: string) => `model.${children.indexOf(child)}.`)
    .replace(/^head\./, 'linear1.');
}
