/** `npx tsx scripts/screenshots.ts`: makes the pictures in docs/screenshots and public/screenshots from the built app and the made clips. */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright-core';
import { ensureBuilt } from './build-stamp.ts';
import { ensureChromium } from './chromium.ts';
import { CHROMIUM_FLAGS } from './pipeline.ts';
import { root } from './root.ts';
import { startServer } from './serve.ts';

const CLIP = join(root, 'tests/fixtures/clips/face.mp4');
/** The picture in README, and those that a browser shows before it installs the app. */
const PICTURES = [
  { file: 'docs/screenshots/result.jpg', width: 960, height: 1180 },
  { file: 'public/screenshots/wide.png', width: 1280, height: 800 },
  { file: 'public/screenshots/narrow.png', width: 390, height: 844 },
] as const;

await ensureBuilt();
const server = await startServer({ root: join(root, 'dist') });
const browser = await chromium.launch({ executablePath: ensureChromium(), args: CHROMIUM_FLAGS });
try {
  for (const { file, width, height } of PICTURES) {
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: 'light',
      serviceWorkers: 'block',
    });
    const page = await context.newPage();
    await page.goto(server.url);
    await page.setInputFiles('input[multiple]', CLIP);
    await page.waitForSelector('.verdict');
    await page.waitForSelector('.box');
    const path = join(root, file);
    mkdirSync(dirname(path), { recursive: true });
    await page.screenshot(file.endsWith('.jpg') ? { path, type: 'jpeg', quality: 82 } : { path });
    console.log(path);
    await context.close();
  }
} finally {
  await browser.close();
  await server.close();
}
