/** `npx tsx scripts/screenshots.ts`: makes the pictures in docs/screenshots from the built app and the made clips. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { ensureBuilt } from './build-stamp.ts';
import { ensureChromium } from './chromium.ts';
import { CHROMIUM_FLAGS } from './pipeline.ts';
import { root } from './root.ts';
import { startServer } from './serve.ts';

const folder = join(root, 'docs/screenshots');
mkdirSync(folder, { recursive: true });
await ensureBuilt();
const server = await startServer({ root: join(root, 'dist') });
const browser = await chromium.launch({ executablePath: ensureChromium(), args: CHROMIUM_FLAGS });
try {
  const context = await browser.newContext({
    viewport: { width: 960, height: 1180 },
    colorScheme: 'light',
    serviceWorkers: 'block',
  });
  const page = await context.newPage();
  await page.goto(server.url);
  await page.setInputFiles('input[multiple]', join(root, 'tests/fixtures/clips/face.mp4'));
  await page.waitForSelector('.verdict');
  await page.screenshot({ path: join(folder, 'result.jpg'), type: 'jpeg', quality: 82 });
  console.log(join(folder, 'result.jpg'));
} finally {
  await browser.close();
  await server.close();
}
