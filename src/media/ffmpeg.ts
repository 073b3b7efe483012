import type { Decoder, DecoderContext, DecoderEntry, ServedFrame } from './decoder.ts';
import {
  decodedPixels,
  decodeSlice,
  EVEN_CLOCK_ARGS,
  measureArgs,
  measuredEnd,
  planStretches,
  seekMargin,
  type Stretch,
} from './ffmpeg-command.ts';
import { Connection } from './ffmpeg-connection.ts';
import { findX264Version, PROBE_ARGS, readProbe, type Probe } from './ffmpeg-probe.ts';
import type { FfmpegReply } from './ffmpeg-protocol.ts';
import { isMuch, workersFor } from './ffmpeg-workers.ts';
import { isMatroskaCutOff } from './ebml.ts';
import { keyTimesOfFile } from './key-frames.ts';
import { factsOfFile } from './track-facts.ts';
import { MATROSKA } from './sniff.ts';
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
      const { info } = probe;
      const share = await preferFacts(file, probe, context);
      if (info.frameRate === 0) info.frameRate = probe.mostFrameRate;
      if (info.duration === 0) {
        const { log: end } = await connection.ask(
          { type: 'measure', args: measureArgs(probe.stream) },
          'measured',
        );
        info.duration = measuredEnd(end, info.frameRate);
      }
      if (info.bitrate === 0 && info.duration > 0)
        info.bitrate = Math.round((share * 8 * file.size) / info.duration);
      if (info.codec === 'avc') {
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

/** The same pictures, in a transport stream whose clock does not jump. @throws MediaError `file_damaged` where there are none */
export async function withEvenClock(
  file: Blob,
  { assets, alive, signal }: Pick<DecoderContext, 'assets' | 'alive' | 'signal'>,
): Promise<Blob> {
  const connection = new Connection(alive);
  const onAbort = (): void => connection.close(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    await connection.load(file, assets);
    const { file: copied, log } = await connection.ask(
      { type: 'copy', args: [...EVEN_CLOCK_ARGS] },
      'copied',
    );
    if (copied.size === 0) throw new MediaError('file_damaged', `ffmpeg copied nothing: ${log}`);
    return copied;
  } finally {
    signal.removeEventListener('abort', onAbort);
    connection.close();
  }
}

/**
 * What the browser's own decoder would say of a file counts, where that can be asked.
 * @returns the share (0..1) of the file's bytes that the video has, as far as it is known, where the bitrate is not
 */
async function preferFacts(
  file: Blob,
  { info, track }: Probe,
  { container, alive, demuxerHangs }: DecoderContext,
): Promise<number> {
  if (demuxerHangs) return 1;
  const facts = await factsOfFile(file, container, alive, track).catch(() => undefined);
  if (facts === undefined) return 1;
  const { frameRate, bitrate } = facts;
  if (MATROSKA.has(container) && (await isMatroskaCutOff(file))) {
    // What the head says is not there, and the browser's demuxer leaves out the last cluster: it is measured.
    Object.assign(info, { duration: 0, frameRate: frameRate || info.frameRate, bitrate: 0 });
    return (bitrate * facts.duration) / (8 * file.size) || 1;
  }
  const duration = Math.max(0, facts.start + facts.duration - info.start);
  Object.assign(info, { duration, frameRate: frameRate || info.frameRate, bitrate });
  return 1;
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
      for (const stretch of left) this.damaged += yield* this.#decode(this.connection, stretch);
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#endHelpers();
    }
  }

  async #keyTimes(times: readonly number[]): Promise<(number | undefined)[]> {
    const { container, alive, demuxerHangs } = this.context;
    if (demuxerHangs) return [];
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
        let next = await first;
        for (; next.done !== true; next = await served.next()) yield next.value;
        this.damaged += next.value;
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

  /**
   * Decodes one stretch; seeks further back when the first attempt lands after the first asked time.
   * @returns how many frames were damaged, for whoever takes them to count: a stretch may be decoded twice
   */
  async *#decode(
    connection: Connection,
    { from, times, key }: Stretch,
  ): AsyncGenerator<ServedFrame, number, void> {
    const { width, height } = this.probe.frame;
    await connection.ready;
    for (let attempt = 0; ; attempt++) {
      const margin = seekMargin(this.probe, times[0]!, attempt, key);
      connection.send({ type: 'decode', slice: decodeSlice(this.probe, times, margin) });
      let reply: FfmpegReply;
      while ((reply = await connection.receive()).type === 'frame') {
        if (Number.isNaN(reply.time)) throw new MediaError('decoder_failed', 'a frame without a time');
        const frame = { time: reply.time, width, height, data: new Uint8ClampedArray(reply.data) };
        yield { index: from + reply.index, frame };
      }
      if (reply.type !== 'decoded') throw new MediaError('decoder_failed', `unexpected ${reply.type}`);
      if (reply.frames + reply.damaged > 0) return reply.damaged;
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
  served: AsyncGenerator<ServedFrame, number, void>;
  first: Promise<IteratorResult<ServedFrame, number>>;
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
