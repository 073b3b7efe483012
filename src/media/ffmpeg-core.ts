import { MediaError } from './types.ts';

/** Of whoever waits now: the one who asked first may have left. */
let tellAlive: () => void = () => undefined;
let kept: { url: string; module: Promise<WebAssembly.Module> } | undefined;

/**
 * ffmpeg's core, fetched and compiled once and then kept: every further file has its own worker and memory, but neither
 * loads nor compiles 32 MB again, and runs the code that the engine has made fast for the files before.
 * @param alive is told that bytes have come
 * @throws MediaError `decoder_failed` when it cannot be loaded, `out_of_memory`; the next call tries again
 */
export function compiledCore(url: string, alive: () => void): Promise<WebAssembly.Module> {
  tellAlive = alive;
  if (kept?.url === url) return kept.module;
  const module = compile(url).catch((error: unknown) => {
    if (kept?.module === module) kept = undefined;
    const message = `ffmpeg's core: ${String(error)}`;
    throw new MediaError(/memory/i.test(message) ? 'out_of_memory' : 'decoder_failed', message, {
      cause: error,
    });
  });
  kept = { url, module };
  return module;
}

/** Compiled while it is loaded. */
async function compile(url: string): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok || response.body === null) throw new Error(`${url}: HTTP ${response.status}`);
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        tellAlive();
        controller.enqueue(chunk);
      },
    }),
  );
  return WebAssembly.compileStreaming(
    new Response(counted, { headers: { 'Content-Type': 'application/wasm' } }),
  );
}
