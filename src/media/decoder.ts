import { ISO_MEDIA } from './iso-tables.ts';
import type { DecoderName, Frame, VideoInfo } from './types.ts';

/** Where the decoders find their big files, and how they say that they live. */
export interface DecoderContext {
  /** Found by the bytes of the file (see `sniff.ts`). */
  container: string;
  assets: { ffmpegCore: string; ffmpegWasm: string };
  /** To be called whenever the decoder gets on: bytes read, frames decoded. The watchdog listens. */
  alive: () => void;
  /** mediabunny has run in circles on this file: nobody may ask it again. */
  demuxerHangs: boolean;
  /** Ends the opening; the decoder frees what it holds. */
  signal: AbortSignal;
}

/** A frame and the place, in the list of asked times, of the first time that it serves. */
export interface ServedFrame {
  index: number;
  frame: Frame;
}

/** One way to decode a file. `frames` as in `Video`, except that frames may come twice. */
export interface Decoder {
  readonly name: DecoderName;
  /** May get better with the first frame: containers lie about sizes. */
  readonly info: VideoInfo;
  /** Frames that were asked for and left out so far, because parts of them would have been made up. */
  readonly damaged: number;
  frames(times: readonly number[], signal: AbortSignal): AsyncIterator<ServedFrame, void>;
  /** See `Video`; absent where the decoder does not know. */
  keyTimes?(times: readonly number[]): Promise<(number | undefined)[]>;
  /** Frees everything at once, also in the middle of the work. May be called twice. */
  close(): void;
}

export interface DecoderEntry {
  name: DecoderName;
  /**
   * @throws MediaError with the code that would be the answer if there was no other decoder
   */
  open(file: Blob, context: DecoderContext): Promise<Decoder>;
}

/**
 * A frame counts as started at an asked time when it starts up to this much later (seconds). Times in files are
 * fractions of a second; decimals of the same moment differ in the last digits, and WebCodecs rounds to microseconds.
 */
export const TIME_TOLERANCE = 1e-4;

/** A gap (seconds) between asked times from which seeking is cheaper than decoding through it. */
export const RUN_GAP = 3;

/**
 * Longest side of a frame in pixels. A face that can be judged is far bigger than it needs to be at this size, and a
 * frame stays below 15 MB whatever the file holds.
 */
export const MAX_FRAME_SIDE = 1920;

/** Pixels of real videos are at most about twice as wide as high, or as high as wide. */
const MAX_PIXEL_ASPECT = 4;

/** A pixel's width over its height, as the file claims it; 1 where that is none, or none that a camera or an editor writes. */
export function pixelAspect(claimed: number): number {
  return claimed >= 1 / MAX_PIXEL_ASPECT && claimed <= MAX_PIXEL_ASPECT ? claimed : 1;
}

/** Codecs whose first picture's size is the true one where a container says another. */
export const OWN_SIZE: ReadonlySet<string> = new Set(['avc', 'hevc']);

/**
 * Whether all pictures are as large as the first one. Others may change their size in the middle, as calls do, and joined broadcasts:
 * where these codecs' sizes lie among the pictures.
 */
export const keepsSize = ({ codec, container }: Pick<VideoInfo, 'codec' | 'container'>): boolean =>
  OWN_SIZE.has(codec) && ISO_MEDIA.has(container);

/** A picture whose shape is as close to the video's (a part of 1) fills the frame: sizes are whole pixels. */
export const SHAPE_TOLERANCE = 0.02;

export interface Size {
  width: number;
  height: number;
}

/** In pixels from the upper left corner. */
export interface Place extends Size {
  x: number;
  y: number;
}

/** Where in a frame a picture goes, as players show it: all of it, not stretched, in the middle. */
export function placeInFrame(picture: Size, frame: Size): Place {
  const narrower = (picture.width * frame.height) / (picture.height * frame.width);
  if (Math.abs(narrower - 1) < SHAPE_TOLERANCE) return { x: 0, y: 0, ...frame };
  const width = Math.max(1, Math.round(frame.width * Math.min(1, narrower)));
  const height = Math.max(1, Math.round(frame.height * Math.min(1, 1 / narrower)));
  return { x: (frame.width - width) >> 1, y: (frame.height - height) >> 1, width, height };
}

/** The display size, scaled down to `MAX_FRAME_SIDE` where it is larger. Whole pixels, at least 1. */
export function fitFrame(width: number, height: number): Size {
  const scale = Math.min(1, MAX_FRAME_SIDE / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
