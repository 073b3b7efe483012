import { lifeOf, WorkerDeathError, type LifeMessage } from '../workers/lifetime.ts';
import type { Decoder, DecoderContext, DecoderEntry, ServedFrame } from './decoder.ts';
import {
  decodedPixels,
  decodeSlice,
  measureArgs,
  measuredEnd,
  planStretches,
  seekMargin,
  type Stretch,
} from './ffmpeg-command.ts';
import { findX264Version, PROBE_ARGS, readProbe, type Probe } from './ffmpeg-probe.ts';
import { isMuch, workersFor } from './ffmpeg-workers.ts';
import type { FfmpegReply, FfmpegRequest, LoadRequest } from './ffmpeg-protocol.ts';
import { keyTimesOfFile } from './key-frames.ts';
import { MediaError, type VideoInfo } from './types.ts';

/** ffmpeg.wasm in a worker of its own, which is ended to free its memory. */
export const ffmpeg: DecoderEntry = {
  name: 'ffmpeg',

  async open(file: Blob, context: DecoderContext): Promise<Decoder> {
    const connection = new Connection(context.alive);
    const onAbort = (): void => connection.close(context.signal.reason);
    context.signal.addEventListener('abort', onAbort);
    try {
      await connection.load(file, context.assets);
      const { json, log } = await connection.ask({ type: 'probe', args: PROBE_ARGS }, 'probed');
      const probe = readProbe(json, log, context.container);
      if (probe.info.duration === 0) {
        const { log } = await connection.ask(
          { type: 'measure', args: measureArgs(probe.stream) },
          'measured',
        );
        probe.info.duration = Math.max(0, measuredEnd(log));
      }
      if (probe.info.codec === 'avc') {
        const version = await findX264Version(file);
        if (version !== undefined) probe.x264Version = version;
      }
      return new FfmpegDecoder(connection, probe, file, context);
    } catch (error) {
      connection.close();
      throw error;
    } finally {
      context.signal.removeEventListener('abort', onAbort);
    }
  },
};

/**
 * The core, compiled with the first file and then kept: every further file has its own worker and memory, but neither loads
 * nor compiles 32 MB again, and runs the code that the engine has made fast for the files before.
 */
let compiled: WebAssembly.Module | undefined;

type ReplyOf<Type extends FfmpegReply['type']> = Extract<FfmpegReply, { type: Type }>;

/** The worker, its queue of replies, and one reader. */
class Connection {
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

class FfmpegDecoder implements Decoder {
  readonly name = 'ffmpeg';
  readonly info: VideoInfo;
  damaged = 0;
  /** Those that decode beside the first, for as long as frames are asked for. */
  #helpers: Connection[] = [];
  #closed = false;

  constructor(
    readonly connection: Connection,
    readonly probe: Probe,
    readonly file: Blob,
    readonly context: DecoderContext,
  ) {
    this.info = probe.info;
  }

  async *frames(times: readonly number[], signal: AbortSignal): AsyncGenerator<ServedFrame, void> {
    const onAbort = (): void => this.#end(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    try {
      await this.connection.drain();
      const { width, height } = this.probe.frame;
      const much = isMuch(decodedPixels(this.probe, times));
      const keys = much ? await this.#keyTimes(times) : [];
      const stretches = planStretches(times, keys, width * height * 4, this.connection.paced);
      const workers = much ? Math.min(stretches.length, workersFor(this.probe, navigator)) : 1;
      const left = workers > 1 ? yield* this.#sideBySide(stretches, workers) : stretches;
      for (const stretch of left) yield* this.#decode(this.connection, stretch);
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#endHelpers();
    }
  }

  async #keyTimes(times: readonly number[]): Promise<(number | undefined)[]> {
    const { container, alive } = this.context;
    // Whether the file is any good is for ffmpeg to find out.
    return keyTimesOfFile(this.file, container, times, alive).catch(() => []);
  }

  /**
   * Every worker has a stretch, in turn: what comes is waited for in the order of time, while the next ones are decoded.
   * @returns the stretches that are left for one alone, because a helper could not go on
   */
  async *#sideBySide(
    stretches: readonly Stretch[],
    workers: number,
  ): AsyncGenerator<ServedFrame, readonly Stretch[]> {
    const connections = [this.connection, ...this.#startHelpers(workers - 1)];
    const begin = (index: number): Begun | undefined => {
      const stretch = stretches[index];
      if (stretch === undefined) return undefined;
      const served = this.#decode(connections[index % workers]!, stretch);
      const first = served.next();
      first.catch(() => undefined); // awaited when its time comes
      return { served, first };
    };
    const begun = connections.map((_, index) => begin(index)!);
    for (let index = 0; index < stretches.length; index++) {
      const { served, first } = begun[index]!;
      try {
        for (let next = await first; next.done !== true; next = await served.next()) yield next.value;
      } catch (error) {
        if (this.#closed || connections[index % workers] === this.connection) throw error;
        this.#endHelpers();
        // What the first worker is at belongs behind what is missing now.
        const own = begun.filter((_, at) => at > index && connections[at % workers] === this.connection);
        for (const one of own) await exhaust(one);
        return stretches.slice(index);
      }
      const following = begin(index + workers);
      if (following !== undefined) begun.push(following);
    }
    return [];
  }

  #startHelpers(count: number): Connection[] {
    this.#helpers = Array.from({ length: count }, () => {
      const helper = new Connection(this.context.alive);
      helper.ready = helper.load(this.file, this.context.assets);
      helper.ready.catch(() => undefined); // seen by whoever waits for its frames
      return helper;
    });
    return this.#helpers;
  }

  #endHelpers(): void {
    for (const helper of this.#helpers) helper.close();
    this.#helpers = [];
  }

  /** Decodes one stretch; seeks further back when the first attempt lands after the first asked time. */
  async *#decode(
    connection: Connection,
    { from, times, key }: Stretch,
  ): AsyncGenerator<ServedFrame, void, void> {
    const { width, height } = this.probe.frame;
    await connection.ready;
    for (let attempt = 0; ; attempt++) {
      const margin = seekMargin(this.probe, times[0]!, attempt, key);
      connection.send({ type: 'decode', slice: decodeSlice(this.probe, times, margin) });
      let reply: FfmpegReply;
      while ((reply = await connection.receive()).type === 'frame') {
        const frame = { time: reply.time, width, height, data: new Uint8ClampedArray(reply.data) };
        yield { index: from + reply.index, frame };
      }
      if (reply.type !== 'decoded') throw new MediaError('decoder_failed', `unexpected ${reply.type}`);
      this.damaged += reply.damaged;
      if (reply.frames + reply.damaged > 0) return;
      if (margin === undefined) throw noFrames(reply.log);
    }
  }

  #end(reason?: unknown): void {
    this.#closed = true;
    this.connection.close(reason);
    this.#endHelpers();
  }

  close(): void {
    this.#end();
  }
}

/** A stretch that is being decoded, and its first frame. */
interface Begun {
  served: AsyncGenerator<ServedFrame, void, void>;
  first: Promise<IteratorResult<ServedFrame, void>>;
}

async function exhaust({ served, first }: Begun): Promise<void> {
  for (let next = await first; next.done !== true; next = await served.next());
}

function noFrames(log: string): MediaError {
  const unsupported =
    /Decoder \(codec [^)]*\) not found|Decoding requested, but no decoder found|no decoder|platform doesn't sup+ort/i;
  const code = unsupported.test(log) ? 'codec_unsupported' : 'file_damaged';
  return new MediaError(code, `ffmpeg gave no frames: ${log}`);
}
