import * as tf from '@tensorflow/tfjs-core';
import { networks, type Member } from './members.ts';
import type { DetectorConfig, InvertedStage, TrunkConfig, WideningStages } from './config.ts';

/**
 * Weights by their PyTorch names, in tfjs layout: convolutions `[kh, kw, in / groups, out]`, linear and LSTM matrices
 * `[in, out]`; LSTM gates in PyTorch's order i, f, g, o.
 */
export type Params = ReadonlyMap<string, tf.Tensor>;

export type ParamKind = 'weight' | 'bias' | 'bn_weight' | 'bn_mean' | 'bn_var';

export interface ParamSpec {
  name: string;
  /** tfjs layout. */
  shape: number[];
  kind: ParamKind;
  /** Inputs that one output adds up (weights only; else 0). */
  fanIn: number;
}

/** One convolution followed by its batch norm. */
export interface ConvSpec {
  conv: string;
  bn: string;
  kernel: number;
  stride: number;
  groups: number;
  inChannels: number;
  outChannels: number;
}

export interface BlockSpec {
  /** 1x1, then ReLU; absent where the block is as wide as its input. */
  conv1: ConvSpec | undefined;
  /** Grouped, then ReLU. */
  conv2: ConvSpec;
  /** 1x1. */
  conv3: ConvSpec;
  /** What is added: the block's input, a projection of it, or nothing. */
  shortcut: 'input' | 'none' | ConvSpec;
  /** Whether ReLU follows the sum. */
  relu: boolean;
}

export interface TrunkSpec {
  stem: ConvSpec;
  /** Whether a 3x3 max-pool with stride 2 follows the stem. */
  pool: boolean;
  stages: BlockSpec[][];
  /** Length of a feature vector. */
  features: number;
}

/** Channels after the first stage per channel of the stem (ResNet's bottleneck), unless the config says otherwise. */
const EXPANSION = 4;

/** A convolution of a single place, in one group. */
const ONE = { kernel: 1, stride: 1, groups: 1 };

/** The trunk's convolutions (a companion has a trunk of its own), named and ordered as in torchvision's ResNet (stride in the grouped convolution). */
export function trunkSpec({ trunk }: DetectorConfig): TrunkSpec {
  const stem: ConvSpec = {
    conv: 'trunk.conv1',
    bn: 'trunk.bn1',
    kernel: trunk.stem === 'imagenet' ? 7 : 3,
    stride: 2,
    groups: 1,
    inChannels: 3,
    outChannels: trunk.stemChannels,
  };
  const stages = stagesOf(trunk);
  return {
    stem,
    pool: trunk.stem !== 'inverted',
    stages,
    features: stages.at(-1)!.at(-1)!.conv3.outChannels,
  };
}

function stagesOf(trunk: TrunkConfig): BlockSpec[][] {
  if (trunk.stem !== 'inverted') {
    const stageChannels = trunk.stageChannels ?? trunk.stemChannels * EXPANSION;
    return bottleneckStages({ ...trunk, stageChannels }, trunk.stemChannels, 1);
  }
  const inverted = invertedStages(trunk.stages, trunk.stemChannels);
  if (trunk.bottlenecks === undefined) return inverted;
  const channels = trunk.stages.at(-1)!.channels;
  return [...inverted, ...bottleneckStages(trunk.bottlenecks, channels, inverted.length + 1)];
}

/** @param first number of the first stage, for the names */
function bottleneckStages(
  { depths, cardinality, widthPerGroup, stageChannels }: WideningStages,
  stemChannels: number,
  first: number,
): BlockSpec[][] {
  let inChannels = stemChannels;
  return depths.map((depth, stage) => {
    const width = cardinality * widthPerGroup * 2 ** stage;
    const outChannels = stageChannels * 2 ** stage;
    return Array.from({ length: depth }, (_, block): BlockSpec => {
      const at = `trunk.layer${first + stage}.${block}`;
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const from = inChannels;
      inChannels = outChannels;
      return {
        conv1: { conv: `${at}.conv1`, bn: `${at}.bn1`, ...ONE, inChannels: from, outChannels: width },
        conv2: {
          conv: `${at}.conv2`,
          bn: `${at}.bn2`,
          kernel: 3,
          stride,
          groups: cardinality,
          inChannels: width,
          outChannels: width,
        },
        conv3: { conv: `${at}.conv3`, bn: `${at}.bn3`, ...ONE, inChannels: width, outChannels },
        shortcut:
          stride === 1 && from === outChannels
            ? 'input'
            : {
                conv: `${at}.downsample.0`,
                bn: `${at}.downsample.1`,
                ...ONE,
                stride,
                inChannels: from,
                outChannels,
              },
        relu: true,
      };
    });
  });
}

function invertedStages(stages: readonly InvertedStage[], stemChannels: number): BlockSpec[][] {
  let inChannels = stemChannels;
  return stages.map(({ depth, channels, expansion, kernel, stride: firstStride }, stage) =>
    Array.from({ length: depth }, (_, block): BlockSpec => {
      const at = `trunk.layer${stage + 1}.${block}`;
      const stride = block === 0 ? firstStride : 1;
      const from = inChannels;
      const width = from * expansion;
      inChannels = channels;
      return {
        conv1:
          expansion === 1
            ? undefined
            : { conv: `${at}.conv1`, bn: `${at}.bn1`, ...ONE, inChannels: from, outChannels: width },
        conv2: {
          conv: `${at}.conv2`,
          bn: `${at}.bn2`,
          kernel,
          stride,
          groups: width,
          inChannels: width,
          outChannels: width,
        },
        conv3: { conv: `${at}.conv3`, bn: `${at}.bn3`, ...ONE, inChannels: width, outChannels: channels },
        shortcut: stride === 1 && from === channels ? 'input' : 'none',
        relu: false,
      };
    }),
  );
}

/** Every convolution of every network's trunk, in order. */
export function convSpecs(config: DetectorConfig): ConvSpec[] {
  return networks(config).flatMap((member) =>
    trunkConvSpecs(member.config).map((spec) => ({
      ...spec,
      conv: member.prefix + spec.conv,
      bn: member.prefix + spec.bn,
    })),
  );
}

function trunkConvSpecs(config: DetectorConfig): ConvSpec[] {
  const { stem, stages } = trunkSpec(config);
  const blocks = stages
    .flat()
    .flatMap(({ conv1, conv2, conv3, shortcut }) => [
      ...(conv1 === undefined ? [] : [conv1]),
      conv2,
      conv3,
      ...(typeof shortcut === 'string' ? [] : [shortcut]),
    ]);
  return [stem, ...blocks];
}

/** One channel per group: tfjs has kernels of its own for these. */
export function isDepthwise({ groups, inChannels, outChannels }: ConvSpec): boolean {
  return groups > 1 && groups === inChannels && groups === outChannels;
}

export function convWeightShape(spec: ConvSpec): [number, number, number, number] {
  return [spec.kernel, spec.kernel, spec.inChannels / spec.groups, spec.outChannels];
}

/** With the prefix of the member that they belong to. */
const named = ({ prefix }: Member, specs: readonly ParamSpec[]): ParamSpec[] =>
  specs.map((spec) => ({ ...spec, name: prefix + spec.name }));

/** What follows the trunk: LSTM and head, with the names of `nn.LSTM` and `nn.Linear`. */
function sequenceSpecs(config: DetectorConfig): ParamSpec[] {
  const { units, bidirectional } = config.lstm;
  const { features } = trunkSpec(config);
  const specs: ParamSpec[] = [];
  for (const suffix of bidirectional ? ['', '_reverse'] : ['']) {
    specs.push(
      matrix(`lstm.weight_ih_l0${suffix}`, features, 4 * units),
      matrix(`lstm.weight_hh_l0${suffix}`, units, 4 * units),
      vector(`lstm.bias_ih_l0${suffix}`, 4 * units, 'bias'),
      vector(`lstm.bias_hh_l0${suffix}`, 4 * units, 'bias'),
    );
  }
  return [
    ...specs,
    matrix('head.weight', units * (bidirectional ? 2 : 1), 1),
    vector('head.bias', 1, 'bias'),
  ];
}

/** All parameters of the network in PyTorch's order, then its companion's. */
export function paramSpecs(config: DetectorConfig): ParamSpec[] {
  return networks(config).flatMap((member) => named(member, ownParamSpecs(member.config)));
}

function ownParamSpecs(config: DetectorConfig): ParamSpec[] {
  const trunk = trunkConvSpecs(config).flatMap((spec): ParamSpec[] => {
    const shape = convWeightShape(spec);
    const fanIn = shape[0] * shape[1] * shape[2];
    return [
      { name: `${spec.conv}.weight`, shape, kind: 'weight', fanIn },
      vector(`${spec.bn}.weight`, spec.outChannels, 'bn_weight'),
      vector(`${spec.bn}.bias`, spec.outChannels, 'bias'),
      vector(`${spec.bn}.running_mean`, spec.outChannels, 'bn_mean'),
      vector(`${spec.bn}.running_var`, spec.outChannels, 'bn_var'),
    ];
  });
  return [...trunk, ...sequenceSpecs(config)];
}

/** The parameters of an exported network: batch norm is folded, every convolution has a bias. */
export function foldedParamSpecs(config: DetectorConfig): ParamSpec[] {
  return networks(config).flatMap((member) => named(member, ownFoldedParamSpecs(member.config)));
}

function ownFoldedParamSpecs(config: DetectorConfig): ParamSpec[] {
  const trunk = trunkConvSpecs(config).flatMap((spec): ParamSpec[] => {
    const shape = convWeightShape(spec);
    return [
      { name: `${spec.conv}.weight`, shape, kind: 'weight', fanIn: shape[0] * shape[1] * shape[2] },
      vector(`${spec.conv}.bias`, spec.outChannels, 'bias'),
    ];
  });
  return [...trunk, ...sequenceSpecs(config)];
}

/** Running statistics are kept by batch norm itself; everything else is learnt. */
export function isTrainable(spec: ParamSpec): boolean {
  return spec.kind !== 'bn_mean' && spec.kind !== 'bn_var';
}

/** @throws Error when there is no such parameter */
export function param<T extends tf.Tensor>(params: Params, name: string): T {
  const tensor = params.get(name);
  if (tensor === undefined) throw new Error(`parameter ${name} is missing`);
  return tensor as T;
}

/** A linear layer's weights. */
export function matrix(name: string, inputs: number, outputs: number): ParamSpec {
  return { name, shape: [inputs, outputs], kind: 'weight', fanIn: inputs };
}

export function vector(name: string, length: number, kind: ParamKind): ParamSpec {
  return { name, shape: [length], kind, fanIn: 0 };
}
