import { DamageLog, type Wholeness } from './damage-log.ts';
import { TIME_TOLERANCE } from './decoder.ts';

/**
 * Learns the true presentation times of decoded frames from the log of ffmpeg's `showinfo` filter, and says which
 * frame serves an asked time. The printed `pts_time` has six digits only, so ticks and time base are read instead.
 */
export class FrameClock {
  #timeBase: [numerator: number, denominator: number] = [Number.NaN, 1];
  /** In order of arrival, from the frame that serves the current index on. */
  #seen: { time: number; wholeness: Wholeness }[] = [];
  readonly #damage = new DamageLog();
  #waitsForKey: boolean;
  #first: number | undefined;
  #served = Number.NaN;

  /**
   * @param times asked times in seconds, ascending
   * @param fromKey frames before the first key frame are thrown away, see `decodeSlice`
   */
  constructor(
    readonly times: readonly number[],
    fromKey = false,
  ) {
    this.#waitsForKey = fromKey;
  }

  readLog(line: string): void {
    // What ffmpeg prints without an end of line may stand before it in the same one.
    const base = /config in time_base: (\d+)\/(\d+)/.exec(line);
    if (base) this.#timeBase = [Number(base[1]), Number(base[2])];
    if (!line.includes('showinfo')) return this.#damage.readLog(line);
    const ticks = /\bn: *\d+ pts: *(-?\d+)/.exec(line);
    if (!ticks) return;
    const key = line.includes('iskey:1');
    const wholeness = this.#damage.nextPicture(key);
    if (this.#waitsForKey && !key) return;
    this.#waitsForKey = false;
    const time = (Number(ticks[1]) * this.#timeBase[0]) / this.#timeBase[1];
    this.#first ??= time;
    this.#seen.push({ time, wholeness });
  }

  /** Whether the first decoded frame starts after `time`. */
  startsAfter(time: number): boolean {
    return this.#first !== undefined && this.#first > time + TIME_TOLERANCE;
  }

  /**
   * The frame for `times[index]`: the last one that arrived before the first one that starts later. To be asked with
   * ascending indices.
   */
  frameOf(index: number): { time: number; repeated: boolean; wholeness: Wholeness } {
    const limit = this.times[index]! + TIME_TOLERANCE;
    while (this.#seen.length > 1 && this.#seen[1]!.time <= limit) this.#seen.shift();
    const { time, wholeness } = this.#seen[0] ?? { time: Number.NaN, wholeness: 'whole' };
    const repeated = time === this.#served;
    this.#served = time;
    return { time, repeated, wholeness };
  }
}
