/** The network's shape. One config describes the graph for training, export and inference alike. */

/** ResNeXt's bottlenecks (Xie et al. 2017): narrow in the middle, where the grouped convolution is. */
export interface BottleneckStages {
  /** Blocks per stage, e.g. [3, 4, 6, 3] for ResNeXt-50. */
  depths: number[];
  /** Groups of the 3x3 convolution in every block (the paper's "cardinality"). */
  cardinality: number;
  /** Channels per group in the first stage; doubles with every stage (the "4d" of 32x4d). */
  widthPerGroup: number;
}

/** With the channels after the first stage, doubled by every later one. */
export interface WideningStages extends BottleneckStages {
  stageChannels: number;
}

/** ResNeXt. */
export interface BottleneckTrunkConfig extends BottleneckStages {
  /** `imagenet`: 7x7 stride 2 and 3x3 max-pool stride 2; `compact`: 3x3 stride 2 and 3x3 max-pool stride 2. */
  stem: 'imagenet' | 'compact';
  /** Channels after the stem (64 in the paper). */
  stemChannels: number;
  /** Channels after the first stage, doubled by every later one; stemChannels * 4 (the paper's expansion) when absent. */
  stageChannels?: number | undefined;
}

/** Blocks of equal channels, of which the first one has the stride. */
export interface InvertedStage {
  depth: number;
  channels: number;
  /** Width of a block's middle, in multiples of its input's channels; 1: without the convolution that widens. */
  expansion: number;
  /** Side of the grouped convolution's filters. */
  kernel: 3 | 5;
  stride: 1 | 2;
}

/**
 * Inverted bottlenecks (Sandler et al. 2018): the grouped convolution is at the widest place and has as many groups as
 * channels, ResNeXt's cardinality at its largest; nothing is cut off after the last convolution and the shortcut. Behind the
 * stem, 3x3 with stride 2, nothing is pooled. Small networks with weights from ImageNet have this form.
 */
export interface InvertedTrunkConfig {
  stem: 'inverted';
  stemChannels: number;
  stages: InvertedStage[];
  /** ResNeXt's stages behind them. The first one keeps the side, every later one halves it. */
  bottlenecks?: WideningStages | undefined;
}

export type TrunkConfig = BottleneckTrunkConfig | InvertedTrunkConfig;

export interface LstmConfig {
  /** Hidden units per direction. */
  units: number;
  bidirectional: boolean;
}

export interface CompanionConfig {
  trunk: TrunkConfig;
  lstm: LstmConfig;
  /** Side of a face in pixels of the decoded frame at which both networks weigh the same. */
  evenFrom: number;
  /** What the network itself weighs at most, of larger faces; a half when absent. */
  most?: number | undefined;
}

/** A second look at each crop without its detail. */
export interface CoarseConfig {
  /** Side in pixels that the crop is brought down to, and enlarged again; the input's by a power of two. */
  side: number;
  /** Share of its logit that is taken off. */
  weight: number;
}

export interface DetectorConfig {
  /** Side of the square input crop in pixels. */
  inputSize: number;
  /** Frames per sequence that the network was trained on (inference takes any length). */
  sequenceLength: number;
  trunk: TrunkConfig;
  lstm: LstmConfig;
  /** See `members.ts`. */
  coarse?: CoarseConfig | undefined;
  /** A second network, trained apart; see `members.ts`. */
  companion?: CompanionConfig | undefined;
}

/** ResNeXt-50 32x4d at 224 with a bidirectional LSTM: the large config. */
export const RESNEXT50_32X4D: DetectorConfig = {
  inputSize: 224,
  sequenceLength: 16,
  trunk: { depths: [3, 4, 6, 3], cardinality: 32, widthPerGroup: 4, stem: 'imagenet', stemChannels: 64 },
  lstm: { units: 256, bidirectional: true },
};
