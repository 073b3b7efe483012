/** Runs c2pa-rs (WebAssembly) on a thread of its own. One worker reads one file and is ended. */
import init, { WasmReader } from '@contentauth/c2pa-wasm';
import { expose } from 'comlink';
import { readerSettings } from './settings.ts';
import { summarize } from './summary.ts';
import type { Credentials } from './types.ts';

export interface ReadRequest {
  file: Blob;
  format: string;
  wasm: string;
  anchors: string | null;
}

const api = {
  async read({ file, format, wasm, anchors }: ReadRequest): Promise<Credentials> {
    try {
      const response = await fetch(wasm);
      if (!response.ok) throw new Error(`${wasm}: status ${response.status}`);
      await init({ module_or_path: await response.arrayBuffer() });
    } catch (error) {
      console.error(error);
      return { state: 'unreadable', code: 'reader-unavailable' };
    }
    cutNetwork();
    try {
      const reader = await WasmReader.fromBlob(format, file, readerSettings(anchors));
      return summarize(JSON.parse(reader.json()), anchors !== null);
    } catch (error) {
      console.info('Content Credentials:', error);
      return { state: 'unreadable', code: 'damaged' };
    }
  },
};

export type CredentialsWorkerApi = typeof api;

/** The settings forbid the reader to ask servers; this takes the means away as well, whatever a file talks it into. */
function cutNetwork(): void {
  const refuse = (): Promise<never> => Promise.reject(new TypeError('Content Credentials are read offline.'));
  Object.defineProperty(globalThis, 'fetch', { value: refuse, writable: false, configurable: false });
}

expose(api);
