import { Sha256 } from './sha256/sha256.ts';

/** Bytes read at a time, at most. */
const CHUNK = 1 << 22;

export interface HashOptions {
  /** Called after every chunk with the bytes read so far and the size of the file. */
  onProgress?: (bytes: number, total: number) => void;
  signal?: AbortSignal;
}

/**
 * SHA-256 of a file in lower-case hexadecimal. The file is streamed: one chunk is in memory at a time.
 * @throws the signal's reason when aborted; whatever the file's stream throws when it cannot be read
 */
export async function hashFile(file: Blob, { onProgress, signal }: HashOptions = {}): Promise<string> {
  signal?.throwIfAborted();
  const hash = await Sha256.create();
  let bytes = 0;
  for await (const chunk of chunks(file)) {
    signal?.throwIfAborted();
    hash.update(chunk);
    bytes += chunk.length;
    onProgress?.(bytes, file.size);
  }
  return hash.digest();
}

/**
 * Readers that are being read. Chromium collects a byte stream as garbage when nothing but an unanswered read holds it, and
 * then the read is never answered (seen in 156; Safari had the same, https://github.com/WebKit/WebKit/pull/54097).
 */
const reading = new Set<unknown>();

/** A file piece by piece; a piece is valid until the next one is asked for. The next is read while one is looked at. */
async function* chunks(file: Blob): AsyncGenerator<Uint8Array, void> {
  const reader = readerOf(file.stream());
  reading.add(reader);
  const read = (buffer: ArrayBuffer): Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>>> =>
    reader instanceof ReadableStreamDefaultReader ? reader.read() : reader.read(new Uint8Array(buffer));
  try {
    let next = read(new ArrayBuffer(CHUNK));
    let spare = new ArrayBuffer(CHUNK);
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      next = read(spare);
      next.catch(() => undefined); // told when it is awaited, which a caller that leaves early never does
      yield value;
      spare = value.buffer;
    }
  } finally {
    reading.delete(reader);
    // Frees the stream on an early end; after the last chunk it does nothing.
    await reader.cancel().catch(() => undefined);
  }
}

/** Reads into the same two buffers over and over where the browser can: the stream's own chunks are garbage as large as the file. */
function readerOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): ReadableStreamBYOBReader | ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> {
  try {
    return stream.getReader({ mode: 'byob' });
  } catch {
    return stream.getReader();
  }
}
