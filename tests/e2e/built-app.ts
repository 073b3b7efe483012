import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, inject } from 'vitest';
import { ensureChromium } from '../../scripts/chromium.ts';
import { CHROMIUM_FLAGS } from '../../scripts/pipeline.ts';
import { root } from '../../scripts/root.ts';
import { startServer, type Server } from '../../scripts/serve.ts';

export interface BuiltApp {
  /** Its files. */
  folder: string;
  server: Server;
  browser: Browser;
}

/**
 * The built app, served, and a Chromium to open it with, for as long as the tests of a file run.
 * @param model the small one of `setup.ts` costs little; it is for tests that hold whatever a network says
 */
export function useBuiltApp(model: 'shipped' | 'small' = 'shipped'): BuiltApp {
  const folder = model === 'small' ? inject('smallModelApp') : join(root, 'dist');
  const app = { folder } as BuiltApp;
  beforeAll(async () => {
    app.server = await startServer({ root: folder });
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
