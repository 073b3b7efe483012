import { lifeOf, WorkerDeathError, type LifeMessage } from '../workers/lifetime.ts';
import type { FfmpegReply, FfmpegRequest, LoadRequest } from './ffmpeg-protocol.ts';
import { MediaError } from './types.ts';

/**
 * The core, compiled with the first file and then kept: every further file has its own worker and memory, but neither loads
 * nor compiles 32 MB again, and runs the code that the engine has made fast for the files before.
 */
let compiled: WebAssembly.Module | undefined;

type ReplyOf<Type extends FfmpegReply['type']> = Extract<FfmpegReply, { type: Type }>;

/** A worker with ffmpeg.wasm, its queue of replies, and one reader. */
export class Connection {
  readonly #worker = new Worker(new URL('./ffmpeg-worker.ts', import.meta.url), { type: 'module' });
  readonly #queue: FfmpegReply[] = [];
  readonly #taken =
    typeof SharedArrayBuffer === 'undefined' ? undefined : new Int32Array(new SharedArrayBuffer(4));
  #wake: (() => void) | undefined;
  #ended: unknown;
  /** A stretch is being decoded. What a loop that was left early did not take must be drained before the next. */
  #busy = false;
  /** The core is loaded. */
  ready: Promise<void> = Promise.resolve();

  constructor(alive: () => void) {
    this.#worker.onmessage = ({ data }: MessageEvent<FfmpegReply | LifeMessage>) => {
      alive();
      if ('life' in data || data.type === 'alive') return;
      this.#queue.push(data);
      this.#wake?.();
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.close(new MediaError('decoder_failed', `ffmpeg's worker: ${event.message}`));
    };
    lifeOf(this.#worker, (error) => {
      if (error instanceof WorkerDeathError)
        this.close(new MediaError(error.code, `ffmpeg: ${error.message}`));
    });
  }

  /** Whether the worker waits for room in the queue. */
  get paced(): boolean {
    return this.#taken !== undefined;
  }

  async load(file: Blob, assets: LoadRequest['assets']): Promise<void> {
    const { module } = await this.ask(
      { type: 'load', file, assets, module: compiled, taken: this.#taken },
      'loaded',
    );
    compiled = module;
  }

  send(request: FfmpegRequest): void {
    this.#busy = request.type === 'decode';
    this.#worker.postMessage(request);
  }

  /** @throws MediaError when ffmpeg failed; the reason of the closing when closed */
  async receive(): Promise<FfmpegReply> {
    for (;;) {
      if (this.#ended !== undefined) throw this.#ended;
      const reply = this.#queue.shift();
      if (reply === undefined) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        continue;
      }
      if (reply.type === 'decoded') this.#busy = false;
      if (reply.type === 'failed') throw new MediaError(reply.code, reply.message);
      if (reply.type === 'frame' && this.#taken !== undefined) {
        Atomics.add(this.#taken, 0, 1);
        Atomics.notify(this.#taken, 0);
      }
      return reply;
    }
  }

  /** Lets go of what is still coming of a stretch. */
  async drain(): Promise<void> {
    while (this.#busy) await this.receive();
  }

  async ask<Type extends FfmpegReply['type']>(request: FfmpegRequest, type: Type): Promise<ReplyOf<Type>> {
    this.send(request);
    const reply = await this.receive();
    if (reply.type !== type) throw new MediaError('decoder_failed', `${reply.type} instead of ${type}`);
    return reply as ReplyOf<Type>;
  }

  close(reason: unknown = new MediaError('decoder_failed', 'closed')): void {
    this.#ended ??= reason;
    this.#queue.length = 0;
    this.#worker.terminate();
    this.#wake?.();
  }
}
