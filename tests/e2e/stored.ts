import { createHash } from 'node:crypto';
import type { BrowserContext, Page } from 'playwright-core';

/** Everything that an origin may keep on a device, as text and hashes. */
export interface Stored {
  /** Every record of every IndexedDB store, as JSON; a Blob or File in it shows as `[Blob]`. */
  records: { store: string; value: Record<string, unknown> }[];
  /** Every cached response: its path, query left out, and the SHA-256 of its bytes. */
  cached: { cache: string; path: string; sha256: string }[];
  localStorage: Record<string, string>;
  sessionStorage: Record<string, string>;
  /** Names in the origin private file system. */
  files: string[];
  cookies: string[];
}

/** Looks into every kind of storage that browsers have. */
export async function everythingStored(page: Page, context: BrowserContext): Promise<Stored> {
  const found = await page.evaluate(async () => {
    const ask = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const plain = (_: string, value: unknown): unknown => (value instanceof Blob ? '[Blob]' : value);
    const records: { store: string; json: string }[] = [];
    for (const { name } of await indexedDB.databases()) {
      const database = await ask(indexedDB.open(name!));
      for (const store of database.objectStoreNames) {
        const all = (await ask(database.transaction(store).objectStore(store).getAll())) as unknown[];
        records.push(...all.map((one) => ({ store: `${name}/${store}`, json: JSON.stringify(one, plain) })));
      }
      database.close();
    }
    const cached: { cache: string; path: string; sha256: string }[] = [];
    for (const cache of await caches.keys()) {
      const held = await caches.open(cache);
      for (const request of await held.keys()) {
        const bytes = await (await held.match(request))!.arrayBuffer();
        const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
        const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
        cached.push({ cache, path: new URL(request.url).pathname, sha256 });
      }
    }
    const files: string[] = [];
    for await (const name of (
      (await navigator.storage.getDirectory()) as unknown as { keys(): AsyncIterable<string> }
    ).keys())
      files.push(name);
    return {
      records,
      cached,
      files,
      localStorage: { ...localStorage },
      sessionStorage: { ...sessionStorage },
    };
  });
  const records = found.records.map(({ store, json }) => ({
    store,
    value: JSON.parse(json) as Record<string, unknown>,
  }));
  return { ...found, records, cookies: (await context.cookies()).map(({ name }) => name) };
}

/** SHA-256 in lower-case hexadecimal. */
export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
