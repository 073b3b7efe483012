import { lifeOf, WorkerDeathError, type LifeMessage } from '../workers/lifetime.ts';
import type { Decoder, DecoderContext, DecoderEntry, ServedFrame } from './decoder.ts';
import { decodeSlice, measureArgs, measuredEnd, seekMargin, sliceLength } from './ffmpeg-command.ts';
import { findX264Version, PROBE_ARGS, readProbe, type Probe } from './ffmpeg-probe.ts';
import type { FfmpegReply, FfmpegRequest, LoadRequest } from './ffmpeg-protocol.ts';
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
      return new FfmpegDecoder(connection, probe);
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
      if (reply.type === 'failed') throw new MediaError(reply.code, reply.message);
      if (reply.type === 'frame' && this.#taken !== undefined) {
        Atomics.add(this.#taken, 0, 1);
        Atomics.notify(this.#taken, 0);
      }
      return reply;
    }
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
  /** The worker is at a slice. What a loop that was left early did not take must be drained before the next slice. */
  #busy = false;

  constructor(
    readonly connection: Connection,
    readonly probe: Probe,
  ) {
    this.info = probe.info;
  }

  async *frames(times: readonly number[], signal: AbortSignal): AsyncGenerator<ServedFrame, void> {
    const { width, height } = this.probe.frame;
    const onAbort = (): void => this.connection.close(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    try {
      while (this.#busy) this.#busy = (await this.connection.receive()).type !== 'decoded';
      for (let from = 0; from < times.length;) {
        const length = sliceLength(times, from, width * height * 4, this.connection.paced);
        yield* this.#slice(times.slice(from, from + length), from);
        from += length;
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Decodes one slice; seeks further back when the first attempt lands after the first asked time. */
  async *#slice(times: readonly number[], offset: number): AsyncGenerator<ServedFrame, void> {
    const { width, height } = this.probe.frame;
    for (let attempt = 0; ; attempt++) {
      const margin = seekMargin(this.probe, times[0]!, attempt);
      this.connection.send({ type: 'decode', slice: decodeSlice(this.probe, times, margin) });
      this.#busy = true;
      let reply: FfmpegReply;
      while ((reply = await this.connection.receive()).type === 'frame') {
        const frame = { time: reply.time, width, height, data: new Uint8ClampedArray(reply.data) };
        yield { index: offset + reply.index, frame };
      }
      this.#busy = false;
      if (reply.type !== 'decoded') throw new MediaError('decoder_failed', `unexpected ${reply.type}`);
      this.damaged += reply.damaged;
      if (reply.frames + reply.damaged > 0) return;
      if (margin === undefined) throw noFrames(reply.log);
    }
  }

  close(): void {
    this.connection.close();
  }
}

function noFrames(log: string): MediaError {
  const unsupported =
    /Decoder \(codec [^)]*\) not found|Decoding requested, but no decoder found|no decoder|platform doesn't sup+ort/i;
  const code = unsupported.test(log) ? 'codec_unsupported' : 'file_damaged';
  return new MediaError(code, `ffmpeg gave no frames: ${log}`);
}
