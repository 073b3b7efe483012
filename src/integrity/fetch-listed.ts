/**
 * The big run-time files, handed out only when their bytes are the ones that the build has listed. The service worker does
 * the same; but on a first visit there is none yet, and where storage is blocked there never is.
 */
import { sha256Hex } from './sha256.ts';

/** By path relative to the app's root, as `scripts/runtime-assets.ts` lists them. Put in by the build. */
declare const __RUNTIME_FILES__: Readonly<Record<string, { sha256: string; bytes: number }>>;

/** Is told of bytes that have come, and of bytes that are waited for from now on. */
export type OnBytes = (read: number, expected: number) => void;

/** A file did not come, or is another one. */
export class IntegrityError extends Error {
  override readonly name = 'IntegrityError';
  readonly code = 'model_integrity_failed';
}

/**
 * @param url of a listed file, absolute
 * @throws IntegrityError when it does not come, is not listed, or has other bytes
 */
export async function fetchListed(
  url: string,
  onBytes: OnBytes = () => undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const path = url.slice(url.lastIndexOf('/runtime/') + 1);
  const listed = __RUNTIME_FILES__[path];
  if (listed === undefined)
    throw new IntegrityError(`${url} is not among the files that the build has listed`);
  onBytes(0, listed.bytes);
  const bytes = await read(url, onBytes);
  const actual = await sha256Hex(bytes);
  if (actual !== listed.sha256)
    throw new IntegrityError(`${path} has SHA-256 ${actual}, expected ${listed.sha256}`);
  return bytes;
}

/**
 * Hands checked bytes to a library that takes only an address.
 * @param use gets the address, which is gone afterwards
 */
export async function withAddress<T>(
  bytes: Uint8Array<ArrayBuffer>,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/wasm' }));
  try {
    return await use(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** A response's body, told of piece by piece. */
export async function bodyOf(response: Response, onBytes: OnBytes): Promise<Uint8Array<ArrayBuffer>> {
  if (response.body === null) return new Uint8Array();
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(piece, controller) {
        onBytes(piece.length, 0);
        controller.enqueue(piece);
      },
    }),
  );
  return new Uint8Array(await new Response(counted).arrayBuffer());
}

async function read(url: string, onBytes: OnBytes): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    return await bodyOf(response, onBytes);
  } catch (error) {
    throw new IntegrityError(`${url}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
