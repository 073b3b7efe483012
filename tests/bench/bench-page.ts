/** The page of the benchmarks that run from the sources (`page.ts`), in a Chromium of its own. */
import { chromium, type Page } from 'playwright-core';
import { createServer } from 'vite';
import { ensureChromium } from '../../scripts/chromium.ts';
import { assemblyScript } from '../../scripts/kernels.ts';
import { CHROMIUM_FLAGS } from '../../scripts/pipeline.ts';
import { root } from '../../scripts/root.ts';
import { ISOLATION } from '../../src/pwa/headers.ts';
import { define } from '../../vite.config.ts';
import type {} from './page.ts';

/** @param flags of Chromium, besides the product's own */
export async function onBenchPage<T>(work: (page: Page) => Promise<T>, flags: string[] = []): Promise<T> {
  const vite = await createServer({
    root,
    configFile: false,
    define,
    logLevel: 'error',
    plugins: [assemblyScript],
    worker: { format: 'es', plugins: () => [assemblyScript] },
    server: { port: 0, headers: ISOLATION },
    optimizeDeps: {
      exclude: ['onnxruntime-web'],
      // Found while the page runs, more packages would make Vite reload it.
      entries: ['tests/bench/page.html', 'tests/bench/stages.ts', 'src/analysis/detector-worker.ts'],
    },
  });
  await vite.listen();
  const browser = await chromium.launch({
    executablePath: ensureChromium(),
    args: [...CHROMIUM_FLAGS, ...flags],
  });
  try {
    const page = await browser.newPage();
    const messages: string[] = [];
    page.on('console', (message) => messages.push(message.text()));
    page.on('pageerror', (error) => messages.push(error.message));
    await page.goto(`${vite.resolvedUrls!.local[0]}tests/bench/page.html`);
    await page
      .waitForFunction(() => 'contest' in window, null, { timeout: 60_000 })
      .catch((error: unknown) => {
        throw new Error(`the bench page did not load: ${messages.join('; ')}`, { cause: error });
      });
    return await work(page);
  } finally {
    await browser.close();
    await vite.close();
  }
}
