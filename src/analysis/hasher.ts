import { proxy, wrap, type Remote } from 'comlink';
import type { HashWorkerApi } from './hash-worker.ts';

interface Connection {
  api: Remote<HashWorkerApi>;
  /** Rejects when the worker dies. */
  died: Promise<never>;
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
    const { api, died } = this.#connection;
    const told = proxy(async (bytes: number) => onProgress(bytes));
    return Promise.race([api.hash(file, told), died]);
  }

  #connect(): Connection {
    const worker = new Worker(new URL('./hash-worker.ts', import.meta.url), { type: 'module', name: 'hash' });
    const died = new Promise<never>((_, reject) => {
      worker.addEventListener('error', (event) => {
        this.#connection = undefined;
        reject(new Error(event.message));
      });
    });
    died.catch(() => undefined);
    return { api: wrap<HashWorkerApi>(worker), died };
  }
}
