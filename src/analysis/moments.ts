import type { Frame, Video } from '../media/index.ts';
import { assetUrls } from './assets.ts';
import { VideoOpener } from './remote-video.ts';

/** RGBA, 8 bit, row-major. */
export type Picture = Pick<Frame, 'width' | 'height' | 'data'>;

/** Pictures of a video at single moments, from the decoders that the verdict has them from: the browser may be unable to play it. */
export class Moments {
  readonly #opener: VideoOpener;
  #video: Promise<Video> | undefined;
  #latest: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** @param base absolute URL of the app's root, with a trailing slash */
  constructor(
    private readonly file: Blob,
    base: string,
  ) {
    this.#opener = new VideoOpener(assetUrls(base));
  }

  /**
   * The frame shown at a time (seconds). Whoever asks waits for those that asked before.
   * @throws Error with the code of a MediaError; another one for what was not decoded when it was closed
   */
  at(time: number): Promise<Picture> {
    const frame = this.#latest.then(() => this.#decode(time));
    this.#latest = frame.catch(() => (this.#video = undefined));
    return frame;
  }

  async #decode(time: number): Promise<Frame> {
    // Whoever still waits would start a worker that nobody ends.
    if (this.#closed) throw new Error('the video was closed');
    this.#video ??= this.#opener.open(this.file, { onDecoderChange: () => undefined });
    const video = await this.#video;
    let shown: Frame | undefined;
    // To the end, which comes at once: leaving earlier would end the worker.
    for await (const frame of video.frames([time], new AbortController().signal)) shown = frame;
    if (shown === undefined) throw new Error(`no frame at ${time} s`);
    return shown;
  }

  /** Ends the worker and frees its memory. */
  close(): void {
    this.#closed = true;
    this.#opener.dispose();
  }
}
