import { proxy, wrap, type Remote } from 'comlink';
import type { HashWorkerApi } from './hash-worker.ts';
import { lifeOf, type Lifetime } from './lifetime.ts';

interface Connection {
  api: Remote<HashWorkerApi>;
  life: Lifetime;
}

/** Hashes files in a worker of its own, which is started with the first one and kept. */
export class Hasher {
  #connection: Connection | undefined;

  /**
   * @param onProgress is told the bytes read so far
   * @returns SHA-256 in lower-case hexadecimal
   * @throws what the file's stream throws when it cannot be read, and when the worker dies
   */
  async hash(file: Blob, onProgress: (bytes: number) => void): Promise<string> {
    this.#connection ??= this.#connect();
    const { api, life } = this.#connection;
    const told = proxy(async (bytes: number) => onProgress(bytes));
    return life.during(api.hash(file, told));
  }

  #connect(): Connection {
    const worker = new Worker(new URL('./hash-worker.ts', import.meta.url), { type: 'module', name: 'hash' });
    const life = lifeOf(worker, () => (this.#connection = undefined));
    return { api: wrap<HashWorkerApi>(worker), life };
  }
}
