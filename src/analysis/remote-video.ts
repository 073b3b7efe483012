import { proxy, wrap, type Remote } from 'comlink';
import type { DecoderName, Frame, Video, VideoInfo } from '../media/index.ts';
import type { AssetUrls } from './assets.ts';
import type { VideoWorkerApi } from './video-worker.ts';
import { lifeOf, type Lifetime } from './lifetime.ts';

interface Connection {
  worker: Worker;
  api: Remote<VideoWorkerApi>;
  life: Lifetime;
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
    const connection = (this.#connection ??= this.#connect());
    const { api, life } = connection;
    const told = proxy(async (...change: [DecoderName, DecoderName, string]) => onDecoderChange(...change));
    const opened = await life.during(api.open(file, this.assets, decoder, told));
    return new RemoteVideo(connection, opened, () => this.#end(connection));
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

/** A frame that waits to be looked at. */
interface Delivery {
  frame: Frame;
  taken: () => void;
}

class RemoteVideo implements Video {
  readonly info: VideoInfo;
  decoder: DecoderName;

  /** @param end ends the worker: the one way to stop it in the middle of its work */
  constructor(
    private readonly connection: Connection,
    opened: { info: VideoInfo; decoder: DecoderName },
    private readonly end: () => void,
  ) {
    this.info = opened.info;
    this.decoder = opened.decoder;
  }

  async *frames(times: readonly number[], signal: AbortSignal): AsyncGenerator<Frame, void> {
    const deliveries: Delivery[] = [];
    let wake = (): void => undefined;
    let state: { done: boolean; error?: unknown } = { done: false };
    const deliver = proxy((frame: Frame, decoder: DecoderName): Promise<void> => {
      this.decoder = decoder;
      return new Promise((taken) => {
        deliveries.push({ frame, taken });
        wake();
      });
    });
    this.connection.life
      .during(this.connection.api.frames(times, deliver))
      .then(
        () => (state = { done: true }),
        (error: unknown) => (state = { done: true, error }),
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
      // Left early: the worker is still decoding for nobody.
      if (!state.done) this.end();
    }
  }

  close(): void {
    void this.connection.api.close();
  }
}
