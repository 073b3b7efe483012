import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from './config.ts';

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
  conv1: ConvSpec;
  conv2: ConvSpec;
  conv3: ConvSpec;
  /** Projection of the shortcut, where the shape changes. */
  downsample: ConvSpec | undefined;
}

export interface TrunkSpec {
  stem: ConvSpec;
  stages: BlockSpec[][];
  /** Length of a feature vector. */
  features: number;
}

/** Channels after the first stage per channel of the stem (ResNet's bottleneck), unless the config says otherwise. */
const EXPANSION = 4;

/** The trunk's convolutions in the order of torchvision's ResNet (stride in the 3x3 convolution). */
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
  let inChannels = trunk.stemChannels;
  const stages = trunk.depths.map((depth, stage) => {
    const width = trunk.cardinality * trunk.widthPerGroup * 2 ** stage;
    const outChannels = (trunk.stageChannels ?? trunk.stemChannels * EXPANSION) * 2 ** stage;
    return Array.from({ length: depth }, (_, block): BlockSpec => {
      const at = `trunk.layer${stage + 1}.${block}`;
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const one = { kernel: 1, stride: 1, groups: 1 };
      const from = inChannels;
      inChannels = outChannels;
      return {
        conv1: { conv: `${at}.conv1`, bn: `${at}.bn1`, ...one, inChannels: from, outChannels: width },
        conv2: {
          conv: `${at}.conv2`,
          bn: `${at}.bn2`,
          kernel: 3,
          stride,
          groups: trunk.cardinality,
          inChannels: width,
          outChannels: width,
        },
        conv3: { conv: `${at}.conv3`, bn: `${at}.bn3`, ...one, inChannels: width, outChannels },
        downsample:
          stride === 1 && from === outChannels
            ? undefined
            : {
                conv: `${at}.downsample.0`,
                bn: `${at}.downsample.1`,
                ...one,
                stride,
                inChannels: from,
                outChannels,
              },
      };
    });
  });
  return { stem, stages, features: inChannels };
}

/** Every convolution of the trunk, in order. */
export function convSpecs(config: DetectorConfig): ConvSpec[] {
  const { stem, stages } = trunkSpec(config);
  const blocks = stages.flat().flatMap((block) => {
    const { conv1, conv2, conv3, downsample } = block;
    return downsample === undefined ? [conv1, conv2, conv3] : [conv1, conv2, conv3, downsample];
  });
  return [stem, ...blocks];
}

export function convWeightShape(spec: ConvSpec): [number, number, number, number] {
  return [spec.kernel, spec.kernel, spec.inChannels / spec.groups, spec.outChannels];
}

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

/** All parameters of the network in PyTorch's order. */
export function paramSpecs(config: DetectorConfig): ParamSpec[] {
  const trunk = convSpecs(config).flatMap((spec): ParamSpec[] => {
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
  const trunk = convSpecs(config).flatMap((spec): ParamSpec[] => {
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
