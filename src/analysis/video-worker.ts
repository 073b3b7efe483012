/** Decodes on a thread of its own, a few frames ahead of whoever looks at them; see `remote-video.ts`. */
import { expose, transfer } from 'comlink';
import { openVideo, type DecoderName, type Frame, type Video, type VideoInfo } from '../media/index.ts';
import type { AssetUrls } from './assets.ts';
import { holdLife } from '../workers/lifetime.ts';
import { keepErrorCodes } from './worker-errors.ts';

/** Decoded frames that may wait to be looked at: bounds memory to a few pictures. */
const AHEAD = 3;

let video: Video | undefined;

const api = {
  async open(
    file: Blob,
    assets: AssetUrls,
    decoder: DecoderName | undefined,
    onDecoderChange: (from: DecoderName, to: DecoderName, reason: string) => Promise<void>,
    demuxerHangs: boolean,
  ): Promise<{ info: VideoInfo; decoder: DecoderName }> {
    video?.close();
    video = await openVideo(file, {
      assets,
      demuxerHangs,
      ...(decoder !== undefined && { decoder }),
      onDecoderChange: (...change) => void onDecoderChange(...change),
    });
    return { info: video.info, decoder: video.decoder };
  },

  /** See `Video.keyTimes`. */
  async keyTimes(times: readonly number[]): Promise<(number | undefined)[]> {
    if (video === undefined) throw new Error('open() comes first.');
    return video.keyTimes(times);
  },

  /**
   * Decodes, and hands every frame over with the decoder it came from and what is known of the video by then.
   * @param deliver resolves when the frame has been looked at
   * @returns what is known of damage then
   */
  async frames(
    times: readonly number[],
    deliver: (frame: Frame, decoder: DecoderName, info: VideoInfo) => Promise<void>,
  ): Promise<Pick<Video, 'damaged' | 'info'>> {
    if (video === undefined) throw new Error('open() comes first.');
    const waiting: Promise<void>[] = [];
    for await (const frame of video.frames(times, new AbortController().signal)) {
      const picture = { ...frame };
      waiting.push(
        deliver(transfer(picture, [picture.data.buffer as ArrayBuffer]), video.decoder, video.info),
      );
      if (waiting.length >= AHEAD) await waiting.shift();
    }
    await Promise.all(waiting);
    const { damaged, info } = video;
    return { damaged, info };
  },

  /** Answers as long as nothing keeps this thread busy without end. */
  ping: (): void => undefined,

  close(): void {
    video?.close();
    video = undefined;
  },
};

export type VideoWorkerApi = typeof api;

keepErrorCodes();
expose(api);
holdLife();
