import { vi } from 'vitest';
import { expose } from 'comlink';

/** A worker in name only, for tests of who starts and ends workers: what it answers is given, or nothing. */
export class FakeWorker extends EventTarget {
  ended = false;
  readonly #page = new MessageChannel();

  constructor(answers: object) {
    super();
    const { port1: own, port2: inside } = this.#page;
    expose(answers, inside);
    own.onmessage = ({ data }) => {
      if (!this.ended) this.dispatchEvent(new MessageEvent('message', { data }));
    };
  }

  postMessage(message: unknown, transfer: Transferable[] = []): void {
    if (!this.ended) this.#page.port1.postMessage(message, transfer);
  }

  terminate(): void {
    this.ended = true;
    this.#page.port1.close();
  }

  /**
   * Puts such workers in the place of true ones.
   * @param answers what the functions of each new worker do, by the name that it is started with and its number
   * @returns all that were started, in order
   */
  static stub(answers: (name: string, index: number) => object = silent): FakeWorker[] {
    const started: FakeWorker[] = [];
    vi.stubGlobal(
      'Worker',
      class extends FakeWorker {
        constructor(_url: URL, { name = '' }: { name?: string } = {}) {
          super(answers(name, started.length));
          started.push(this);
        }
      },
    );
    return started;
  }
}

/** Never answers. */
const silent = (): object => new Proxy({}, { get: () => () => new Promise<never>(() => undefined) });
