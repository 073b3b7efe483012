import {
  AnalysisClient,
  type AnalysisEvent,
  type AnalysisResult,
  type EvidenceCrop,
  type Stage,
} from '../analysis/index.ts';

/** One file on its way: waiting, being checked, or done. */
export class Job {
  readonly id = crypto.randomUUID();
  state = $state<'waiting' | 'running' | 'done'>('waiting');
  progress = $state<Partial<Record<Stage, { done: number; total: number }>>>({});
  faces = $state({ framesSearched: 0, framesWithFace: 0, tracks: 0 });
  media = $state<string | null>(null);
  runtime = $state<string | null>(null);
  startedAt = $state(0);
  result = $state.raw<AnalysisResult | null>(null);
  crops = $state.raw<EvidenceCrop[]>([]);
  readonly abort = new AbortController();

  constructor(readonly file: File) {}

  /** Takes in what the worker says. */
  note(event: AnalysisEvent): void {
    switch (event.type) {
      case 'progress':
        this.progress[event.stage] = { done: event.done, total: event.total };
        break;
      case 'media': {
        const { width, height, codec } = event.info;
        this.media = `${width} × ${height}, ${codec}, ${event.decoder}`;
        break;
      }
      case 'runtime':
        this.runtime = `${event.backend} × ${event.threads}`;
        break;
      case 'faces':
        this.faces = event;
        break;
      case 'evidence':
        this.crops = event.crops;
        break;
      case 'fallback':
        break; // kept in the record, shown with the result
    }
  }
}

/** The files of this visit, checked one after the other by one worker. */
export class Jobs {
  list = $state<Job[]>([]);
  /** The file that the page shows. */
  shown = $state<Job | null>(null);
  readonly client = new AnalysisClient();
  #working = false;

  get waiting(): number {
    return this.list.filter((job) => job.state === 'waiting').length;
  }

  get busy(): boolean {
    return this.list.some((job) => job.state !== 'done');
  }

  add(files: Iterable<File>): void {
    const added = [...files].map((file) => new Job(file));
    if (added.length === 0) return;
    this.list.push(...added);
    this.shown = this.list[this.list.length - added.length]!;
    void this.#work();
  }

  /** Leaves the result and goes back to the start; files that still wait go on. */
  home(): void {
    this.shown = null;
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    try {
      for (let job = this.#next(); job !== undefined; job = this.#next()) await this.#run(job);
    } finally {
      this.#working = false;
    }
  }

  #next(): Job | undefined {
    return this.list.find((job) => job.state === 'waiting');
  }

  async #run(job: Job): Promise<void> {
    job.state = 'running';
    job.startedAt = performance.now();
    const run = this.client.analyze(job.file, {}, job.abort.signal);
    for (;;) {
      const step = await run.next();
      if (step.done) {
        job.result = step.value;
        job.state = 'done';
        return;
      }
      job.note(step.value);
    }
  }
}
