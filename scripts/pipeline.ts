/** Drives the built product in headless Chromium: one page, one file at a time, exactly the code that people get. */
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import type {
  AnalysisOptions,
  AnalysisResult,
  TrainingOptions,
  TrainingTrack,
} from '../src/analysis/index.ts';
import type {} from '../src/app/headless.ts';
import { ensureBuilt } from './build-stamp.ts';
import { ensureChromium } from './chromium.ts';
import { root } from './root.ts';
import { startServer } from './serve.ts';

export type { TrainingOptions, TrainingTrack } from '../src/analysis/index.ts';
export { DEFAULT_SAMPLING } from '../src/analysis/sampling.ts';
export { DEFAULT_CROP, type CropMap } from '../src/faces/alignment.ts';

/** Flags for a Chromium that runs as root in a container, keeps to itself and may use a GPU where there is one. */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-webgpu',
];

export interface Pipeline {
  /** @param path of a file on this machine */
  analyze(path: string, options?: AnalysisOptions): Promise<AnalysisResult>;
  extract(paths: string[], options: TrainingOptions): Promise<TrainingTrack[]>;
  close(): Promise<void>;
}

/**
 * @param ownSignals the caller answers SIGINT, SIGTERM and SIGHUP; otherwise they end the browser and the process
 * @param dist folder of the built app
 * @param flags for Chromium, besides the usual ones
 */
export async function openPipeline({
  ownSignals = false,
  dist = join(root, 'dist'),
  flags = [] as readonly string[],
} = {}): Promise<Pipeline> {
  await ensureBuilt();
  const server = await startServer({ root: dist });
  const launch = (): Promise<Browser> =>
    chromium.launch({
      executablePath: ensureChromium(),
      args: [...CHROMIUM_FLAGS, ...flags],
      // Without a locale, as under cron, Chromium cannot take a file whose name has more than ASCII.
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
      handleSIGINT: !ownSignals,
      handleSIGTERM: !ownSignals,
      handleSIGHUP: !ownSignals,
    });
  let browser = await launch();
  let page: Page | undefined;
  let closed = false;

  /** A page or browser that crashed (out of memory, say) is replaced, so that the next file has its chance. */
  const ready = async (): Promise<Page> => {
    if (page !== undefined && !page.isClosed()) return page;
    if (!browser.isConnected()) browser = await launch();
    const context = browser.contexts()[0] ?? (await browser.newContext({ serviceWorkers: 'block' }));
    const fresh = await context.newPage();
    fresh.on('console', (message) => {
      if (message.type() === 'error' && process.env.CLEARFRAME_DEBUG !== undefined)
        console.error(message.text());
    });
    fresh.on('crash', () => void fresh.close().catch(() => undefined));
    await fresh.goto(`${server.url}headless.html`);
    await fresh.waitForFunction(() => 'clearframe' in window);
    page = fresh;
    return fresh;
  };

  return {
    async analyze(path, options = {}) {
      const started = performance.now();
      const current = await ready();
      await current.setInputFiles('#files', path);
      try {
        return await current.evaluate((opts) => window.clearframe.analyze(opts), options);
      } catch (error) {
        if (closed) throw error;
        // The page died of this file; a new one takes its place, for the record and for the next file.
        console.error(`${path}: ${(error as Error).message.split('\n')[0]}`);
        await current.close().catch(() => undefined);
        const fresh = await ready();
        await fresh.setInputFiles('#files', path);
        return fresh.evaluate(([opts, seconds]) => window.clearframe.crashed(opts, seconds), [
          options,
          (performance.now() - started) / 1000,
        ] as const);
      }
    },
    async extract(paths, options) {
      const current = await ready();
      await current.setInputFiles('#files', paths);
      const tracks = await current.evaluate((opts) => window.clearframe.extract(opts), options);
      return tracks.map((track) => ({ ...track, crops: new Uint8Array(Buffer.from(track.crops, 'base64')) }));
    },
    async close() {
      closed = true;
      await browser.close();
      await server.close();
    },
  };
}
