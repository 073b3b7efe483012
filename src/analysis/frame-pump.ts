/** Whatever holds memory until it is closed: a VideoFrame, an ImageBitmap. */
interface Closable {
  close(): void;
}

/** Seconds over which the rate is measured. */
const RATE_SECONDS = 3;

/**
 * Chooses, from pictures that come as they like, as many per second as wanted: the first one in every interval.
 * Pictures between are not needed, which is something else than being dropped.
 */
export class Pacer {
  #last = Number.NEGATIVE_INFINITY;

  constructor(private readonly framesPerSecond: number) {}

  /** @param time seconds, never falling */
  isDue(time: number): boolean {
    const interval = Math.floor(time * this.framesPerSecond);
    if (interval <= this.#last) return false;
    this.#last = interval;
    return true;
  }
}

/**
 * Hands pictures to somebody who may be slower than they come. One is looked at, at most one waits: the newest. A
 * picture that is replaced while it waits is dropped and counted. Every picture that comes in is closed here unless it
 * was handed on.
 */
export class FramePump<T extends Closable> {
  /** Pictures that were replaced by newer ones before their turn came. */
  dropped = 0;
  #waiting: { picture: T; time: number } | undefined;
  #busy = false;
  #stopped = false;
  #handled: number[] = [];

  /**
   * @param handle takes over the picture and resolves when the next may come
   * @param onfailure is told what `handle` failed with, unless it was stopped before; the pump has stopped then
   * @param now seconds on the clock of the pictures' times
   */
  constructor(
    private readonly handle: (picture: T, time: number) => Promise<void>,
    private readonly onfailure: (error: unknown) => void,
    private readonly now: () => number,
  ) {}

  /** Takes over a picture. @param time seconds, when it came */
  offer(picture: T, time: number): void {
    if (this.#stopped) return picture.close();
    if (this.#waiting !== undefined) {
      this.#waiting.picture.close();
      this.dropped++;
    }
    this.#waiting = { picture, time };
    if (!this.#busy) void this.#work();
  }

  /** Pictures handled per second, over the last `RATE_SECONDS`. The clock begins at 0. */
  rate(): number {
    const now = this.now();
    this.#handled = this.#handled.filter((time) => time > now - RATE_SECONDS);
    return this.#handled.length / Math.min(RATE_SECONDS, Math.max(1, now));
  }

  /** Closes what waits, and whatever still comes. */
  stop(): void {
    this.#stopped = true;
    this.#waiting?.picture.close();
    this.#waiting = undefined;
  }

  async #work(): Promise<void> {
    this.#busy = true;
    try {
      while (this.#waiting !== undefined) {
        const { picture, time } = this.#waiting;
        this.#waiting = undefined;
        await this.handle(picture, time);
        this.rate(); // lets go of old times
        this.#handled.push(this.now());
      }
    } catch (error) {
      if (this.#stopped) return; // nobody waits for it any more
      this.stop();
      this.onfailure(error);
    } finally {
      this.#busy = false;
    }
  }
}
