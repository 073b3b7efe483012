/**
 * How long a helper lives. A browser that ends a worker for lack of memory may do so without any event; but it frees the
 * locks that the worker held, so each holds one, and its owner asks for it.
 */

/** A worker's first message to its owner: the name of a lock that it holds for as long as it lives. */
export interface LifeMessage {
  life: string;
}

/** A worker ended without a word: for lack of memory, as far as anybody knows. */
export class WorkerDeathError extends Error {
  override readonly name = 'WorkerDeathError';
  readonly code = 'out_of_memory';
}

/**
 * Something that may end while others wait for its answers. `Promise.race` with a promise that mostly never settles would
 * keep every answer it ever gave; here nothing stays behind.
 */
export class Lifetime {
  readonly #waiting = new Set<(error: unknown) => void>();
  #ended: { error: unknown } | undefined;

  /** Only the first end counts. */
  end(error: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = { error };
    for (const reject of this.#waiting) reject(error);
    this.#waiting.clear();
  }

  /** What `work` comes to, unless the end comes first. @throws the end's error */
  during<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.add(reject);
      work.then(resolve, reject).finally(() => this.#waiting.delete(reject));
      if (this.#ended !== undefined) reject(this.#ended.error);
    });
  }
}

/** The worker's part, to be called once. Without locks (old browsers) only errors tell. */
export function holdLife(): void {
  if (!('locks' in navigator)) return;
  const life = crypto.randomUUID();
  void navigator.locks.request(life, () => {
    postMessage({ life } satisfies LifeMessage);
    return new Promise<never>(() => undefined);
  });
}

/**
 * The owner's part, to be called as soon as the worker is made. The life ends when the worker cannot start, throws where
 * nobody catches, or dies; also when the owner ends it, for whoever still waits for an answer.
 * @param onend is told why, at least once
 */
export function lifeOf(worker: Worker, onend: (error: Error) => void = () => undefined): Lifetime {
  const life = new Lifetime();
  const end = (error: Error): void => {
    life.end(error);
    onend(error);
  };
  worker.addEventListener('error', (event) => end(new Error(event.message)), { once: true });
  worker.addEventListener('message', ({ data }: MessageEvent<Partial<LifeMessage> | null>) => {
    if (typeof data?.life !== 'string') return;
    void navigator.locks.request(data.life, () => end(new WorkerDeathError('a worker has died')));
  });
  return life;
}
