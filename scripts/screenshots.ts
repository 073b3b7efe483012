/**
 * `npx tsx scripts/screenshots.ts`: makes the pictures in docs/screenshots (every screen, whole, on a desktop in light and
 * on a phone in dark; some in the other languages and themes) and in public/screenshots (what a browser shows before it
 * installs the app) from the built app and the made clips.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type BrowserContextOptions, type Page } from 'playwright-core';
import { ensureBuilt } from './build-stamp.ts';
import { ensureChromium } from './chromium.ts';
import { CHROMIUM_FLAGS } from './pipeline.ts';
import { root } from './root.ts';
import { startServer } from './serve.ts';
import { LANGUAGES, type LanguageCode } from '../src/app/messages.ts';
import { Walk } from '../tests/e2e/screens.ts';

interface Look {
  /** Behind the name of the screen in the file's name. */
  suffix: string;
  language: LanguageCode;
  options: BrowserContextOptions;
  /** The screens to take pictures of; all where nothing is said. */
  only?: string[];
}

const DESKTOP = { viewport: { width: 960, height: 1180 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const SOME = ['queue', 'people', 'claim'];

const LOOKS: Look[] = [
  { suffix: '', language: 'en', options: { ...DESKTOP, colorScheme: 'light' } },
  { suffix: '-phone', language: 'en', options: { ...PHONE, colorScheme: 'dark' } },
  { suffix: '-es', language: 'es', options: { ...PHONE, colorScheme: 'light' }, only: SOME },
  { suffix: '-ar', language: 'ar', options: { ...DESKTOP, colorScheme: 'dark' }, only: SOME },
];

/** Higher pages are cut: what is below is a table of figures. */
const MAX_HEIGHT = 5000;

/** The whole page. Not Playwright's own way: for that Chromium forgets that a phone is touched. */
async function takeWhole(page: Page, name: string): Promise<void> {
  const { width, height } = page.viewportSize()!;
  const whole = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width, height: Math.min(Math.max(whole, height), MAX_HEIGHT) });
  await save(page, `docs/screenshots/${name}.jpg`);
  await page.setViewportSize({ width, height });
}

async function save(page: Page, file: string): Promise<void> {
  const path = join(root, file);
  await page.screenshot(file.endsWith('.jpg') ? { path, type: 'jpeg', quality: 66 } : { path });
  console.log(file);
}

/** What the README and a browser that installs the app show of a result: its top. */
async function takeTops(page: Page): Promise<void> {
  const before = page.viewportSize()!;
  for (const [file, width, height] of [
    ['docs/screenshots/result.jpg', 960, 1180],
    ['public/screenshots/wide.png', 1280, 800],
    ['public/screenshots/narrow.png', 390, 844],
  ] as const) {
    await page.setViewportSize({ width, height });
    await page.evaluate(() => scrollTo(0, 0));
    await save(page, file);
  }
  await page.setViewportSize(before);
}

/** What paper gets to see of a result. */
async function takePrint(page: Page): Promise<void> {
  await page.emulateMedia({ media: 'print' });
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  await takeWhole(page, 'print');
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  await page.emulateMedia({ media: null });
}

await ensureBuilt();
for (const folder of ['docs/screenshots', 'public/screenshots']) {
  rmSync(join(root, folder), { recursive: true, force: true });
  mkdirSync(join(root, folder), { recursive: true });
}
const server = await startServer({ root: join(root, 'dist') });
const browser = await chromium.launch({ executablePath: ensureChromium(), args: CHROMIUM_FLAGS });
try {
  for (const { suffix, language, options, only } of LOOKS) {
    const context = await browser.newContext({ ...options, locale: 'en', serviceWorkers: 'block' });
    const page = await context.newPage();
    await page.goto(server.url);
    await page.locator('header select').selectOption(language);
    await page.getByRole('button', { name: LANGUAGES[language].messages.start.choose }).waitFor();
    await takeWhole(page, `start${suffix}`);
    await page.locator('header select').selectOption('en');
    const walk = await Walk.begin(page, server.url);
    await page.locator('header select').selectOption(language);
    for (const { name, reach } of walk.screens) {
      await reach(LANGUAGES[language].messages);
      const top = suffix === '' && name === 'result';
      if (only === undefined || only.includes(name)) await takeWhole(page, name + (top ? '-whole' : suffix));
      if (top) {
        await takeTops(page);
        await takePrint(page);
      }
    }
    walk.end();
    await context.close();
  }
} finally {
  await browser.close();
  await server.close();
}
