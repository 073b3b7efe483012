/** EfficientNet-Lite (TensorFlow's mobile variant, Apache-2.0) as its PyTorch ports name it, read as inverted bottlenecks. */
import type { InvertedStage, InvertedTrunkConfig } from '../../src/detector/config.ts';
import { EPSILON } from '../../src/detector/batch-norm.ts';
import { StateDictError } from './state-dict.ts';
import type { StateDict } from './state-dict.ts';

/** Stride of each stage's first block; weights do not show it. */
const STRIDES = [1, 2, 2, 2, 1, 2, 1] as const;
/** Those down to a sixteenth of the input's side. */
const DEFAULT_STAGES = 5;
/** What its batch norm adds to a variance (TensorFlow's default for this family). */
const LITE_EPSILON = 1e-3;

/** Parts of a block by our names. */
const PARTS: Record<string, string> = {
  _expand_conv: 'conv1',
  _bn0: 'bn1',
  _depthwise_conv: 'conv2',
  _bn1: 'bn2',
  _project_conv: 'conv3',
  _bn2: 'bn3',
};

export const isEfficientNetLite = (state: StateDict): boolean =>
  state.has('_conv_stem.weight') && state.has('_blocks.0._depthwise_conv.weight');

/**
 * @param most stages that are taken, the first ones
 * @returns the config, and our name of each of its tensors that the config has a use for
 * @throws StateDictError when a block's tensors are missing
 */
export function readEfficientNetLite(
  state: StateDict,
  most = DEFAULT_STAGES,
): {
  trunk: InvertedTrunkConfig;
  ours: Map<string, string>;
} {
  const shape = (name: string): readonly number[] => {
    const tensor = state.get(name);
    if (tensor === undefined) throw new StateDictError(`the file has no ${name}`);
    return tensor.shape;
  };
  const stemChannels = shape('_conv_stem.weight')[0]!;
  const ours = new Map([['_conv_stem.weight', 'trunk.conv1.weight']]);
  const take = (from: string, to: string): void => {
    for (const name of state.keys())
      if (name.startsWith(`${from}.`)) ours.set(name, `${to}${name.slice(from.length)}`);
  };
  take('_bn0', 'trunk.bn1');
  const stages: InvertedStage[] = [];
  let inChannels = stemChannels;
  for (let block = 0; state.has(`_blocks.${block}._project_conv.weight`); block++) {
    const at = `_blocks.${block}`;
    const channels = shape(`${at}._project_conv.weight`)[0]!;
    const [width, , kernel] = shape(`${at}._depthwise_conv.weight`) as [number, number, 3 | 5];
    let stage = stages.at(-1);
    if (stage?.channels === channels) stage.depth++;
    else {
      const stride = STRIDES[stages.length];
      if (stride === undefined || stages.length === most) break;
      stage = { depth: 1, channels, expansion: width / inChannels, kernel, stride };
      stages.push(stage);
    }
    for (const [theirs, part] of Object.entries(PARTS))
      take(`${at}.${theirs}`, `trunk.layer${stages.length}.${stage.depth - 1}.${part}`);
    inChannels = channels;
  }
  return { trunk: { stem: 'inverted', stemChannels, stages }, ours };
}

/** Makes running variances mean the same to a batch norm that adds less to them. @param params changed in place */
export function withOurEpsilon(params: ReadonlyMap<string, Float32Array>): void {
  for (const [name, values] of params) {
    if (!name.endsWith('.running_var')) continue;
    for (let at = 0; at < values.length; at++) values[at]! += LITE_EPSILON - EPSILON;
  }
}
