import { proxy, wrap, type Remote } from 'comlink';
import type { DecoderName, Frame, Video, VideoInfo } from '../media/index.ts';
import { TIME_TOLERANCE } from '../media/decoder.ts';
import type { AssetUrls } from './assets.ts';
import type { VideoWorkerApi } from './video-worker.ts';
import { lifeOf, type Lifetime } from '../workers/lifetime.ts';

interface Connection {
  worker: Worker;
  api: Remote<VideoWorkerApi>;
  life: Lifetime;
}

/** A video in a worker. */
interface Opened {
  connection: Connection;
  info: VideoInfo;
  decoder: DecoderName;
}

/** Milliseconds between questions whether the worker still answers. */
const PULSE = 1000;
/** Questions without an answer after which it is given up: longer than the watchdog inside has for a decoder. */
const MISSED_PULSES = 15;

/**
 * A demuxer that runs in circles keeps its thread, and with it the watchdog that is to end it. It is never ffmpeg's, which has
 * a worker of its own.
 */
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
    const afterHang = async (error: unknown, from: DecoderName = 'webcodecs'): Promise<Opened> => {
      if (!(error instanceof HungError) || decoder !== undefined) throw error;
      if (from !== 'ffmpeg') onDecoderChange(from, 'ffmpeg', error.message);
      return this.#openWith(file, 'ffmpeg', told, true);
    };
    const opened = await this.#openWith(file, decoder, told).catch((error: unknown) => afterHang(error));
    return new RemoteVideo(opened, afterHang, (connection) => this.#end(connection));
  }

  async #openWith(
    file: Blob,
    decoder: DecoderName | undefined,
    told: (...change: [DecoderName, DecoderName, string]) => Promise<void>,
    demuxerHangs = false,
  ): Promise<Opened> {
    const connection = (this.#connection ??= this.#connect());
    const { api, life } = connection;
    const stop = takePulse(connection, () => this.#end(connection));
    try {
      return { connection, ...(await life.during(api.open(file, this.assets, decoder, told, demuxerHangs))) };
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
  #connection: Connection;
  #hasHung = false;

  /**
   * @param afterHang opens it anew, with ffmpeg, where the worker was ended because it hung; throws any other error again
   * @param end ends the worker: the one way to stop it in the middle of its work
   */
  constructor(
    opened: Opened,
    private readonly afterHang: (error: unknown, from: DecoderName) => Promise<Opened>,
    private readonly end: (connection: Connection) => void,
  ) {
    this.#connection = opened.connection;
    this.info = opened.info;
    this.decoder = opened.decoder;
  }

  async keyTimes(times: readonly number[]): Promise<(number | undefined)[]> {
    const connection = this.#connection;
    const stop = takePulse(connection, () => this.end(connection));
    try {
      return await connection.life.during(connection.api.keyTimes(times));
    } catch (error) {
      await this.#goOn(error);
      return times.map(() => undefined); // asked again, the same demuxer would hang again
    } finally {
      stop();
    }
  }

  async *frames(times: readonly number[], signal: AbortSignal): AsyncGenerator<Frame, void> {
    let last = Number.NEGATIVE_INFINITY;
    for (let left = times; left.length > 0; left = times.filter((time) => time > last)) {
      try {
        for await (const frame of this.#delivered(left, signal)) {
          // The decoder that takes over starts with the frame that was on screen last.
          if (frame.time <= last + TIME_TOLERANCE) continue;
          last = frame.time;
          yield frame;
        }
        return;
      } catch (error) {
        await this.#goOn(error);
      }
    }
  }

  /** Once. @throws what made it end, unless ffmpeg has the next try */
  async #goOn(error: unknown): Promise<void> {
    if (this.#hasHung) throw error;
    const { connection, info, decoder } = await this.afterHang(error, this.decoder);
    this.#hasHung = true;
    this.#connection = connection;
    this.info = info;
    this.decoder = decoder;
  }

  async *#delivered(times: readonly number[], signal: AbortSignal): AsyncGenerator<Frame, void> {
    const connection = this.#connection;
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
    const stop = takePulse(connection, () => this.end(connection));
    connection.life
      .during(connection.api.frames(times, deliver))
      .then(
        ({ damaged, info }) => {
          this.damaged = damaged;
          this.info = info;
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
      if (!state.done) this.end(connection);
    }
  }

  close(): void {
    void this.#connection.api.close();
  }
}
