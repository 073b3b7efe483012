import { wrap } from 'comlink';
import { lifeOf } from '../workers/lifetime.ts';
import { findCredentials, type Found } from './find.ts';
import { MAX_FILE_BYTES, MAX_MANIFEST_BYTES, READ_BYTES, TIME_LIMIT } from './settings.ts';
import type { Credentials, UnreadableCode } from './types.ts';
import type { CredentialsWorkerApi, ReadRequest } from './credentials-worker.ts';

export interface ReadOptions {
  /** Absolute URL of the app's root, with a trailing slash. */
  base?: string;
  /** Root certificates in PEM that signers are held against. None is shipped: without, `signer.trusted` is `unchecked`. */
  anchors?: string | null;
  /** Most bytes that one read of the file gives. */
  readBytes?: number;
}

/**
 * Reads a video's Content Credentials (C2PA) on this device. Nothing is asked of any server; the reader (8 MB) is fetched
 * from the app's own origin, and only when the file carries something for it to read. It runs in a worker, which is ended
 * afterwards and when the signal aborts. The file is read piece by piece.
 * @returns always an answer; what goes wrong is `unreadable` with a code
 */
export async function readCredentials(
  file: Blob,
  signal: AbortSignal,
  { base = new URL('./', document.baseURI).href, anchors = null, readBytes = READ_BYTES }: ReadOptions = {},
): Promise<Credentials> {
  let found: Found;
  try {
    found = await findCredentials(file, signal);
  } catch {
    return unreadable(signal.aborted ? 'cancelled' : 'file-unreadable');
  }
  if (signal.aborted) return unreadable('cancelled');
  switch (found.kind) {
    case 'none':
      return { state: 'none' };
    case 'remote':
      return unreadable('remote');
    case 'too-many-boxes':
      return unreadable('damaged');
    case 'embedded': {
      if (file.size > MAX_FILE_BYTES || found.bytes > MAX_MANIFEST_BYTES) return unreadable('too-large');
      const wasm = new URL('runtime/c2pa/c2pa_bg.wasm', base).href;
      return readInWorker({ file, format: found.format, wasm, anchors, readBytes }, signal);
    }
  }
}

async function readInWorker(request: ReadRequest, signal: AbortSignal): Promise<Credentials> {
  const worker = new Worker(new URL('./credentials-worker.ts', import.meta.url), {
    type: 'module',
    name: 'credentials',
  });
  const ending = new AbortController();
  const limit = AbortSignal.timeout(TIME_LIMIT);
  const on = (target: EventTarget, event: string, code: UnreadableCode): Promise<Credentials> =>
    new Promise((resolve) => {
      target.addEventListener(event, () => resolve(unreadable(code)), { signal: ending.signal });
    });
  try {
    return await Promise.race([
      wrap<CredentialsWorkerApi>(worker).read(request),
      new Promise<Credentials>((resolve) => lifeOf(worker, () => resolve(unreadable('reader-failed')))),
      on(limit, 'abort', 'timed-out'),
      on(signal, 'abort', 'cancelled'),
    ]);
  } finally {
    ending.abort();
    worker.terminate();
  }
}

function unreadable(code: UnreadableCode): Credentials {
  return { state: 'unreadable', code };
}
