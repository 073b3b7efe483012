/** The network's shape. One config describes the graph for training, export and inference alike. */

export interface TrunkConfig {
  /** Blocks per stage, e.g. [3, 4, 6, 3] for ResNeXt-50. */
  depths: number[];
  /** Groups of the 3x3 convolution in every block (the paper's "cardinality"). */
  cardinality: number;
  /** Channels per group in the first stage; doubles with every stage (the "4d" of 32x4d). */
  widthPerGroup: number;
  /** `imagenet`: 7x7 stride 2 and 3x3 max-pool stride 2; `compact`: 3x3 stride 2 and 3x3 max-pool stride 2. */
  stem: 'imagenet' | 'compact';
  /** Channels after the stem (64 in the paper). */
  stemChannels: number;
  /** Channels after the first stage, doubled by every later one; stemChannels * 4 (the paper's expansion) when absent. */
  stageChannels?: number | undefined;
}

export interface LstmConfig {
  /** Hidden units per direction. */
  units: number;
  bidirectional: boolean;
}

export interface DetectorConfig {
  /** Side of the square input crop in pixels. */
  inputSize: number;
  /** Frames per sequence that the network was trained on (inference takes any length). */
  sequenceLength: number;
  trunk: TrunkConfig;
  lstm: LstmConfig;
}

/** ResNeXt-50 32x4d at 224 with a bidirectional LSTM: the large config. */
export const RESNEXT50_32X4D: DetectorConfig = {
  inputSize: 224,
  sequenceLength: 16,
  trunk: { depths: [3, 4, 6, 3], cardinality: 32, widthPerGroup: 4, stem: 'imagenet', stemChannels: 64 },
  lstm: { units: 256, bidirectional: true },
};
