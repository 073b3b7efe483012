/** A file of the app that is too big for the shell. */
export interface AssetEntry {
  /** Relative to the app's root. */
  path: string;
  /** 64 lowercase hexadecimal digits. */
  sha256: string;
  bytes: number;
  /** `start`: every analysis needs it; `needed`: kept once it was used. */
  when: 'start' | 'needed';
}

/**
 * A cache that only ever hands out listed files whose bytes have the listed hash: they are hashed before they go in, and
 * again when they come out, for disks fail too. Files of several versions lie side by side until the newest takes over.
 */
export class VerifiedCache {
  #entries: Promise<AssetEntry[]> | undefined;

  constructor(
    readonly name: string,
    readonly scope: URL,
    readonly list: () => Promise<AssetEntry[]>,
  ) {}

  /**
   * From the cache, else from the network into the cache. A file with wrong bytes is answered with status 502 and not
   * kept; nothing is handed out unchecked where the list is not there (503) or does not name the file (404).
   */
  async answer(request: Request): Promise<Response> {
    const entries = await this.#list().catch(() => null);
    if (entries === null) return new Response('The list of the files is not there', { status: 503 });
    const path = new URL(request.url).pathname.slice(this.scope.pathname.length);
    const entry = entries.find((one) => one.path === path);
    if (entry === undefined) return new Response(`${path} is not listed`, { status: 404 });
    return (await this.#sound(entry)) ?? this.#fetch(entry);
  }

  /** Fetches what every analysis needs (`start`), or everything that is listed. True when all of it is held. */
  async fill(which: 'start' | 'all'): Promise<boolean> {
    for (const entry of await this.#missing(which)) {
      await this.#fetch(entry);
      if ((await this.#held(entry)) === undefined) return false; // other bytes, or no room
    }
    return true;
  }

  /** Bytes of what is listed, or of what every analysis needs of it (`start`), and not held. */
  async missing(which: 'start' | 'all'): Promise<number> {
    return (await this.#missing(which)).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Drops what is not listed: only when no version that lists it is in use any more. */
  async prune(): Promise<void> {
    const listed = new Set((await this.#list()).map((entry) => this.#key(entry)));
    const cache = await caches.open(this.name);
    for (const request of await cache.keys()) if (!listed.has(request.url)) await cache.delete(request);
  }

  async #missing(which: 'start' | 'all'): Promise<AssetEntry[]> {
    const missing: AssetEntry[] = [];
    for (const entry of await this.#list()) {
      if (which === 'start' && entry.when !== 'start') continue;
      if ((await this.#held(entry)) === undefined) missing.push(entry);
    }
    return missing;
  }

  /** Names hold the hash, so that a file of an older version is never taken for the new one. */
  #key({ path, sha256 }: AssetEntry): string {
    const url = new URL(path, this.scope);
    url.searchParams.set('sha256', sha256);
    return url.href;
  }

  async #held(entry: AssetEntry): Promise<Response | undefined> {
    const cache = await caches.open(this.name);
    return cache.match(this.#key(entry));
  }

  /** What is held, if it is whole; what is not is dropped, so that it is fetched again. */
  async #sound(entry: AssetEntry): Promise<Response | undefined> {
    const held = await this.#held(entry);
    if (held === undefined) return undefined;
    const bytes = await held.arrayBuffer().catch(() => new ArrayBuffer(0));
    if ((await sha256(bytes)) === entry.sha256) return new Response(bytes, { headers: held.headers });
    await (await caches.open(this.name)).delete(this.#key(entry));
    return undefined;
  }

  async #fetch(entry: AssetEntry): Promise<Response> {
    // The browser's own cache may still have an older version's.
    const response = await fetch(new URL(entry.path, this.scope), { cache: 'no-cache' });
    if (!response.ok) return response;
    const bytes = await response.arrayBuffer();
    const hash = await sha256(bytes);
    if (hash !== entry.sha256) {
      return new Response(`${entry.path} has SHA-256 ${hash}, expected ${entry.sha256}`, { status: 502 });
    }
    const headers = new Headers(response.headers);
    const kept = new Response(bytes, { headers });
    // A full disk must not keep the file from being used now.
    await (await caches.open(this.name)).put(this.#key(entry), kept.clone()).catch(() => undefined);
    return kept;
  }

  /** Read once per life of the service worker; a failure is forgotten. */
  #list(): Promise<AssetEntry[]> {
    this.#entries ??= this.list().catch((error: unknown) => {
      this.#entries = undefined;
      throw error;
    });
    return this.#entries;
  }
}

/** 64 lowercase hexadecimal digits. */
async function sha256(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
