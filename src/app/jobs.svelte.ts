import { SvelteSet } from 'svelte/reactivity';
import { AnalysisClient, DraftRecord, unanswered, type AnalysisResult } from '../analysis/index.ts';
import type { Credentials } from '../provenance/index.ts';
import { forgetShared } from '../pwa/index.ts';
import { Job, type NamedFile, type Scope } from './job.svelte.ts';
import { keepsNothing, KeptResults, type KeptJob } from './kept-results.ts';
import { OpenVisits } from './open-visits.ts';

/** What became of what was to be deleted; `nothing-kept`: the browser lets the page keep nothing, so there was nothing. */
type Deletion = 'done' | 'failed' | 'nothing-kept';

/**
 * The files of this visit, checked one after the other by one worker. They and their results survive a reload. Results
 * of earlier visits stay on the device too, but come into view only when somebody asks: the next person at this
 * device need not see what was checked.
 */
export class Jobs {
  list = $state<Job[]>([]);
  /** No next file is started; the one being checked goes on to its end. */
  paused = $state(false);
  /** Files of earlier visits that are not in the list: with their results, or with none, where the visit ended before. */
  earlier = $state(0);
  /** Whether all that is in the list survives a reload. */
  kept = $state(true);
  /** What became of everything that was to be deleted, or of one entry that could not be; null once something has come since. */
  deletion = $state<Deletion | null>(null);
  readonly client = new AnalysisClient();
  readonly #store = new KeptResults();
  #visit = visitId();
  readonly #open = new OpenVisits(
    () => this.#visit,
    () => void this.#deletedElsewhere(),
  );
  /** Files whose place or result could not be kept so far. */
  readonly #unkept = new SvelteSet<Job>();
  #working = false;
  #order = 0;
  #restored = false;
  /** Everything that was kept before: what was read by then is not there any more. */
  #deleted = false;
  /** Ends when everything has been deleted, or could not be. */
  #deleting: Promise<void> | undefined;
  #shown = $state<Job | null>(null);

  /** The file that the page shows. */
  get shown(): Job | null {
    return this.#shown;
  }

  set shown(job: Job | null) {
    const before = this.#shown;
    this.#shown = job;
    if (before !== null) this.#letGoOfCrops(before);
    if (job?.stored) void this.#fetchCrops(job);
  }

  get waiting(): number {
    return this.list.filter((job) => job.state === 'waiting').length;
  }

  /** Files that were checked; a check that was cancelled is none. */
  get done(): number {
    return this.list.filter((job) => job.state === 'done' && !job.cancelled).length;
  }

  get busy(): boolean {
    return this.list.some((job) => job.state === 'running' || (job.state === 'waiting' && !this.paused));
  }

  /** Brings back what this visit held before a reload, and what it showed. */
  async restore(shown: string | null): Promise<void> {
    if (this.#restored) return;
    this.#restored = true;
    const asked = this.#open.others();
    const all = await this.#keep(() => this.#store.all());
    if (all !== undefined) this.#order = Math.max(this.#order, ...all.map(({ order }) => order + 1));
    const open = await asked;
    // This tab is a copy of one that is open beside it, and has the name of its visit with it.
    if (open.has(this.#visit)) this.#visit = newVisit();
    if (all === undefined || this.#deleted) return;
    const own = all.filter(({ visit }) => visit === this.#visit);
    this.list.unshift(...own.map((one) => new Job(one)));
    if (this.shown === null) this.show(shown);
    this.earlier = this.#leftOf(all, open).length;
  }

  /** Of what is kept, what earlier visits have left that is not in the list. What an open tab has still to check is not left. */
  #leftOf(all: readonly KeptJob[], open: ReadonlySet<string>): KeptJob[] {
    return all.filter(
      ({ id, visit, result }) =>
        visit !== this.#visit &&
        !(result === null && open.has(visit)) &&
        !this.list.some((job) => job.id === id),
    );
  }

  /** Shows the file of this id; the start page when there is none or there is nothing to show of it. */
  show(id: string | null): void {
    this.shown = this.list.find((job) => job.id === id && job.state !== 'interrupted') ?? null;
  }

  /** Takes the results of earlier visits into the list. */
  async showEarlier(): Promise<void> {
    const open = await this.#open.others();
    const all = await this.#keep(() => this.#store.all());
    if (all === undefined) return;
    const found = this.#leftOf(all, open);
    this.list.unshift(...found.map((one) => new Job(one)));
    this.earlier = 0;
  }

  /** Whether a place in the list waits for this file. */
  wants(one: NamedFile): boolean {
    return this.list.some((job) => job.wantsFile && job.isFile(one));
  }

  /**
   * Queues files and shows the first of them. A file that places in the list wait for takes them, however each looks at it.
   * Those that have a verdict already are not checked again where several come together, nor is the one that is shown
   * without its video: that is what it asks for.
   */
  add(files: readonly NamedFile[]): void {
    this.deletion = null;
    const taken: Job[] = [];
    for (const one of files) {
      const asks = Object.keys(one.scope ?? {}).length > 0;
      const wanting = this.list.filter((job) => job.wantsFile && (asks ? job.isOf(one) : job.isFile(one)));
      const shown = this.shown?.isOf(one) === true && this.shown.file === null ? this.shown : undefined;
      const known = shown ?? this.list.find((job) => job.isOf(one));
      if (wanting.length > 0) {
        for (const job of wanting) {
          job.reset(one.file);
          taken.push(job);
          this.#save(job);
        }
      } else if (known !== undefined && (files.length > 1 || known === shown)) {
        if (known.file === null) known.have(one.file);
        if (known.canRetry) this.retry(known);
      } else {
        const job = new Job({ ...one, order: this.#order++ });
        this.list.push(job);
        taken.push(job);
        this.#save(job);
      }
    }
    this.shown =
      taken[0] ?? this.shown ?? this.list.find((job) => files.some((one) => job.isOf(one))) ?? null;
    void this.#work();
  }

  cancel(job: Job): void {
    if (job.state === 'running') job.abort.abort();
    else if (job.state === 'waiting' && job.file !== null) {
      this.#finish(job, unanswered(new DraftRecord(job.file, job.scope), 'cancelled', 0));
    }
  }

  retry(job: Job): void {
    if (job.file === null) return;
    job.reset(job.file);
    this.#save(job);
    void this.#work();
  }

  /** Looks at a file that is in the list in another way, beside what was looked at before. */
  lookAt(job: Job, scope: Scope): void {
    if (job.file === null) return;
    const wanted = { name: job.name, file: job.file, scope };
    const known = this.list.find((one) => one.isOf(wanted));
    if (known === undefined || known.state === 'interrupted') this.add([wanted]);
    else this.shown = known;
  }

  /** Keeps what a file says about its own origin with its result: after a reload there is no file to ask. */
  async keepCredentials(job: Job, credentials: Credentials): Promise<void> {
    job.credentials = credentials;
    // What could not be read today may be readable when the result is opened again.
    if (credentials.state === 'unreadable') return;
    if (!job.stored) {
      if (job.state === 'done') this.#save(job);
      return;
    }
    // The crops may be in the storage only, so what is there is added to.
    await this.#keep(() => this.#store.putCredentials(job.id, credentials));
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    void this.#work();
  }

  /** Takes one file and its result away, from the list and from the device; it is in the list again where it is still kept. */
  async remove(job: Job): Promise<void> {
    const at = this.list.indexOf(job);
    this.deletion = null;
    job.abort.abort();
    this.list = this.list.filter((one) => one.id !== job.id);
    this.#unkept.delete(job);
    if (this.shown?.id === job.id) this.shown = null;
    // What was paused is not there any more: the next file need not wait for anybody.
    if (this.list.length === 0) this.paused = false;
    if ((await this.#delete(() => this.#store.delete([job.id]))) !== 'failed') return;
    if (at >= 0) this.list.splice(at, 0, job);
    this.deletion = 'failed';
    if (job.state !== 'waiting') return;
    job.abort = new AbortController();
    void this.#work();
  }

  /**
   * Takes away everything that was ever kept here, of earlier visits too, and ends what is running. Where that cannot be done
   * all stays as it is.
   */
  deleteEverything(): Promise<void> {
    this.deletion = null;
    // The results last: once they are gone, all is.
    this.#deleting = this.#delete(() => forgetShared().then(() => this.#store.clear())).then((became) => {
      if (became !== 'failed') this.#empty();
      if (became === 'done') this.#open.tellDeleted();
      this.deletion = became;
    });
    return this.#deleting;
  }

  /** Another tab has deleted everything: what this one shows and runs goes too, and what it has put back meanwhile. */
  async #deletedElsewhere(): Promise<void> {
    const ids = this.list.map(({ id }) => id);
    const had = ids.length + this.earlier > 0;
    this.#empty();
    if (had) this.deletion = 'done';
    if ((await this.#delete(() => this.#store.delete(ids))) === 'failed') this.deletion = 'failed';
  }

  async #delete(work: () => Promise<unknown>): Promise<Deletion> {
    try {
      await work();
      return 'done';
    } catch (error) {
      console.error(error);
      return keepsNothing(error) ? 'nothing-kept' : 'failed';
    }
  }

  /** Ends what is running, and leaves nothing in the list: none of it is kept any more. */
  #empty(): void {
    this.#deleted = true;
    for (const job of this.list) job.abort.abort();
    this.list = [];
    this.#unkept.clear();
    this.kept = true;
    this.shown = null;
    this.earlier = 0;
    this.paused = false;
  }

  /** Leaves the result and goes back to the start; files that still wait go on. */
  home(): void {
    this.deletion = null;
    this.shown = null;
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    try {
      for (let job = this.#next(); job !== undefined; job = this.#next()) await this.#run(job, job.file!);
    } finally {
      this.#working = false;
    }
  }

  #next(): Job | undefined {
    if (this.paused) return undefined;
    return this.list.find((job) => job.state === 'waiting' && job.file !== null);
  }

  async #run(job: Job, file: File): Promise<void> {
    job.state = 'running';
    job.startedAt = job.heardAt = performance.now();
    try {
      const run = this.client.analyze(file, job.scope, job.abort.signal);
      for (;;) {
        const step = await run.next();
        if (step.done) return this.#finish(job, step.value);
        job.note(step.value);
        // Hashing a large file takes minutes, in which the page may be left.
        if (step.value.type === 'judged') this.#save(job);
      }
    } catch (error) {
      // No worker can be started, for example: the files behind this one get their turn all the same.
      console.error(error);
      const seconds = (performance.now() - job.startedAt) / 1000;
      this.#finish(job, unanswered(new DraftRecord(file, job.scope), 'internal_error', seconds));
    }
  }

  #finish(job: Job, result: AnalysisResult): void {
    job.result = result;
    job.state = 'done';
    this.#save(job);
  }

  /** Keeps a file's place and result, and those that could not be kept before: a full disk may have room again. */
  #save(job: Job): void {
    void this.#put(job).then(async (done) => {
      for (const one of done ? this.#unkept : []) if (!(await this.#put(one))) return;
    });
  }

  /** False when there was no room, or no storage at all. */
  async #put(job: Job): Promise<boolean> {
    this.#unkept.delete(job);
    const { id, order, name, bytes, lastModified, scope, result, crops, credentials } = job;
    const kept = {
      id,
      visit: this.#visit,
      order,
      name,
      bytes,
      lastModified,
      scope,
      result,
      credentials,
    };
    await this.#deleting;
    // Deleted while it was being checked: it must not come back.
    if (!this.list.some((one) => one.id === id)) return true;
    await this.#keep(() => this.#store.put(kept, crops), job);
    if (this.#unkept.has(job)) return false;
    job.stored = result !== null && job.result === result;
    this.#letGoOfCrops(job);
    return true;
  }

  /** Hundreds of files' crops would fill the memory: those that nobody looks at stay in the storage. */
  #letGoOfCrops(job: Job): void {
    if (job.state === 'done' && job.stored && job.id !== this.#shown?.id) job.crops = [];
  }

  async #fetchCrops(job: Job): Promise<void> {
    if (job.crops.length > 0) return;
    const crops = await this.#keep(() => this.#store.crops(job.id));
    if (crops !== undefined && job.stored && job.id === this.#shown?.id) job.crops = crops;
  }

  /** Without storage (private windows, a full disk) the page works all the same, but forgets; it then says so. */
  async #keep<T>(work: () => Promise<T>, job?: Job): Promise<T | undefined> {
    try {
      const value = await work();
      this.kept = this.#unkept.size === 0;
      return value;
    } catch (error) {
      console.info('Results cannot be kept here:', error);
      if (job !== undefined) this.#unkept.add(job);
      this.kept = false;
      return undefined;
    }
  }
}

const VISIT = 'visit';

/** Names this tab over its reloads. */
function visitId(): string {
  try {
    const known = sessionStorage.getItem(VISIT);
    if (known !== null) return known;
  } catch {
    // Storage is blocked: every load is a visit of its own.
  }
  return newVisit();
}

function newVisit(): string {
  const fresh = crypto.randomUUID();
  try {
    sessionStorage.setItem(VISIT, fresh);
  } catch {
    // The same.
  }
  return fresh;
}
