/** The media stage in a worker, as in use, for the tests of `media.test.ts`. */
import { expose } from 'comlink';
import {
  hashFile,
  MediaError,
  openVideo,
  type DecoderName,
  type Frame,
  type VideoInfo,
} from '../../src/media/index.ts';

export interface Sampled {
  info: VideoInfo;
  decoder: DecoderName;
  changes: string[];
  frames: Frame[];
  damaged: number | undefined;
  seconds: number;
}

const assets = {
  ffmpegCore: new URL('/runtime/ffmpeg/ffmpeg-core.js', self.location.href).href,
  ffmpegWasm: new URL('/runtime/ffmpeg/ffmpeg-core.wasm', self.location.href).href,
};

/** `count` times spread over the whole video. */
function spread({ start, duration }: VideoInfo, count: number): number[] {
  return Array.from({ length: count }, (_, i) => start + ((i + 0.5) * duration) / count);
}

const api = {
  /** Frames at the times (or at so many spread times), or the code of the error. */
  async sample(file: Blob, asked: number[] | number, decoder?: DecoderName): Promise<Sampled | string> {
    const changes: string[] = [];
    const started = performance.now();
    try {
      const video = await openVideo(file, {
        assets,
        ...(decoder !== undefined && { decoder }),
        onDecoderChange: (from, to, reason) => changes.push(`${from} → ${to}: ${reason}`),
      });
      try {
        const times = typeof asked === 'number' ? spread(video.info, asked) : asked;
        const frames: Frame[] = [];
        for await (const frame of video.frames(times, new AbortController().signal)) frames.push(frame);
        const seconds = (performance.now() - started) / 1000;
        const { info, decoder: used, damaged } = video;
        // As in `extractTracks`.
        if (frames.length === 0 && damaged !== undefined) return 'file_damaged';
        return { info, decoder: used, changes, frames, damaged, seconds };
      } finally {
        video.close();
      }
    } catch (error) {
      if (error instanceof MediaError) return error.code;
      throw error;
    }
  },
  async keyTimes(file: Blob, times: number[], decoder: DecoderName): Promise<(number | undefined)[]> {
    const video = await openVideo(file, { assets, decoder });
    try {
      return await video.keyTimes(times);
    } finally {
      video.close();
    }
  },
  hash: (file: Blob): Promise<string> => hashFile(file),
};

export type MediaWorker = typeof api;
expose(api);
