import { createSHA256 } from 'hash-wasm';

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
  const hasher = await createSHA256();
  const reader = file.stream().getReader();
  let bytes = 0;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read();
      if (done) return hasher.digest('hex');
      hasher.update(value);
      bytes += value.length;
      onProgress?.(bytes, file.size);
    }
  } finally {
    // Frees the stream on an early end; after the last chunk it does nothing.
    await reader.cancel().catch(() => undefined);
  }
}
