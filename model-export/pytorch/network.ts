/**
 * Turns a PyTorch state_dict into this project's parameters: of a torchvision-style ResNeXt, with or without an LSTM, or of an
 * EfficientNet-Lite.
 */
import type { DetectorConfig } from '../../src/detector/config.ts';
import { paramSpecs, trunkSpec } from '../../src/detector/params.ts';
import type { ParamSpec } from '../../src/detector/params.ts';
import { isEfficientNetLite, readEfficientNetLite, withOurEpsilon } from './efficientnet-lite.ts';
import { StateDictError } from './state-dict.ts';
import type { StateDict, StoredTensor } from './state-dict.ts';

/** Children of a torchvision ResNet in their order: `nn.Sequential(*children)` names them by number. */
const CHILDREN = ['conv1', 'bn1', 'relu', 'maxpool', 'layer1', 'layer2', 'layer3', 'layer4'] as const;
const BLOCK = String.raw`\d+\.(?:conv[123]|bn[123]|downsample\.[01])\.\w+`;
const STAGE_NAME = new RegExp(String.raw`(?:^|\.)(layer\d+\.${BLOCK})$`);
const STEM_NAME = /(?:^|\.)((?:conv1|bn1)\.\w+)$/;
const NUMBERED_NAME = new RegExp(String.raw`^(?:([4-7])\.(${BLOCK})|([01])\.(\w+))$`);
const LSTM_NAME = /(?:^|\.)((?:weight|bias)_(?:ih|hh)_l0(?:_reverse)?)$/;

/**
 * Our name of a tensor, or undefined when the network has no use for it (`fc`, `num_batches_tracked`).
 * @param numbered the prefix of the trunk where its children are numbered: elsewhere a number is a classifier's
 */
function ourName(name: string, { shape }: StoredTensor, numbered: string | undefined): string | undefined {
  if (name.endsWith('num_batches_tracked')) return undefined;
  const lstm = LSTM_NAME.exec(name)?.[1];
  if (lstm !== undefined) return `lstm.${lstm}`;
  const stage = STAGE_NAME.exec(name)?.[1];
  if (stage !== undefined) return `trunk.${stage}`;
  const child = numbered !== undefined && name.startsWith(numbered) ? name.slice(numbered.length) : '';
  const known = NUMBERED_NAME.exec(child);
  if (known !== null) {
    const [number, rest] = [known[1] ?? known[3], known[2] ?? known[4]];
    return `trunk.${CHILDREN[Number(number)]}.${rest}`;
  }
  const stem = STEM_NAME.exec(name)?.[1];
  if (stem !== undefined) return `trunk.${stem}`;
  // The last linear layer of a detector with one logit; a classifier of 1000 classes is not ours.
  const linear = /(?:^|\.)(?:head|fc|linear\d?|classifier)(?:\.\d+)?\.(weight|bias)$/.exec(name)?.[1];
  return linear !== undefined && shape[0] === 1 ? `head.${linear}` : undefined;
}

export interface ImportedNetwork {
  config: DetectorConfig;
  /** By our names, in tfjs layout; batch norm is not folded. What the file lacks is missing. */
  params: Map<string, Float32Array>;
  /** Names of our parameters that the file does not have: they start at random. */
  missing: string[];
  /** Names of the file that the network has no use for. */
  unused: string[];
  /** The colours that published weights of this kind expect. */
  published: Normalisation;
}

/**
 * The config follows from the shapes.
 * @param inputSize side of the crops the network is to be used with, in pixels
 * @param sequenceLength frames per sequence in training
 * @param lstmUnits units per direction where the file has no LSTM
 * @param stages at most, of an EfficientNet-Lite
 * @throws StateDictError when there is no such trunk in it, or a tensor does not fit
 */
export function importNetwork(
  state: StateDict,
  {
    inputSize,
    sequenceLength,
    lstmUnits,
    stages,
  }: { inputSize: number; sequenceLength: number; lstmUnits: number; stages?: number },
): ImportedNetwork {
  const named = new Map<string, StoredTensor>();
  const unused: string[] = [];
  const lite = isEfficientNetLite(state) ? readEfficientNetLite(state, stages) : undefined;
  const numbered = [...state.keys()].map((name) => /^(.*)4\.0\.conv1\.weight$/.exec(name)?.[1]);
  const prefix = numbered.find((one) => one !== undefined && !/layer$/.test(one));
  for (const [name, tensor] of state) {
    const ours = lite === undefined ? ourName(name, tensor, prefix) : lite.ours.get(name);
    if (ours === undefined) unused.push(name);
    else if (named.has(ours)) throw new StateDictError(`${name}: there are two tensors for ${ours}`);
    else named.set(ours, tensor);
  }
  const shape =
    lite === undefined
      ? shapeOf(named, lstmUnits)
      : { trunk: lite.trunk, lstm: { units: lstmUnits, bidirectional: true } };
  const config: DetectorConfig = { inputSize, sequenceLength, ...shape };
  dropForeignLstm(named, config, unused);
  const deeper = unused.find((name) => /weight_ih_l[1-9]/.test(name));
  if (deeper !== undefined && named.has('lstm.weight_ih_l0'))
    throw new StateDictError(`${deeper}: this LSTM has several layers, and the network's has one`);
  const params = new Map<string, Float32Array>();
  const missing: string[] = [];
  for (const spec of paramSpecs(config)) {
    const tensor = named.get(spec.name);
    if (tensor !== undefined) params.set(spec.name, inOurLayout(spec, tensor));
    // An LSTM made with `bias=False` adds nothing.
    else if (spec.name.startsWith('lstm.bias') && named.has('lstm.weight_hh_l0'))
      params.set(spec.name, new Float32Array(spec.shape[0]!));
    else missing.push(spec.name);
  }
  const trunkHole = missing.find((name) => name.startsWith('trunk.'));
  if (trunkHole !== undefined) throw new StateDictError(`the file has no ${trunkHole}`);
  if (lite !== undefined) withOurEpsilon(params);
  return { config, params, missing, unused, published: lite === undefined ? IMAGENET : EFFICIENTNET_LITE };
}

/** Reads depths, widths, groups and stem off the tensors' shapes. */
function shapeOf(
  named: ReadonlyMap<string, StoredTensor>,
  lstmUnits: number,
): Pick<DetectorConfig, 'trunk' | 'lstm'> {
  const stem = named.get('trunk.conv1.weight')?.shape;
  const grouped = named.get('trunk.layer1.0.conv2.weight')?.shape;
  if (stem?.length !== 4 || grouped?.length !== 4) {
    throw new StateDictError('there is no conv1 and layer1.0.conv2 of a ResNet with bottlenecks in the file');
  }
  const depths: number[] = [];
  for (let stage = 1; named.has(`trunk.layer${stage}.0.conv1.weight`); stage++) {
    let depth = 1;
    while (named.has(`trunk.layer${stage}.${depth}.conv1.weight`)) depth++;
    depths.push(depth);
  }
  const units = named.get('lstm.weight_hh_l0')?.shape[1] ?? lstmUnits;
  const bidirectional = !named.has('lstm.weight_hh_l0') || named.has('lstm.weight_hh_l0_reverse');
  return {
    trunk: {
      depths,
      cardinality: grouped[0]! / grouped[1]!,
      widthPerGroup: grouped[1]!,
      stem: stem[2] === 7 ? 'imagenet' : 'compact',
      stemChannels: stem[0]!,
    },
    lstm: { units, bidirectional },
  };
}

/** An LSTM on other features, or a head on another LSTM, cannot be used: it is named among the unused. */
function dropForeignLstm(named: Map<string, StoredTensor>, config: DetectorConfig, unused: string[]): void {
  const { features } = trunkSpec(config);
  const inputs = named.get('lstm.weight_ih_l0')?.shape[1];
  const outputs = config.lstm.units * (config.lstm.bidirectional ? 2 : 1);
  const headInputs = named.get('head.weight')?.shape[1];
  for (const name of [...named.keys()]) {
    const foreign =
      (name.startsWith('lstm.') && inputs !== features) ||
      (name.startsWith('head.') && headInputs !== outputs);
    if (foreign) {
      named.delete(name);
      unused.push(name);
    }
  }
}

/** PyTorch's `[out, in, kh, kw]` and `[out, in]` to `[kh, kw, in, out]` and `[in, out]`. */
function inOurLayout({ name, shape }: ParamSpec, tensor: StoredTensor): Float32Array {
  const expected =
    shape.length === 4
      ? [shape[3], shape[2], shape[0], shape[1]]
      : shape.length === 2
        ? [shape[1], shape[0]]
        : shape;
  if (tensor.shape.join() !== expected.join()) {
    throw new StateDictError(`${name} has shape [${tensor.shape.join()}], expected [${expected.join()}]`);
  }
  if (shape.length === 1) return tensor.values.slice();
  const outputs = tensor.shape[0]!;
  const inputs = tensor.shape[1]!;
  const places = tensor.values.length / outputs / inputs;
  const turned = new Float32Array(tensor.values.length);
  for (let to = 0; to < outputs; to++) {
    for (let from = 0; from < inputs; from++) {
      for (let place = 0; place < places; place++) {
        turned[(place * inputs + from) * outputs + to] =
          tensor.values[(to * inputs + from) * places + place]!;
      }
    }
  }
  return turned;
}

/** Colours in 0..1, per channel, that a network was trained with. */
export interface Normalisation {
  mean: readonly [number, number, number];
  std: readonly [number, number, number];
}

/** What torchvision's ImageNet weights expect. */
export const IMAGENET: Normalisation = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** The same mean and deviation for all channels. */
export function grey(mean: number, std: number): Normalisation {
  return { mean: [mean, mean, mean], std: [std, std, std] };
}

/** EfficientNet-Lite's input is `(level - 127) / 128`. */
const EFFICIENTNET_LITE = grey(127 / 255, 128 / 255);

/**
 * Makes the first convolution expect colours normalised by `to` instead of `from`. What is added to every place goes
 * into batch norm's running mean; only at the picture's border, where the padding's zero means another colour, does the
 * result differ.
 * @param params by our names; changed in place
 */
export function renormalise(params: Map<string, Float32Array>, from: Normalisation, to: Normalisation): void {
  const filter = params.get('trunk.conv1.weight')!;
  const running = params.get('trunk.bn1.running_mean')!;
  const outputs = running.length;
  for (let at = 0; at < filter.length; at++) {
    const channel = Math.floor(at / outputs) % 3;
    const old = filter[at]!;
    filter[at] = (old * to.std[channel]!) / from.std[channel]!;
    running[at % outputs]! -= (old * (to.mean[channel]! - from.mean[channel]!)) / from.std[channel]!;
  }
}
