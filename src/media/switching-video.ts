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
  /** Times that were asked for and had no frame, of a file that is cut off. */
  #unserved: number[] = [];
  /** Time of the last frame of all that was found. */
  #lastFound = Number.NEGATIVE_INFINITY;

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
    return this.#lacking === 0 ? info : { ...info, endsAt: this.#lastFound };
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
          this.#lastFound = Math.max(this.#lastFound, lastTime);
          if (this.cutOff && times[served]! > lastTime + LAST_SHOWN) continue;
          yield value.frame;
        }
        finished = true;
        if (this.cutOff && this.#lastFound > Number.NEGATIVE_INFINITY)
          this.#noteUnserved(times, lastTime, decoder.damaged - damaged);
        else if (lastTime === Number.NEGATIVE_INFINITY && decoder.damaged === damaged)
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

  /** How many frames were asked for where the file has none. */
  get #lacking(): number {
    return this.#unserved.filter((time) => time > this.#lastFound + LAST_SHOWN).length;
  }

  /**
   * @param last time of the last frame that was found this time
   * @param counted by the decoder as damaged
   */
  #noteUnserved(times: readonly number[], last: number, counted: number): void {
    this.#unserved.push(...times.filter((time) => time > last + LAST_SHOWN).slice(counted));
  }

  close(): void {
    this.#closed = true;
    this.#decoder.close();
  }
}
