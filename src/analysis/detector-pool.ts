import { wrap, type Remote } from 'comlink';
import type { ActivationMap, Detector, DetectorFacts, DetectorOptions } from '../detector/index.ts';
import type { DetectorWorkerApi } from './detector-worker.ts';

/** More threads only heat a machine whose faces stage, on one thread, cannot feed them. */
const MAX_THREADS = 3;

export interface PoolOptions extends DetectorOptions {
  threads?: number;
}

interface Member {
  api: Remote<DetectorWorkerApi>;
  worker: Worker;
  /** Rejects when the worker dies. */
  died: Promise<never>;
  /** Calls under way. */
  busy: number;
}

/**
 * The detector in workers of its own: faces are judged while the next frames are still being decoded and searched. One
 * worker on a GPU; on WebAssembly as many as the machine has cores to spare, each with the whole network.
 */
export class DetectorPool implements Detector {
  private constructor(
    private readonly facts: DetectorFacts,
    private readonly members: Member[],
  ) {}

  /**
   * @param options.threads workers on WebAssembly; chosen by the machine's cores when absent
   * @throws Error with the code of a DetectorError: `model_missing`, `model_integrity_failed`, `model_invalid`, `backend_unavailable`
   */
  static async open({ threads, ...options }: PoolOptions): Promise<DetectorPool> {
    const first = start();
    try {
      const facts = await openMember(first, options);
      const pool = new DetectorPool(facts, [first]);
      if (facts.runtime.backend === 'wasm') await pool.#grow(options, threads ?? spareCores());
      facts.runtime.threads = pool.members.length;
      return pool;
    } catch (error) {
      first.worker.terminate();
      throw error;
    }
  }

  get manifest(): DetectorFacts['manifest'] {
    return this.facts.manifest;
  }

  get modelSha256(): string {
    return this.facts.modelSha256;
  }

  get runtime(): DetectorFacts['runtime'] {
    return this.facts.runtime;
  }

  async features(crops: readonly Uint8Array[]): Promise<Float32Array> {
    const idlest = this.members.reduce((best, member) => (member.busy < best.busy ? member : best));
    return call(idlest, () => idlest.api.features([...crops]));
  }

  async logits(features: Float32Array): Promise<Float32Array> {
    const [first] = this.members;
    return call(first!, () => first!.api.logits(features));
  }

  async activationMap(crop: Uint8Array, sequence: Float32Array, step: number): Promise<ActivationMap> {
    const [first] = this.members;
    return call(first!, () => first!.api.activationMap(crop, sequence, step));
  }

  dispose(): void {
    for (const { worker } of this.members) worker.terminate();
  }

  /** Further workers are worth having, not needed: one that does not start is left out. */
  async #grow(options: DetectorOptions, wanted: number): Promise<void> {
    const more = Array.from({ length: Math.max(0, wanted - 1) }, start);
    await Promise.all(
      more.map(async (member) => {
        try {
          await openMember(member, options);
          this.members.push(member);
        } catch {
          member.worker.terminate();
        }
      }),
    );
  }
}

/** The faces stage keeps one core busy; decoding runs beside it. */
function spareCores(): number {
  return Math.min(MAX_THREADS, Math.max(1, navigator.hardwareConcurrency - 1));
}

function start(): Member {
  const worker = new Worker(new URL('./detector-worker.ts', import.meta.url), {
    type: 'module',
    name: 'detector',
  });
  const died = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => reject(new Error(event.message)));
  });
  died.catch(() => undefined);
  return { api: wrap<DetectorWorkerApi>(worker), worker, died, busy: 0 };
}

function openMember(member: Member, options: DetectorOptions): Promise<DetectorFacts> {
  return call(member, () => member.api.open(options));
}

async function call<T>(member: Member, work: () => Promise<T>): Promise<T> {
  member.busy++;
  try {
    return await Promise.race([work(), member.died]);
  } finally {
    member.busy--;
  }
}
