import { openDB, type DBSchema, type IDBPDatabase, type IDBPObjectStore } from 'idb';
import type { AnalysisResult, EvidenceCrop } from '../analysis/index.ts';
import type { Credentials } from '../provenance/index.ts';
import type { Scope } from './job.svelte.ts';
import { parseRecord } from '../verdict/index.ts';

/** What stays of one file of the queue on this device until it is deleted. The video itself is never kept. */
export interface KeptJob {
  id: string;
  /** The visit (one tab, over its reloads) that the file was added in. */
  visit: string;
  /** Place in the queue. */
  order: number;
  name: string;
  bytes: number;
  lastModified: number;
  /** What of the file was to be looked at; older entries have none. */
  scope?: Scope;
  /** Null while the file has not been checked. */
  result: AnalysisResult | null;
  /** What the file says about its own origin; not there where nobody has looked. */
  credentials?: Credentials | null;
}

/** Crops, by their job's id, lie apart: the list of hundreds of files is read whole, and their crops are a thousand times as large. */
interface Schema extends DBSchema {
  jobs: { key: string; value: KeptJob };
  crops: { key: string; value: EvidenceCrop[] };
}

const STORES = ['jobs', 'crops'] as const;
type Store<Name extends 'jobs' | 'crops', Mode extends IDBTransactionMode = 'readwrite'> = IDBPObjectStore<
  Schema,
  typeof STORES,
  Name,
  Mode
>;

const NAME = 'clearframe-results';
const VERSION = 2;

/** Whether an error says that the browser lets this page keep nothing at all: then nothing of it can be on the device. */
export const keepsNothing = (error: unknown): boolean =>
  error instanceof ReferenceError || (error instanceof DOMException && error.name === 'SecurityError');

/** The results in IndexedDB. Where a browser keeps nothing (some private windows), every call rejects. */
export class KeptResults {
  #database: Promise<IDBPDatabase<Schema>> | undefined;

  async put(job: KeptJob, crops: EvidenceCrop[]): Promise<void> {
    await this.#write((jobs, allCrops) => [jobs.put(job), allCrops.put(crops, job.id)]);
  }

  /** Everything kept, in the order in which it was added. What is not a valid record (any more) is left out. */
  async all(): Promise<KeptJob[]> {
    const jobs = await (await this.#open()).getAll('jobs');
    return jobs.filter(isReadable).sort((a, b) => a.order - b.order);
  }

  /** What was shown of a file; undefined when it is not kept. */
  async crops(id: string): Promise<EvidenceCrop[] | undefined> {
    return (await this.#open()).get('crops', id);
  }

  /** Adds what a file says about its own origin, where the file is kept. In one go: what is deleted meanwhile stays so. */
  async putCredentials(id: string, credentials: Credentials): Promise<void> {
    const { store, done } = (await this.#open()).transaction('jobs', 'readwrite');
    const job = await store.get(id);
    await Promise.all([job && store.put({ ...job, credentials }), done]);
  }

  async delete(ids: readonly string[]): Promise<void> {
    await this.#write((jobs, crops) => ids.flatMap((id) => [jobs.delete(id), crops.delete(id)]));
  }

  /** Deletes every result of every visit. */
  async clear(): Promise<void> {
    await this.#write((jobs, crops) => [jobs.clear(), crops.clear()]);
  }

  /** Committed at once: a page that is left meanwhile would otherwise take it back, and what was deleted be there again. */
  async #write(change: (jobs: Store<'jobs'>, crops: Store<'crops'>) => Promise<unknown>[]): Promise<void> {
    const transaction = (await this.#open()).transaction(STORES, 'readwrite');
    const changes = change(transaction.objectStore('jobs'), transaction.objectStore('crops'));
    transaction.commit();
    await Promise.all([...changes, transaction.done]);
  }

  #open(): Promise<IDBPDatabase<Schema>> {
    this.#database ??= openDB<Schema>(NAME, VERSION, {
      upgrade: async (database, before, _now, transaction) => {
        const crops = database.createObjectStore('crops');
        if (before === 0) database.createObjectStore('jobs', { keyPath: 'id' });
        else await moveCrops(transaction.objectStore('jobs'), crops);
      },
      // Closed by the browser (storage cleared) or wanted by a newer version in another tab: the next call opens anew.
      terminated: () => (this.#database = undefined),
      blocking: (_current, _wanted, event) => {
        (event.target as IDBDatabase).close();
        this.#database = undefined;
      },
    }).catch((error: unknown) => {
      this.#database = undefined;
      throw error;
    });
    return this.#database;
  }
}

/** The first version kept a job's crops in it. */
async function moveCrops(
  jobs: Store<'jobs', 'versionchange'>,
  crops: Store<'crops', 'versionchange'>,
): Promise<void> {
  for (let at = await jobs.openCursor(); at !== null; at = await at.continue()) {
    const { crops: own = [], ...job } = at.value as KeptJob & { crops?: EvidenceCrop[] };
    await Promise.all([crops.put(own, job.id), at.update(job)]);
  }
}

function isReadable({ result }: KeptJob): boolean {
  if (result === null) return true;
  try {
    parseRecord(result.record);
    return true;
  } catch {
    return false;
  }
}
