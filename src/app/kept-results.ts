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
  crops: EvidenceCrop[];
  /** What the file says about its own origin; not there where nobody has looked. */
  credentials?: Credentials | null;
}

interface Schema extends DBSchema {
  jobs: { key: string; value: KeptJob };
}

type Jobs = IDBPObjectStore<Schema, ['jobs'], 'jobs', 'readwrite'>;

const NAME = 'clearframe-results';

/** The results in IndexedDB. Where a browser keeps nothing (some private windows), every call rejects. */
export class KeptResults {
  #database: Promise<IDBPDatabase<Schema>> | undefined;

  async put(job: KeptJob): Promise<void> {
    await this.#write((jobs) => jobs.put(job));
  }

  /** Everything kept, in the order in which it was added. What is not a valid record (any more) is left out. */
  async all(): Promise<KeptJob[]> {
    const jobs = await (await this.#open()).getAll('jobs');
    return jobs.filter(isReadable).sort((a, b) => a.order - b.order);
  }

  async get(id: string): Promise<KeptJob | undefined> {
    return (await this.#open()).get('jobs', id);
  }

  async delete(id: string): Promise<void> {
    await this.#write((jobs) => jobs.delete(id));
  }

  /** Deletes every result of every visit. */
  async clear(): Promise<void> {
    await this.#write((jobs) => jobs.clear());
  }

  /** Committed at once: a page that is left meanwhile would otherwise take it back, and what was deleted be there again. */
  async #write(change: (jobs: Jobs) => Promise<unknown>): Promise<void> {
    const transaction = (await this.#open()).transaction('jobs', 'readwrite');
    const changed = change(transaction.store);
    transaction.commit();
    await Promise.all([changed, transaction.done]);
  }

  #open(): Promise<IDBPDatabase<Schema>> {
    this.#database ??= openDB<Schema>(NAME, 1, {
      upgrade: (database) => {
        database.createObjectStore('jobs', { keyPath: 'id' });
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

function isReadable({ result }: KeptJob): boolean {
  if (result === null) return true;
  try {
    parseRecord(result.record);
    return true;
  } catch {
    return false;
  }
}
