/**
 * `npx tsx scripts/screenshots.ts`: makes the pictures in docs/screenshots (every state, on a desktop in light and on a
 * phone in dark) and in public/screenshots (what a browser shows before it installs the app) from the built app and the
 * made clips.
 */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { ensureBuilt } from './build-stamp.ts';
import { ensureChromium } from './chromium.ts';
import { CHROMIUM_FLAGS } from './pipeline.ts';
import { root } from './root.ts';
import { startServer } from './serve.ts';
import { messages } from '../src/app/messages.ts';

const clip = (name: string): string => join(root, 'tests/fixtures/clips', name);
const choose = (page: Page, ...names: string[]): Promise<void> =>
  page.setInputFiles('input[multiple]', names.map(clip));

/** Every state, and how to come to it from the start page. */
const STATES: Record<string, (page: Page) => Promise<unknown>> = {
  start: async () => undefined,
  result: async (page) => {
    await choose(page, 'face.mp4');
    await page.locator('.box').waitFor();
  },
  map: async (page) => {
    await choose(page, 'face.mp4');
    await page.getByRole('button', { name: messages.map.show }).click();
    await page.locator('canvas.overlay').waitFor();
    await page.locator('canvas.overlay').scrollIntoViewIfNeeded();
  },
  'cannot-tell': async (page) => {
    await choose(page, 'h264-bframes.mp4');
    await page.getByText(messages.reasons.no_face).waitFor();
  },
  queue: async (page) => {
    await choose(page, 'face.mp4', 'h264-bframes.mp4', 'vp9.webm', 'audio-only.mp4');
    await page.getByText(messages.queue.summary(4, 4)).waitFor();
    await page.goBack();
  },
  claim: async (page) => {
    await choose(page, 'face.mp4');
    await page.getByRole('button', { name: messages.passOn.copy }).click();
    const link = await page.getByLabel(messages.passOn.label).inputValue();
    await page.goto('about:blank');
    await page.goto(link);
    await page.getByText(messages.claim.kicker).waitFor();
  },
};

interface Picture {
  file: string;
  state: string;
  width: number;
  height: number;
  scheme: 'light' | 'dark';
}

const pictures: Picture[] = [
  { file: 'public/screenshots/wide.png', state: 'result', width: 1280, height: 800, scheme: 'light' },
  { file: 'public/screenshots/narrow.png', state: 'result', width: 390, height: 844, scheme: 'light' },
  ...Object.keys(STATES).flatMap((state): Picture[] => [
    { file: `docs/screenshots/${state}.jpg`, state, width: 960, height: 1180, scheme: 'light' },
    { file: `docs/screenshots/${state}-phone.jpg`, state, width: 390, height: 844, scheme: 'dark' },
  ]),
];

await ensureBuilt();
const server = await startServer({ root: join(root, 'dist') });
const browser = await chromium.launch({ executablePath: ensureChromium(), args: CHROMIUM_FLAGS });
try {
  for (const { file, state, width, height, scheme } of pictures) {
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: scheme,
      serviceWorkers: 'block',
    });
    const page = await context.newPage();
    await page.goto(server.url);
    await page.getByRole('button', { name: messages.start.choose }).waitFor();
    await STATES[state]!(page);
    const path = join(root, file);
    mkdirSync(dirname(path), { recursive: true });
    await page.screenshot(file.endsWith('.jpg') ? { path, type: 'jpeg', quality: 78 } : { path });
    console.log(file);
    await context.close();
  }
} finally {
  await browser.close();
  await server.close();
}
