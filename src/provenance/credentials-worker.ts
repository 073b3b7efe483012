/** Runs c2pa-rs (WebAssembly) on a thread of its own. One worker reads one file and is ended. */
import init, { WasmReader } from '@contentauth/c2pa-wasm';
import { expose } from 'comlink';
import { fetchListed } from '../integrity/fetch-listed.ts';
import { holdLife } from '../workers/lifetime.ts';
import { readerSettings } from './settings.ts';
import { summarize } from './summary.ts';
import type { Credentials } from './types.ts';

export interface ReadRequest {
  file: Blob;
  format: string;
  wasm: string;
  anchors: string | null;
  /** Most bytes that one read of the file gives. */
  readBytes: number;
}

const api = {
  async read({ file, format, wasm, anchors, readBytes }: ReadRequest): Promise<Credentials> {
    try {
      await init({ module_or_path: await fetchListed(wasm) });
    } catch (error) {
      console.error(error);
      return { state: 'unreadable', code: 'reader-unavailable' };
    }
    cutNetwork();
    try {
      const reader = await WasmReader.fromBlob(format, new Pieces(file, readBytes), readerSettings(anchors));
      return summarize(JSON.parse(reader.json()), anchors !== null);
    } catch (error) {
      console.info('Content Credentials:', error);
      // A trap: out of memory, or the reader fell over what it read. What breaks the format's rules is a plain Error.
      const trap = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
      return { state: 'unreadable', code: trap ? 'reader-failed' : 'damaged' };
    }
  },
};

export type CredentialsWorkerApi = typeof api;

/**
 * A file of which one read gives a small piece. c2pa-rs asks for 256 MB at once, of which the browser would hold copies,
 * and takes less, as it must of any stream.
 */
class Pieces extends Blob {
  constructor(
    file: Blob,
    readonly most: number,
  ) {
    super([file]);
  }

  override slice(start = 0, end = this.size, type?: string): Blob {
    return super.slice(start, Math.min(end, start + this.most), type);
  }
}

/** The settings forbid the reader to ask servers; this takes the means away as well, whatever a file talks it into. */
function cutNetwork(): void {
  const refuse = (): Promise<never> => Promise.reject(new TypeError('Content Credentials are read offline.'));
  Object.defineProperty(globalThis, 'fetch', { value: refuse, writable: false, configurable: false });
}

expose(api);
holdLife();
