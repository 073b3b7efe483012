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
import type { AnalysisWorkerApi } from './worker.ts';

interface Connection {
  worker: Worker;
  api: Remote<AnalysisWorkerApi>;
  /** Rejects when the worker dies. */
  died: Promise<never>;
}

/** The page's side of the analysis worker: started lazily, kept warm, ended to cancel. */
export class AnalysisClient {
  readonly #base: string;
  #connection: Connection | undefined;

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

  /** The shipped model's manifest, or null when none is shipped. @throws DetectorError when it is not valid */
  async model(): Promise<ModelManifest | null> {
    const response = await fetch(new URL('manifest.json', assetUrls(this.#base).model));
    // A host with a fallback page answers an unknown path with HTML.
    if (!response.ok || !(response.headers.get('Content-Type') ?? '').includes('json')) return null;
    return parseManifest(await response.json());
  }

  /**
   * Yields what happens and returns the result. An abort ends the worker, which frees its memory at once, and returns
   * *cannot tell: cancelled*. A worker that dies returns *cannot tell* with what its last error says. A verdict that was
   * known by then stands, without the file's hash.
   */
  async *analyze(
    file: File,
    options: AnalysisOptions,
    signal: AbortSignal,
  ): AsyncGenerator<AnalysisEvent, AnalysisResult, void> {
    const started = performance.now();
    const draft = new DraftRecord(file, options.region ?? 'full');
    const events: AnalysisEvent[] = [];
    let wake = (): void => undefined;
    let result: AnalysisResult | undefined;
    let judged: AnalysisResult | undefined;

    const end = (reason: Reason): void => {
      this.dispose();
      result ??= judged ?? unanswered(draft, reason, (performance.now() - started) / 1000);
      wake();
    };
    const onAbort = (): void => end('cancelled');
    if (signal.aborted) onAbort();
    else {
      signal.addEventListener('abort', onAbort, { once: true });
      const { api, died } = this.#connect();
      const emit = proxy(async (event: AnalysisEvent) => {
        draft.note(event);
        if (event.type === 'judged') judged = event.result;
        events.push(event);
        wake();
      });
      Promise.race([api.analyze(file, options, emit), died]).then(
        (value) => {
          result ??= value;
          wake();
        },
        (error: unknown) => {
          console.error(error);
          end(reasonOf(error));
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
      if (result === undefined) this.dispose();
    }
  }

  /**
   * Where in a crop the network reacted, computed anew. @throws Error with the code of a DetectorError, or `input_invalid`
   * when the crop was judged by another detector
   */
  activationMap(crop: EvidenceCrop): Promise<ActivationMap> {
    const { api, died } = this.#connect();
    return Promise.race([api.activationMap(crop), died]);
  }

  /** Crops for training, cut exactly as use cuts them. Files are videos, or all of them stills. */
  extractForTraining(files: File[], options: TrainingOptions): Promise<TrainingTrack[]> {
    return this.#connect().api.extractForTraining(files, options);
  }

  /** Loads what live mode needs; see `live-session.ts`. @throws Error whose `reasonOf` says why not */
  openLive(): Promise<LiveFacts> {
    const { api, died } = this.#connect();
    return Promise.race([api.openLive(), died]);
  }

  /** Looks at one picture of a stream, which goes over to the worker. @param time seconds since the start */
  lookLive(picture: VideoFrame | ImageBitmap, time: number): Promise<LiveUpdate> {
    const { api, died } = this.#connect();
    return Promise.race([api.lookLive(transfer(picture, [picture]), time), died]);
  }

  /** Ends the worker and frees its memory. The next call starts a new one. */
  dispose(): void {
    this.#connection?.worker.terminate();
    this.#connection = undefined;
  }

  #connect(): Connection {
    if (this.#connection !== undefined) return this.#connection;
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'analysis' });
    const died = new Promise<never>((_, reject) => {
      worker.addEventListener('error', (event) => {
        if (this.#connection?.worker === worker) this.dispose();
        reject(new Error(event.message));
      });
    });
    died.catch(() => undefined);
    const api = wrap<AnalysisWorkerApi>(worker);
    void api.open(this.#base);
    this.#connection = { worker, api, died };
    return this.#connection;
  }
}
