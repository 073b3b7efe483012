/** Thrown when a decoder has shown no sign of life for the allowed time. */
export class StallError extends Error {
  override readonly name = 'StallError';
}

/**
 * Watches one thing that must not stand still. Only awaiting through `watch` is timed: a slow consumer is no stall.
 */
export class Watchdog {
  #lastSign = 0;

  /** @param stallMs milliseconds without a sign of life after which the awaited work counts as stalled */
  constructor(readonly stallMs: number) {}

  /** The watched work gets on. */
  readonly alive = (): void => {
    this.#lastSign = performance.now();
  };

  /**
   * Awaits `work`, unless it stalls or the signal aborts first.
   * @throws StallError, the signal's reason, or what `work` throws
   */
  watch<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
    this.alive();
    return new Promise<T>((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout>;
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        settle();
        reject(signal.reason);
      };
      const check = (): void => {
        const left = this.#lastSign + this.stallMs - performance.now();
        if (left > 0) timer = setTimeout(check, left);
        else {
          settle();
          reject(new StallError(`no progress for ${this.stallMs} ms`));
        }
      };
      timer = setTimeout(check, this.stallMs);
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
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
