/** Thrown when something watched (a decoder, a hash, what loads or judges) has shown no sign of life for the allowed time. */
export class StallError extends Error {
  override readonly name = 'StallError';
}

/** The clock is read this often per allowed time; a reading that comes late by more than that finds the thread asleep. */
const READINGS = 10;

/**
 * Watches one thing that must not stand still. Only awaiting through `watch` is timed: a slow consumer is no stall. Nor is
 * sleep: while a tab is frozen or a laptop closed nothing can get on, and nothing has to.
 */
export class Watchdog {
  /** Milliseconds awake since the last sign of life. */
  #quiet = 0;

  /** @param stallMs milliseconds without a sign of life after which the awaited work counts as stalled */
  constructor(readonly stallMs: number) {}

  /** The watched work gets on. */
  readonly alive = (): void => {
    this.#quiet = 0;
  };

  /**
   * Awaits `work`, unless it stalls or the signal aborts first.
   * @throws StallError, the signal's reason, or what `work` throws
   */
  watch<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
    this.alive();
    return new Promise<T>((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout>;
      const settle = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        settle();
        reject(signal?.reason);
      };
      const step = this.stallMs / READINGS;
      let read = performance.now();
      const check = (): void => {
        const now = performance.now();
        this.#quiet += Math.min(now - read, 2 * step);
        read = now;
        if (this.#quiet < this.stallMs) timer = setTimeout(check, step);
        else {
          settle();
          reject(new StallError(`no progress for ${this.stallMs} ms`));
        }
      };
      timer = setTimeout(check, step);
      signal?.addEventListener('abort', onAbort);
      if (signal?.aborted) onAbort();
      // Attached in any case: work that fails after it was given up must not count as unhandled.
      work.then(
        (value) => {
          settle();
          resolve(value);
        },
        (error: unknown) => {
          settle();
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }
}
