import { proxy, transfer, wrap, type Remote } from 'comlink';
import type { ActivationMap } from '../detector/activation-map.ts';
import { parseManifest, type ModelManifest } from '../detector/manifest.ts';
import type { Reason } from '../verdict/index.ts';
import { assetUrls } from './assets.ts';
import { DraftRecord, unanswered } from './draft-record.ts';
import { reasonOf } from './failure.ts';
import type { LiveFacts, LiveUpdate } from './live-types.ts';
import type { TrainingOptions, TrainingTrack } from './training-crops.ts';
import type { AnalysisEvent, AnalysisOptions, AnalysisResult, EvidenceCrop } from './types.ts';
import { lifeOf, type Lifetime } from '../workers/lifetime.ts';
import { Watchdog } from '../workers/watchdog.ts';
import { STALL_MS, StalledError, unlessStalled } from './stall.ts';
import type { AnalysisWorkerApi } from './worker.ts';

interface Connection {
  worker: Worker;
  api: Remote<AnalysisWorkerApi>;
  life: Lifetime;
  /** Questions under way. */
  asked: number;
  /** Something in it is dead or stands still: it takes no more of them, and goes with the last. */
  broken: boolean;
}

/** The worker was ended on purpose. */
class EndedError extends Error {
  override readonly name = 'EndedError';
  readonly code = 'cancelled';
}

/** Milliseconds between questions whether the worker still answers. */
const PULSE = 1000;

/** Reasons that lie in the worker, not in the file. */
const BROKEN: readonly Reason[] = ['out_of_memory', 'stalled', 'internal_error'];

/** The page's side of the analysis worker: started lazily, kept warm, ended to cancel. */
export class AnalysisClient {
  readonly #base: string;
  /** One at most is not broken: it gets the next question. */
  readonly #connections = new Set<Connection>();

  /** @param options.base absolute URL of the app's root, with a trailing slash */
  constructor(options: { base?: string } = {}) {
    this.#base = options.base ?? new URL('./', document.baseURI).href;
  }

  /** Starts the worker and loads everything while the person is still choosing a file. Failures show when a file comes. */
  warmUp(): void {
    this.#connect()
      .api.warmUp()
      .catch(() => undefined);
  }

  /** The shipped model's manifest, or null when none is shipped. @throws DetectorError when it is not valid, Error when it does not come */
  async model(): Promise<ModelManifest | null> {
    const response = await fetch(new URL('manifest.json', assetUrls(this.#base).model));
    // A host with a fallback page answers an unknown path with HTML.
    if (!response.ok && response.status !== 404)
      throw new Error(`manifest.json: HTTP status ${response.status}`);
    if (response.status === 404 || !(response.headers.get('Content-Type') ?? '').includes('json'))
      return null;
    return parseManifest(await response.json());
  }

  /**
   * Yields what happens and returns the result. An abort, or `dispose`, ends the worker, which frees its memory at once, and
   * returns *cannot tell: cancelled*. A worker that dies, or answers no more, returns *cannot tell* with what its last error says.
   * A verdict that was known by then stands, without the file's hash.
   */
  async *analyze(
    file: File,
    options: AnalysisOptions,
    signal: AbortSignal,
  ): AsyncGenerator<AnalysisEvent, AnalysisResult, void> {
    const started = performance.now();
    const draft = new DraftRecord(file, options);
    const events: AnalysisEvent[] = [];
    let wake = (): void => undefined;
    let result: AnalysisResult | undefined;
    let judged: AnalysisResult | undefined;
    let left = false;

    const answer = (reason: Reason): AnalysisResult =>
      judged ?? unanswered(draft, reason, (performance.now() - started) / 1000);
    let connection: Connection | undefined;
    const onAbort = (): void => {
      if (connection !== undefined) this.#end(connection);
      result ??= answer('cancelled');
      wake();
    };
    // Cancelled before it began: the worker has no part in it.
    if (signal.aborted) result = answer('cancelled');
    else {
      signal.addEventListener('abort', onAbort, { once: true });
      const emit = proxy(async (event: AnalysisEvent) => {
        draft.note(event);
        if (event.type === 'judged') judged = event.result;
        events.push(event);
        wake();
      });
      connection = this.#connect();
      this.#askAt(
        connection,
        (api) => api.analyze(file, options, emit),
        ({ record }) => record.verdict.reasons,
      ).then(
        (value) => {
          result ??= value;
          wake();
        },
        (error: unknown) => {
          if (result !== undefined || left) return; // over by then
          const ended = error instanceof EndedError;
          if (!ended) console.error(error);
          if (error instanceof StalledError) draft.note({ type: 'fallback', message: error.message });
          result = answer(ended ? 'cancelled' : reasonOf(error));
          wake();
        },
      );
    }
    try {
      for (;;) {
        const event = events.shift();
        if (event !== undefined) yield event;
        else if (result !== undefined) return result;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      // Left before the end, by `break` or an error in the page: nobody waits for the worker any more.
      left = true;
      if (result === undefined && connection !== undefined) this.#end(connection);
    }
  }

  /**
   * Where in a crop the network reacted, computed anew. @throws Error with the code of a DetectorError, or `input_invalid`
   * when the crop was judged by another detector
   */
  activationMap(crop: EvidenceCrop): Promise<ActivationMap> {
    return this.#ask((api) => api.activationMap(crop));
  }

  /** Crops for training, cut exactly as use cuts them. Files are videos, or all of them stills. */
  extractForTraining(files: File[], options: TrainingOptions): Promise<TrainingTrack[]> {
    return this.#ask((api) => api.extractForTraining(files, options));
  }

  /** Loads what live mode needs; see `live-session.ts`. @throws Error whose `reasonOf` says why not */
  openLive(): Promise<LiveFacts> {
    return this.#ask((api) => api.openLive());
  }

  /** Looks at one picture of a stream, which goes over to the worker. @param time seconds since the start */
  lookLive(picture: VideoFrame | ImageBitmap, time: number): Promise<LiveUpdate> {
    return this.#ask((api) => api.lookLive(transfer(picture, [picture]), time));
  }

  /** Ends the worker and frees its memory. The next call starts a new one. */
  dispose(): void {
    for (const connection of this.#connections) this.#end(connection);
  }

  #end(connection: Connection): void {
    this.#connections.delete(connection);
    connection.worker.terminate();
    connection.life.end(new EndedError('the analysis worker was ended'));
  }

  #ask<T>(work: (api: Remote<AnalysisWorkerApi>) => Promise<T>): Promise<T> {
    return this.#askAt(this.#connect(), work, () => []);
  }

  /**
   * Asks the worker for something, for as long as it lives and its thread gets on. What fails inside may leave a helper
   * dead or standing still: the next question then goes to a new worker, and their memory is free. A question that is under
   * way is not ended for that; it may need nothing of what has failed.
   * @param reasonsIn what failed, as an answer says it
   */
  async #askAt<T>(
    connection: Connection,
    work: (api: Remote<AnalysisWorkerApi>) => Promise<T>,
    reasonsIn: (answer: T) => readonly Reason[],
  ): Promise<T> {
    const { api, life } = connection;
    connection.asked++;
    const watchdog = new Watchdog(STALL_MS);
    const pulse = setInterval(() => void api.ping().then(watchdog.alive), PULSE);
    try {
      const answer = await unlessStalled('search', watchdog, life.during(work(api)));
      connection.broken ||= reasonsIn(answer).some((reason) => BROKEN.includes(reason));
      return answer;
    } catch (error) {
      connection.broken ||= BROKEN.includes(reasonOf(error));
      throw error;
    } finally {
      clearInterval(pulse);
      connection.asked--;
      if (connection.broken && connection.asked === 0) this.#end(connection);
    }
  }

  #connect(): Connection {
    for (const connection of this.#connections) if (!connection.broken) return connection;
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'analysis' });
    const life = lifeOf(worker, () => this.#end(connection));
    const api = wrap<AnalysisWorkerApi>(worker);
    void api.open(this.#base);
    const connection: Connection = { worker, api, life, asked: 0, broken: false };
    this.#connections.add(connection);
    return connection;
  }
}
