/** What goes between the page's side of the ffmpeg decoder (`ffmpeg.ts`) and its worker (`ffmpeg-worker.ts`). */
import type { CodedPlanes } from './ffmpeg-probe.ts';
import type { MediaErrorCode } from './types.ts';

/** One stretch of the video to decode in one go: see `ffmpeg-command.ts`. */
export interface Slice {
  /** Asked times in seconds, ascending. */
  times: readonly number[];
  /** Size of the frames to hand out. */
  width: number;
  height: number;
  /** What the bytes that ffmpeg writes are; RGBA of that size when absent. */
  planes: CodedPlanes | undefined;
  args: string[];
  /** A frame that starts after the first asked time means that the seek went too far; then nothing is handed out. */
  seeked: boolean;
}

export interface LoadRequest {
  type: 'load';
  file: Blob;
  /** URLs of the core's loader and of the core. */
  assets: { ffmpegCore: string; ffmpegWasm: string };
  /** The core, where it has been compiled before. */
  module: WebAssembly.Module | undefined;
  /** Number of frames taken out of the queue so far, where the page may share memory: the worker waits for it. */
  taken: Int32Array<SharedArrayBuffer> | undefined;
}

export type FfmpegRequest =
  | LoadRequest
  | { type: 'probe'; args: string[] }
  | { type: 'measure'; args: string[] }
  | { type: 'copy'; args: string[] }
  | { type: 'decode'; slice: Slice };

export type FfmpegReply =
  /** Something was loaded, read or decoded. */
  | { type: 'alive' }
  | { type: 'loaded'; module: WebAssembly.Module }
  /** ffprobe's standard output. */
  | { type: 'probed'; json: string; log: string }
  /** The last lines of the log of a run without pictures. */
  | { type: 'measured'; log: string }
  /** What ffmpeg has written. */
  | { type: 'copied'; file: Blob; log: string }
  /** `index` counts in the slice's times; `data` is RGBA. */
  | { type: 'frame'; index: number; time: number; data: ArrayBuffer }
  /** `damaged`: frames that were asked for and not handed out, because ffmpeg has made up parts of them. */
  | { type: 'decoded'; overshot: boolean; frames: number; damaged: number; log: string }
  | { type: 'failed'; message: string; code: MediaErrorCode };
