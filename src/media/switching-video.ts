import { TIME_TOLERANCE, type Decoder } from './decoder.ts';
import { keyTimesOfFile } from './key-frames.ts';
import type { Opener } from './open.ts';
import { MediaError, type DecoderName, type Frame, type Video, type VideoInfo } from './types.ts';

/** Seconds for which the last picture of a file that is cut off may have been on screen; of later ones nobody knows. */
const LAST_SHOWN = 0.5;

/** A video that goes on with the next decoder where one has failed. */
export class SwitchingVideo implements Video {
  #decoder: Decoder;
  #closed = false;
  /** The browser's decoder has said that it cannot decode what the file holds. */
  #refused = false;
  /** Frames that were asked for where a file that is cut off has none. */
  #lacking = 0;
  #endsAt: number | undefined;

  constructor(
    decoder: Decoder,
    readonly opener: Opener,
    /** The file ends before its pictures do. */
    readonly cutOff: boolean,
  ) {
    this.#decoder = decoder;
  }

  get info(): VideoInfo {
    const { info } = this.#decoder;
    return this.#endsAt === undefined ? info : { ...info, endsAt: this.#endsAt };
  }

  /** The decoder that delivers now. */
  get decoder(): DecoderName {
    return this.#decoder.name;
  }

  get damaged(): number | undefined {
    const damaged = this.#decoder.damaged + this.#lacking;
    return damaged > 0 || this.#refused ? damaged : undefined;
  }

  async keyTimes(times: readonly number[]): Promise<(number | undefined)[]> {
    const { file, container, watchdog, options } = this.opener;
    if (options.demuxerHangs === true) return times.map(() => undefined);
    const finding = this.#decoder.keyTimes?.(times) ?? keyTimesOfFile(file, container, times, watchdog.alive);
    try {
      return await watchdog.watch(finding);
    } catch {
      return times.map(() => undefined); // whether the file is any good is for the decoders to find out
    }
  }

  /** @throws MediaError when no decoder is left; the signal's reason when aborted */
  async *frames(times: readonly number[], signal: AbortSignal): AsyncGenerator<Frame, void> {
    let served = -1;
    let lastTime = Number.NEGATIVE_INFINITY;
    const lacking = this.#lacking;
    while (served < times.length - 1) {
      const offset = served + 1;
      const decoder = this.#decoder;
      const iterator = decoder.frames(times.slice(offset), signal);
      const damaged = decoder.damaged;
      let finished = false;
      try {
        for (;;) {
          const { value, done } = await this.opener.watchdog.watch(iterator.next(), signal);
          if (done === true) break;
          served = offset + value.index;
          // The decoder that takes over starts with the frame that was on screen last: it may have been delivered.
          if (value.frame.time <= lastTime + TIME_TOLERANCE) continue;
          lastTime = value.frame.time;
          if (this.cutOff && times[served]! > lastTime + LAST_SHOWN) continue;
          yield value.frame;
        }
        finished = true;
        if (this.cutOff) this.#countLacking(times, lastTime, decoder.damaged - damaged);
        if (lastTime === Number.NEGATIVE_INFINITY && decoder.damaged === damaged && this.#lacking === lacking)
          throw new MediaError('file_damaged', `${decoder.name} gave no frames`);
        return;
      } catch (error) {
        if (signal.aborted || this.#closed) {
          this.close();
          throw signal.aborted ? signal.reason : error;
        }
        if (served === times.length - 1) return; // what is broken lies behind all that was asked for
        // By the WebCodecs specification the name of an error in the coded data.
        this.#refused ||= error instanceof DOMException && error.name === 'EncodingError';
        this.opener.fail(decoder.name, error);
        decoder.close();
        this.#decoder = await this.opener.next(signal);
      } finally {
        // Not awaited: a stalled decoder would never answer.
        if (!finished) void iterator.return?.()?.catch(() => undefined);
      }
    }
  }

  /**
   * @param last time of the last frame that was found
   * @param counted by the decoder already
   */
  #countLacking(times: readonly number[], last: number, counted: number): void {
    const lacking = Math.max(0, times.filter((time) => time > last + LAST_SHOWN).length - counted);
    this.#lacking += lacking;
    if (lacking > 0 && last > (this.#endsAt ?? Number.NEGATIVE_INFINITY)) this.#endsAt = last;
  }

  close(): void {
    this.#closed = true;
    this.#decoder.close();
  }
}
