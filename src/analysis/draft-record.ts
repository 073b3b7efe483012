import type { DetectorFacts } from '../detector/index.ts';
import {
  cannotTell,
  MAX_TIME,
  parseRecord,
  type Reason,
  type TrackRecord,
  type Verdict,
  type VerdictRecord,
} from '../verdict/index.ts';
import type { Extraction } from './extract.ts';
import { operatingPointsOf } from './operating-points.ts';
import { DEFAULT_SAMPLING } from './sampling.ts';
import type { AnalysisEvent, AnalysisOptions, AnalysisResult } from './types.ts';

/** The app's version, from package.json at build time. */
declare const __APP_VERSION__: string;
/** SHA-256 of the sources that this was built from; null where they may change while it runs. */
declare const __APP_SHA256__: string | null;

/** Seconds, to the millisecond. */
const rounded = (seconds: number): number => Math.round(1000 * seconds) / 1000;

/** Seconds that a record can hold, of a part that may be said to end at Infinity. */
const bounded = (seconds: number): number => Math.max(-MAX_TIME, Math.min(seconds, MAX_TIME));

/** Collects what is known while the walk goes on, so that a walk that ends early still leaves a true record. */
export class DraftRecord {
  readonly #record: VerdictRecord;

  constructor(file: Blob, { region = 'full', part, everyFrame }: AnalysisOptions) {
    this.#record = {
      format: 'clearframe-verdict',
      version: 1,
      createdAt: new Date().toISOString(),
      app: { version: __APP_VERSION__, ...(__APP_SHA256__ !== null && { sha256: __APP_SHA256__ }) },
      file: { sha256: null, bytes: file.size },
      media: null,
      model: null,
      runtime: { backend: null, threads: null, kernels: null, decoder: null, fallbacks: [] },
      sampling: {
        ...DEFAULT_SAMPLING,
        region,
        ...(part !== undefined && { part: { start: bounded(part.start), end: bounded(part.end) } }),
        ...(everyFrame === true && { everyFrame }),
        framesDecoded: 0,
        framesWithFace: 0,
      },
      tracks: [],
      verdict: cannotTell('internal_error'),
    };
  }

  /** Keeps what events say of the file and of what was given up. */
  note(event: AnalysisEvent): void {
    if (event.type === 'fallback') this.#record.runtime.fallbacks.push(event.message);
    if (event.type === 'media') {
      this.#record.media = { ...event.info };
      this.#record.runtime.decoder = event.decoder;
    }
  }

  /** What is going to judge, and at which moments if nothing else is said. */
  setDetector({ manifest, modelSha256, runtime }: DetectorFacts): void {
    this.#record.model = {
      name: manifest.name,
      version: manifest.version,
      sha256: modelSha256,
      operatingPoints: operatingPointsOf(manifest),
    };
    this.setRuntime(runtime);
    Object.assign(this.#record.sampling, manifest.sampling);
  }

  /** What it runs on, which may change on the way. */
  setRuntime(runtime: DetectorFacts['runtime']): void {
    const { backend, threads, kernels = null } = runtime;
    Object.assign(this.#record.runtime, { backend, threads, kernels });
  }

  setExtraction(extraction: Extraction): void {
    const { decoder, sampling, runs, framesDecoded, framesWithFace, framesDamaged } = extraction;
    this.#record.runtime.decoder = decoder;
    Object.assign(this.#record.sampling, {
      ...sampling,
      // One run is the whole of the video, or of the part of it that was asked for, unless the file is cut off.
      ...((runs.length > 1 || extraction.info.endsAt !== undefined) && {
        runs: runs.map(({ start, end }) => ({ start: rounded(start), end: rounded(end) })),
      }),
      ...(extraction.turn !== 0 && { turned: extraction.turn }),
      framesDecoded,
      framesWithFace,
      ...(framesDamaged !== undefined && { framesDamaged }),
    });
  }

  setHash(sha256: string | null): void {
    this.#record.file.sha256 = sha256;
  }

  setVerdict(verdict: Verdict, tracks: TrackRecord[]): void {
    this.#record.verdict = verdict;
    this.#record.tracks = tracks;
  }

  /** What comes of it can be kept, opened and sent: a record that `parseRecord` would refuse is *cannot tell*, and says by which field. */
  finish(): VerdictRecord {
    try {
      parseRecord(this.#record);
    } catch (error) {
      this.#leaveOutFindings(error);
    }
    return this.#record;
  }

  /** Everything that a file or the person who asks can put numbers into. */
  #leaveOutFindings(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#record.runtime.fallbacks.push(`record: ${message}`);
    this.#record.media = null;
    delete this.#record.sampling.part;
    delete this.#record.sampling.runs;
    this.setVerdict(cannotTell('internal_error'), []);
  }
}

/** The result of an analysis that ended from outside: what is known so far, and why there is no verdict. */
export function unanswered(draft: DraftRecord, reason: Reason, seconds: number): AnalysisResult {
  draft.setVerdict(cannotTell(reason), []);
  return {
    record: draft.finish(),
    timings: { load: 0, hash: 0, decode: 0, faces: 0, score: 0, verdict: seconds, total: seconds },
  };
}
