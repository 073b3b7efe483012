/** What the media stage hands out. Plain data: nobody needs to import a decoder to read it. */

export type DecoderName = 'webcodecs' | 'ffmpeg';

/** Facts of the file's first video track, whichever a player would choose, after rotation and sample aspect ratio are applied. */
export interface VideoInfo {
  /** Container found by its bytes, e.g. `mp4`, `webm`, `avi`, `mpeg-ps`. */
  container: string;
  /** Codec name as the demuxer gives it, e.g. `avc`, `hevc`, `vp9`, `mpeg4`. */
  codec: string;
  /** Display size in pixels. */
  width: number;
  height: number;
  /** Seconds, presentation time of the first frame. */
  start: number;
  /** Seconds from there to the end. */
  duration: number;
  /**
   * Time of the last picture (seconds) of a file that is cut off before the end that it tells, once a later one was asked for.
   */
  endsAt?: number;
  /** Average frames per second, 0 when unknown. */
  frameRate: number;
  /**
   * Bits per second of the video track's packets in MP4 and its kin, of the whole file over its duration elsewhere (see
   * `track-facts.ts`; what ffmpeg alone can open, as ffprobe tells it); 0 when unknown.
   */
  bitrate: number;
}

/** One decoded picture, upright and with square pixels. */
export interface Frame {
  /** Presentation time of this very frame in seconds (not the time that was asked for). */
  time: number;
  width: number;
  height: number;
  /** RGBA, 8 bit, row-major, `4 * width * height` bytes. */
  data: Uint8ClampedArray;
}

export interface Video {
  /** As known by now: the first frame may show that the container lies about the size. */
  readonly info: VideoInfo;
  readonly decoder: DecoderName;
  /**
   * Frames that were asked for and left out so far, because the file is damaged there; undefined while no decoder has
   * found any damage. 0: one has, but which frames it concerns is not known.
   */
  readonly damaged: number | undefined;
  /**
   * For each time (seconds, ascending) that of the key frame from which decoding must start to show it; undefined where the file
   * does not say.
   */
  keyTimes(times: readonly number[]): Promise<(number | undefined)[]>;
  /**
   * The frames shown at the asked-for times (seconds, ascending): for each time the last frame that starts at or
   * before it. A frame that serves two times comes once. Times after the end give the last frame, unless the file is cut
   * off there. Damaged frames are left out.
   * Leaving the loop early or aborting frees the decoder.
   */
  frames(times: readonly number[], signal: AbortSignal): AsyncIterable<Frame>;
  close(): void;
}

export type MediaErrorCode =
  | 'empty_file'
  | 'not_a_video'
  | 'image_file'
  | 'no_video_track'
  | 'file_damaged'
  | 'file_encrypted'
  | 'file_unreadable'
  | 'codec_unsupported'
  | 'decoder_failed'
  | 'out_of_memory'
  /** A file of the decoder itself did not come, or is another one. */
  | 'model_integrity_failed';

/** Why a file could not be opened or decoded. `message` is for logs; people read the sentence of the code. */
export class MediaError extends Error {
  override readonly name = 'MediaError';
  constructor(
    readonly code: MediaErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
