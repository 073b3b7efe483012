import type {
  AnalysisEvent,
  AnalysisOptions,
  AnalysisResult,
  EvidenceCrop,
  Stage,
} from '../analysis/index.ts';
import type { Credentials } from '../provenance/index.ts';
import { isSameLook } from '../share/index.ts';
import { SAYS_NOTHING, WORTH_ANOTHER_TRY } from '../verdict/index.ts';
import type { KeptJob } from './kept-results.ts';
import { traffic, type Totals } from './traffic.svelte.ts';

/** `interrupted`: the page was left before the file was checked, and only the person can hand the file over again. */
export type JobState = 'waiting' | 'running' | 'done' | 'interrupted';

/** What of a file is looked at: all of it, where nothing is said. */
export type Scope = Pick<AnalysisOptions, 'region' | 'part' | 'everyFrame'>;

/** A file as the queue takes it in; `name` may hold the folders that it came in. */
export interface NamedFile {
  name: string;
  file: File;
  scope?: Scope;
}

type EventOf<Type extends AnalysisEvent['type']> = Extract<AnalysisEvent, { type: Type }>;

/** One file on its way. */
export class Job {
  readonly id: string = crypto.randomUUID();
  readonly name: string;
  readonly bytes: number;
  readonly lastModified: number;
  /** Place in the queue. */
  readonly order: number;
  readonly scope: Scope;
  /** The video; null after a reload, until the person adds it again. */
  file = $state.raw<File | null>(null);
  state = $state<JobState>('waiting');
  progress = $state<Partial<Record<Stage, { done: number; total: number }>>>({});
  faces = $state({ framesSearched: 0, framesWithFace: 0, tracks: 0 });
  media = $state.raw<EventOf<'media'> | null>(null);
  runtime = $state.raw<EventOf<'runtime'> | null>(null);
  startedAt = $state(0);
  /** When the worker last said something, in milliseconds like `startedAt`. */
  heardAt = $state(0);
  result = $state.raw<AnalysisResult | null>(null);
  /** Here while the result is shown; otherwise they may lie in the storage only. */
  crops = $state.raw<EvidenceCrop[]>([]);
  /** What the file says about its own origin; null until somebody has looked at the result. */
  credentials = $state.raw<Credentials | null>(null);
  /** The result and its crops are in the storage. */
  stored = false;
  /** What had been sent when the file was chosen; see Sent.svelte. */
  sentBefore = $state.raw<Totals | null>(null);
  abort = new AbortController();

  constructor(from: (NamedFile & { order: number }) | KeptJob) {
    this.name = from.name;
    this.order = from.order;
    this.scope = from.scope ?? {};
    if ('file' in from) {
      this.bytes = from.file.size;
      this.lastModified = from.file.lastModified;
      this.file = from.file;
      this.sentBefore = traffic.totals;
    } else {
      this.id = from.id;
      this.bytes = from.bytes;
      this.lastModified = from.lastModified;
      this.result = from.result;
      this.credentials = from.credentials ?? null;
      this.stored = from.result !== null;
      this.state = from.result === null ? 'interrupted' : 'done';
    }
  }

  get cancelled(): boolean {
    return this.result?.record.verdict.reasons.includes('cancelled') ?? false;
  }

  get canRetry(): boolean {
    if (this.state !== 'done' || this.file === null || this.result === null) return false;
    const { verdict, file } = this.result.record;
    const failed = verdict.reasons.some((one) => SAYS_NOTHING.includes(one));
    // Judged, and ended before its fingerprint was computed.
    if (!failed) return file.sha256 === null;
    return verdict.reasons.some((one) => WORTH_ANOTHER_TRY.includes(one));
  }

  /** It needs a file from the person again: what there was is not there any more. */
  get wantsFile(): boolean {
    const reasons = this.result?.record.verdict.reasons ?? [];
    return this.state === 'interrupted' || (this.state === 'done' && reasons.includes('file_unreadable'));
  }

  /** Whether it is this file, as far as a name, a size and a date can tell. */
  isFile({ name, file }: NamedFile): boolean {
    return this.name === name && this.bytes === file.size && this.lastModified === file.lastModified;
  }

  /** Whether it is this file, looked at in the same way. */
  isOf(one: NamedFile): boolean {
    return this.isFile(one) && isSameLook(this.scope, one.scope ?? {});
  }

  /** The video is at hand from now on. */
  have(file: File): void {
    this.file = file;
    this.sentBefore = traffic.totals;
  }

  /** Waits for its turn, as if it had just been added. */
  reset(file: File): void {
    this.have(file);
    this.state = 'waiting';
    this.progress = {};
    this.faces = { framesSearched: 0, framesWithFace: 0, tracks: 0 };
    this.media = this.runtime = this.result = null;
    this.crops = [];
    this.credentials = null;
    this.stored = false;
    this.abort = new AbortController();
  }

  /** Takes in what the worker says. */
  note(event: AnalysisEvent): void {
    this.heardAt = performance.now();
    switch (event.type) {
      case 'progress':
        this.progress[event.stage] = { done: event.done, total: event.total };
        break;
      case 'media':
        this.media = event;
        break;
      case 'runtime':
        this.runtime = event;
        break;
      case 'faces':
        this.faces = event;
        break;
      case 'evidence':
        this.crops = event.crops;
        break;
      case 'judged':
        this.result = event.result; // shown while the file's hash is still being computed
        break;
      case 'fallback':
        break; // kept in the record, shown with the result
    }
  }
}
