import { proxy, wrap, type Remote } from 'comlink';
import type { DecoderName, Frame, Video, VideoInfo } from '../media/index.ts';
import type { AssetUrls } from './assets.ts';
import type { VideoWorkerApi } from './video-worker.ts';
import { lifeOf, type Lifetime } from '../workers/lifetime.ts';

interface Connection {
  worker: Worker;
  api: Remote<VideoWorkerApi>;
  life: Lifetime;
}

/** Milliseconds between questions whether the worker still answers. */
const PULSE = 1000;
/** Questions without an answer after which it is given up: longer than the watchdog inside has for a decoder. */
const MISSED_PULSES = 15;

/** A demuxer that runs in circles keeps its thread, and with it the watchdog that is to end it. */
class HungError extends Error {
  override readonly name = 'HungError';
  readonly code = 'decoder_failed';
}

export interface OpenRemoteOptions {
  /** Use this decoder only. */
  decoder?: DecoderName;
  onDecoderChange(from: DecoderName, to: DecoderName, reason: string): void;
}

/** Opens videos in a worker of its own, one at a time, so that the next frames are decoded while one is looked at. */
export class VideoOpener {
  #connection: Connection | undefined;

  constructor(private readonly assets: AssetUrls) {}

  /** Starts the worker ahead of the first file. */
  warmUp(): void {
    this.#connection ??= this.#connect();
  }

  /** @throws Error with the code of a MediaError */
  async open(file: Blob, { decoder, onDecoderChange }: OpenRemoteOptions): Promise<Video> {
    const told = proxy(async (...change: [DecoderName, DecoderName, string]) => onDecoderChange(...change));
    try {
      return await this.#openWith(file, decoder, told);
    } catch (error) {
      // ffmpeg has a worker of its own and cannot block this one, so it was the other.
      if (!(error instanceof HungError) || decoder !== undefined) throw error;
      onDecoderChange('webcodecs', 'ffmpeg', error.message);
      return this.#openWith(file, 'ffmpeg', told);
    }
  }

  async #openWith(
    file: Blob,
    decoder: DecoderName | undefined,
    told: (...change: [DecoderName, DecoderName, string]) => Promise<void>,
  ): Promise<Video> {
    const connection = (this.#connection ??= this.#connect());
    const { api, life } = connection;
    const stop = takePulse(connection, () => this.#end(connection));
    try {
      const opened = await life.during(api.open(file, this.assets, decoder, told));
      return new RemoteVideo(connection, opened, () => this.#end(connection));
    } finally {
      stop();
    }
  }

  /** Ends the worker, which frees its memory; what is being decoded ends with an error. */
  dispose(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    connection.life.end(new Error('the video was closed'));
    this.#end(connection);
  }

  #end({ worker }: Connection): void {
    worker.terminate();
    if (this.#connection?.worker === worker) this.#connection = undefined;
  }

  #connect(): Connection {
    const worker = new Worker(new URL('./video-worker.ts', import.meta.url), {
      type: 'module',
      name: 'video',
    });
    const life = lifeOf(worker, () => {
      if (this.#connection?.worker === worker) this.#connection = undefined;
    });
    return { worker, api: wrap<VideoWorkerApi>(worker), life };
  }
}

/**
 * Asks a worker now and then whether it still answers. Questions are counted, not seconds: a tab may sleep.
 * @param end ends a worker that does not @returns stops the asking
 */
function takePulse({ api, life }: Connection, end: () => void): () => void {
  let missed = 0;
  const timer = setInterval(() => {
    if (missed++ >= MISSED_PULSES) {
      clearInterval(timer);
      life.end(new HungError('the demuxer runs in circles'));
      end();
      return;
    }
    void api.ping().then(() => (missed = 0));
  }, PULSE);
  return () => clearInterval(timer);
}

/** A frame that waits to be looked at. */
interface Delivery {
  frame: Frame;
  taken: () => void;
}

class RemoteVideo implements Video {
  info: VideoInfo;
  decoder: DecoderName;
  damaged: number | undefined;

  /** @param end ends the worker: the one way to stop it in the middle of its work */
  constructor(
    private readonly connection: Connection,
    opened: { info: VideoInfo; decoder: DecoderName },
    private readonly end: () => void,
  ) {
    this.info = opened.info;
    this.decoder = opened.decoder;
  }

  async keyTimes(times: readonly number[]): Promise<(number | undefined)[]> {
    const stop = takePulse(this.connection, this.end);
    try {
      return await this.connection.life.during(this.connection.api.keyTimes(times));
    } finally {
      stop();
    }
  }

  async *frames(times: readonly number[], signal: AbortSignal): AsyncGenerator<Frame, void> {
    const deliveries: Delivery[] = [];
    let wake = (): void => undefined;
    let state: { done: boolean; error?: unknown } = { done: false };
    const deliver = proxy((frame: Frame, decoder: DecoderName, info: VideoInfo): Promise<void> => {
      this.decoder = decoder;
      this.info = info;
      return new Promise((taken) => {
        deliveries.push({ frame, taken });
        wake();
      });
    });
    const stop = takePulse(this.connection, this.end);
    this.connection.life
      .during(this.connection.api.frames(times, deliver))
      .then(
        (damaged) => {
          this.damaged = damaged;
          state = { done: true };
        },
        (error: unknown) => {
          state = { done: true, error };
        },
      )
      .finally(() => wake());
    try {
      for (;;) {
        signal.throwIfAborted();
        const next = deliveries.shift();
        if (next !== undefined) {
          next.taken();
          yield next.frame;
        } else if ('error' in state) throw state.error;
        else if (state.done) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      stop();
      // Left early: the worker is still decoding for nobody.
      if (!state.done) this.end();
    }
  }

  close(): void {
    void this.connection.api.close();
  }
}
