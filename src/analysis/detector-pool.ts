import { proxy, wrap, type Remote } from 'comlink';
import type {
  ActivationMap,
  Detector,
  DetectorFacts,
  DetectorOptions,
  JudgedIn,
  OnBytes,
} from '../detector/index.ts';
import { lifeOf, type Lifetime } from '../workers/lifetime.ts';
import { Watchdog } from '../workers/watchdog.ts';
import type { DetectorWorkerApi } from './detector-worker.ts';
import { STALL_MS, StalledError, unlessStalled, type StalledStage } from './stall.ts';

/** More threads only heat a machine whose faces stage, on one thread, cannot feed them. */
const MAX_THREADS = 3;

export interface PoolOptions extends DetectorOptions {
  threads?: number;
}

interface Member {
  api: Remote<DetectorWorkerApi>;
  worker: Worker;
  life: Lifetime;
  /** It has to get on while it is busy. */
  watchdog: Watchdog;
  /** Calls under way. */
  busy: number;
  /** Called when there are none any more. */
  idle: () => void;
}

/**
 * The detector in workers of its own: faces are judged while the next frames are still being decoded and searched. One
 * worker on a GPU; on WebAssembly as many as the machine has cores to spare, three at most, each with the whole network. A GPU that is
 * lost on the way, or answers no more, is replaced by WebAssembly, and what it had not answered is computed again.
 */
export class DetectorPool implements Detector {
  /** What the GPU was lost by. */
  #loss: { error: unknown } | undefined;
  #replacing: Promise<void> | undefined;

  private constructor(
    private facts: DetectorFacts,
    private members: Member[],
    private readonly options: PoolOptions,
  ) {}

  /**
   * @param options.threads workers on WebAssembly; chosen by the machine's cores when absent
   * @param onBytes is told of what the first worker loads
   * @throws StalledError; Error with the code of a DetectorError: `model_missing`, `model_integrity_failed`, `model_invalid`,
   *   `backend_unavailable`
   */
  static async open(options: PoolOptions, onBytes: OnBytes = () => undefined): Promise<DetectorPool> {
    let [came, wanted] = [0, 0];
    const told: OnBytes = (read, expected) => {
      came += read;
      wanted += expected;
      onBytes(read, expected);
    };
    try {
      return await DetectorPool.#open(options, told);
    } catch (error) {
      // With everything there, what stands still is the GPU, if there is one.
      const loss = isLoss(error) || (error instanceof StalledError && wanted > 0 && came >= wanted);
      if (!loss || options.prefer !== undefined) throw error;
      return DetectorPool.#openWithoutGpu(options, [], error);
    }
  }

  /** @param rejected what was given up before the GPU */
  static async #openWithoutGpu(
    options: PoolOptions,
    rejected: DetectorFacts['runtime']['rejected'],
    loss: unknown,
  ): Promise<DetectorPool> {
    const pool = await DetectorPool.#open({ ...options, prefer: 'wasm' }, () => undefined);
    pool.runtime.rejected.unshift(...rejected, {
      backend: 'webgpu',
      reason: loss instanceof Error ? loss.message : String(loss),
    });
    return pool;
  }

  static async #open(options: PoolOptions, onBytes: OnBytes): Promise<DetectorPool> {
    const { threads, ...detector } = options;
    const first = start();
    try {
      const facts = await openMember(first, detector, onBytes);
      const pool = new DetectorPool(facts, [first], options);
      if (facts.runtime.backend === 'wasm')
        await pool.#grow({ ...detector, prefer: 'wasm' }, threads ?? spareCores());
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
    return this.#call(
      (members) => members.reduce((best, member) => (member.busy < best.busy ? member : best)),
      (api) => api.features([...crops]),
    );
  }

  async logits(features: Float32Array, faceSize: number): Promise<Float32Array> {
    return this.#call(firstOf, (api) => api.logits(features, faceSize));
  }

  async activationMap(crop: Uint8Array, judged: JudgedIn): Promise<ActivationMap> {
    return this.#call(firstOf, (api) => api.activationMap(crop, judged));
  }

  dispose(): void {
    for (const { worker } of this.members) worker.terminate();
  }

  async #call<T>(
    choose: (members: Member[]) => Member,
    work: (api: Remote<DetectorWorkerApi>) => Promise<T>,
  ): Promise<T> {
    await this.#replaceLost();
    const member = choose(this.members);
    try {
      return await call('judge', member, () => work(member.api));
    } catch (error) {
      const loss = isLoss(error) || (error instanceof StalledError && this.runtime.backend === 'webgpu');
      // Whoever insists on the GPU wants no other answer.
      if (loss && this.options.prefer === undefined) this.#loss ??= { error };
      await this.#replaceLost();
      if (this.members.includes(member)) throw error;
      return this.#call(choose, work);
    }
  }

  /** Once for good, if it is lost; where that fails, for lack of a file for instance, the next call tries again. */
  async #replaceLost(): Promise<void> {
    if (this.#loss === undefined) return;
    this.#replacing ??= this.#replaceGpu(this.#loss.error).catch((error: unknown) => {
      this.#replacing = undefined;
      throw error;
    });
    await this.#replacing;
  }

  async #replaceGpu(loss: unknown): Promise<void> {
    this.dispose();
    const pool = await DetectorPool.#openWithoutGpu(this.options, this.runtime.rejected, loss);
    this.facts = pool.facts;
    this.members = pool.members;
  }

  /**
   * Further workers are worth having, not needed: one that does not start is left out. All compute alike, also where one
   * would now be lent the GPU that the first was not.
   */
  async #grow(options: DetectorOptions, wanted: number): Promise<void> {
    const more = Array.from({ length: Math.max(0, wanted - 1) }, start);
    await Promise.all(
      more.map(async (member) => {
        try {
          await openMember(member, options, () => undefined);
          this.members.push(member);
        } catch {
          member.worker.terminate();
        }
      }),
    );
  }
}

const firstOf = ([first]: Member[]): Member => first!;

function isLoss(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'backend_lost';
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
  return {
    api: wrap<DetectorWorkerApi>(worker),
    worker,
    life: lifeOf(worker),
    watchdog: new Watchdog(STALL_MS),
    busy: 0,
    idle: () => undefined,
  };
}

function openMember(member: Member, options: DetectorOptions, onBytes: OnBytes): Promise<DetectorFacts> {
  const told = proxy(async (read: number, expected: number) => {
    member.watchdog.alive();
    onBytes(read, expected);
  });
  return call('load', member, () => member.api.open(options, told));
}

async function call<T>(stage: StalledStage, member: Member, work: () => Promise<T>): Promise<T> {
  if (member.busy++ === 0) {
    const idle = new Promise<void>((resolve) => (member.idle = resolve));
    unlessStalled(stage, member.watchdog, idle).catch((error: unknown) => member.life.end(error));
  }
  try {
    return await member.life.during(work());
  } finally {
    member.watchdog.alive();
    if (--member.busy === 0) member.idle();
  }
}
