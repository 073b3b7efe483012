import { proxy, wrap, type Remote } from 'comlink';
import type { HashWorkerApi } from './hash-worker.ts';
import { lifeOf, type Lifetime } from '../workers/lifetime.ts';
import { StallError, Watchdog } from '../workers/watchdog.ts';

/** Milliseconds without a chunk read after which a file counts as unreadable: a sleeping disk or share may take its time. */
const STALL_MS = 60_000;

interface Connection {
  worker: Worker;
  api: Remote<HashWorkerApi>;
  life: Lifetime;
}

/** Hashes files in a worker of its own, which is started with the first one and kept. */
export class Hasher {
  #connection: Connection | undefined;

  /**
   * @param onProgress is told the bytes read so far
   * @returns SHA-256 in lower-case hexadecimal
   * @throws what the file's stream throws when it cannot be read; StallError when it stands still; when the worker dies
   */
  async hash(file: Blob, onProgress: (bytes: number) => void): Promise<string> {
    this.#connection ??= this.#connect();
    const { api, life, worker } = this.#connection;
    const watchdog = new Watchdog(STALL_MS);
    const told = proxy(async (bytes: number) => {
      watchdog.alive();
      onProgress(bytes);
    });
    try {
      return await watchdog.watch(life.during(api.hash(file, told)));
    } catch (error) {
      if (error instanceof StallError) this.#end(worker);
      throw error;
    }
  }

  #connect(): Connection {
    const worker = new Worker(new URL('./hash-worker.ts', import.meta.url), { type: 'module', name: 'hash' });
    const life = lifeOf(worker, () => this.#end(worker));
    return { worker, api: wrap<HashWorkerApi>(worker), life };
  }
  #end(worker: Worker): void {
    worker.terminate();
    if (this.#connection?.worker === worker) this.#connection = undefined;
  }
}
