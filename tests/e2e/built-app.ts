import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { ensureBuilt } from '../../scripts/build-stamp.ts';
import { ensureChromium } from '../../scripts/chromium.ts';
import { CHROMIUM_FLAGS } from '../../scripts/pipeline.ts';
import { root } from '../../scripts/root.ts';
import { startServer, type Server } from '../../scripts/serve.ts';

export interface BuiltApp {
  server: Server;
  browser: Browser;
}

/** The built app, served, and a Chromium to open it with, for as long as the tests of a file run. */
export function useBuiltApp(): BuiltApp {
  const app = {} as BuiltApp;
  beforeAll(async () => {
    await ensureBuilt();
    app.server = await startServer({ root: join(root, 'dist') });
    app.browser = await chromium.launch({ executablePath: ensureChromium(), args: CHROMIUM_FLAGS });
  });
  afterAll(async () => {
    await app.browser.close();
    await app.server.close();
  });
  return app;
}

/** A clip of the tests. */
export const clip = (name: string): string => join(root, 'tests/fixtures/clips', name);
