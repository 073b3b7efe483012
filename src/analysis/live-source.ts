import type { Pacer } from './frame-pump.ts';

export type LivePicture = VideoFrame | ImageBitmap;

/** Where in a page Chromium has it; other browsers have none there. */
interface TrackProcessor {
  readonly readable: ReadableStream<VideoFrame>;
}
type TrackProcessorClass = new (init: { track: MediaStreamTrack; maxBufferSize: number }) => TrackProcessor;

export interface SourceOptions {
  track: MediaStreamTrack;
  /** Plays the track; browsers without a track processor read the pictures from it. */
  video: HTMLVideoElement;
  pacer: Pacer;
  /** Seconds. */
  now: () => number;
  /** Takes over a picture that is due. */
  onpicture: (picture: LivePicture, time: number) => void;
  onfailure: (error: unknown) => void;
}

/**
 * Reads the pictures of a camera or a shared screen that are due. A track processor goes on while the page is out of
 * sight, where a video element shows no new pictures.
 * @returns a function that ends it
 */
export function readPictures(options: SourceOptions): () => void {
  const { MediaStreamTrackProcessor } = globalThis as { MediaStreamTrackProcessor?: TrackProcessorClass };
  return MediaStreamTrackProcessor === undefined
    ? readFromVideo(options)
    : readFromTrack(MediaStreamTrackProcessor, options);
}

function readFromTrack(
  Processor: TrackProcessorClass,
  { track, pacer, now, onpicture, onfailure }: SourceOptions,
): () => void {
  const reader = new Processor({ track, maxBufferSize: 1 }).readable.getReader();
  let ended = false;
  const read = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const time = now();
      if (!ended && pacer.isDue(time)) onpicture(value, time);
      else value.close();
    }
  };
  read().catch((error: unknown) => {
    if (!ended) onfailure(error);
  });
  return () => {
    ended = true;
    reader.cancel().catch(() => undefined);
  };
}

function readFromVideo({ video, pacer, now, onpicture, onfailure }: SourceOptions): () => void {
  let ended = false;
  let callback = 0;
  const next = (): void => {
    callback = video.requestVideoFrameCallback(() => {
      const time = now();
      if (pacer.isDue(time)) {
        createImageBitmap(video).then(
          (picture) => (ended ? picture.close() : onpicture(picture, time)),
          (error: unknown) => {
            if (!ended) onfailure(error);
          },
        );
      }
      next();
    });
  };
  next();
  return () => {
    ended = true;
    video.cancelVideoFrameCallback(callback);
  };
}
