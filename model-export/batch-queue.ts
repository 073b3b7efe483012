/** A bounded queue of batches that worker threads make ahead of training. */
import { Worker } from 'node:worker_threads';
import type { Batch } from './batch-maker.ts';
import type { BatchOrder } from './batch-worker.ts';

/** Batches each worker may be ahead; bounds memory to a few times 10 MB. */
const AHEAD = 3;

/** Node 20 does not hand tsx down to worker threads: a line of JavaScript registers it there and loads the TypeScript. */
const BOOTSTRAP = `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))})
  .then(({ register }) => register())
  .then(() => import(${JSON.stringify(new URL('./batch-worker.ts', import.meta.url).href)}))`;

export class BatchQueue {
  private readonly workers: Worker[];
  private readonly ready = new Map<number, Batch>();
  private wake: (() => void) | undefined;
  private failure: Error | undefined;
  private ordered: number;
  private taken: number;

  /** @param first number of the first batch, so that a resumed run goes on where it was */
  constructor(order: BatchOrder, first: number, workers: number) {
    this.ordered = this.taken = first;
    this.workers = Array.from({ length: workers }, () => {
      const worker = new Worker(BOOTSTRAP, { eval: true, workerData: order });
      worker.on('message', ({ index, ...batch }: Batch & { index: number }) => {
        this.ready.set(index, batch);
        this.wake?.();
      });
      worker.on('error', (error) => {
        this.failure = error as Error;
        this.wake?.();
      });
      return worker;
    });
    for (let batch = 0; batch < AHEAD * workers; batch++) this.order();
  }

  private order(): void {
    this.workers[this.ordered % this.workers.length]?.postMessage(this.ordered);
    this.ordered++;
  }

  /** The next batch, in order. @throws what a worker failed with */
  async next(): Promise<Batch> {
    for (;;) {
      if (this.failure !== undefined) throw this.failure;
      const batch = this.ready.get(this.taken);
      if (batch !== undefined) {
        this.ready.delete(this.taken);
        this.taken++;
        this.order();
        return batch;
      }
      await new Promise<void>((resolve) => (this.wake = resolve));
      this.wake = undefined;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }
}
