/** Every screen can be come to and used by keyboard alone. */
import { statSync } from 'node:fs';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { messages } from '../../src/app/messages.ts';
import { clip, useBuiltApp } from './built-app.ts';
import { giveCamera } from './canvas-camera.ts';
import { DatedFiles, keepResults, keptRecord, withPeople } from './made-results.ts';

const app = useBuiltApp('small');
const dated = new DatedFiles();
const PEOPLE = dated.copy(clip('face.mp4'), 'people.mp4');

let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  context = await app.browser.newContext({ acceptDownloads: true });
  page = await context.newPage();
  await giveCamera(page);
  await page.goto(app.server.url);
  await page.getByRole('button', { name: messages.start.choose }).waitFor();
});
afterAll(async () => {
  await context.close();
  dated.remove();
});

/** What a screen reader calls the element that has the focus. */
const focused = (): Promise<string | undefined> =>
  page.evaluate(() => {
    const element = document.activeElement;
    const labelled = (element as HTMLInputElement | null)?.labels?.[0];
    return (
      element?.getAttribute('aria-label') ?? (labelled ?? element)?.textContent?.replace(/\s+/g, ' ').trim()
    );
  });

async function tabTo(name: string | RegExp): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press('Tab');
    const label = (await focused()) ?? '';
    if (typeof name === 'string' ? label === name : name.test(label)) return;
  }
  throw new Error(`No way by Tab to “${String(name)}”.`);
}

async function press(name: string | RegExp): Promise<void> {
  await tabTo(name);
  await page.keyboard.press('Enter');
}

async function verdict(): Promise<void> {
  await page.locator('.verdict').waitFor({ timeout: 120_000 });
  // The heading of the verdict has the focus: a screen reader says it.
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('verdict');
}

it('from the start page to a moment of the result, its map and its code', async () => {
  await press(messages.start.sample);
  await verdict();
  await page.getByRole('heading', { name: messages.passOn.title }).waitFor();
  await tabTo(messages.moment.slider);
  await page.keyboard.press('Home');
  await page.getByText(messages.moment.caption('0:00.0')).waitFor();
  await page.locator('#verdict').focus();
  await press(messages.map.show);
  await page.locator('canvas.overlay').waitFor({ timeout: 60_000 });
  await page.locator('#verdict').focus();
  await press(messages.passOn.qr);
  await page.getByRole('img', { name: messages.passOn.qrLabel }).waitFor();
});

it('from the queue to one of several people', async () => {
  const name = messages.start.sampleName;
  await keepResults(page, name, [
    { name: 'people.mp4', bytes: statSync(PEOPLE).size, record: withPeople(await keptRecord(page, name)) },
  ]);
  await verdict();
  await press(messages.name);
  await press(/^people\.mp4/);
  await verdict();
  await tabTo(new RegExp(messages.outcomes.some.title));
  expect(await page.locator(':focus').getAttribute('aria-pressed')).toBe('false');
  await page.keyboard.press('Enter');
  expect(await page.locator(':focus').getAttribute('aria-pressed')).toBe('true');
});

it('a file is taken out of the queue, and all of it only after a question', async () => {
  await press(messages.name);
  await press(messages.queue.of(messages.queue.remove, 'people.mp4'));
  await page.locator('.rows li', { hasText: 'people.mp4' }).waitFor({ state: 'detached' });
  await press(messages.queue.deleteAll);
  // The focus is on the answer that deletes nothing.
  expect(await focused()).toBe(messages.queue.deleteNo);
  await page.keyboard.press('Enter');
  await page.getByText(messages.queue.deleteSure).waitFor({ state: 'detached' });
  await press(messages.queue.deleteAll);
  await page.keyboard.press('Escape');
  await page.getByText(messages.queue.deleteSure).waitFor({ state: 'detached' });
  await expect.poll(focused).toBe(messages.queue.deleteAll);
  expect(await page.locator('.rows li').count()).toBe(1);
});

it('a claim is opened, and checked with the file', async () => {
  await press(new RegExp(`^${messages.start.sampleName}`));
  await verdict();
  await press(messages.passOn.copy);
  const link = await page.getByLabel(messages.passOn.label).inputValue();
  await page.goto('about:blank');
  await page.goto(link);
  await page.getByText(messages.claim.kicker).waitFor();
  const chooser = page.waitForEvent('filechooser');
  await press(messages.claim.choose);
  await (await chooser).setFiles(clip('audio-only.mp4'));
  await verdict();
  expect(await page.locator('[data-comparison]').getAttribute('data-comparison')).toBe('another-file');
});

it('a live check is started, and ended by one key', async () => {
  await press(messages.name);
  await press(messages.live.open);
  await press(messages.live.camera);
  await page.locator('.person').first().waitFor({ timeout: 120_000 });
  expect(await focused()).toBe(messages.live.end);
  await page.keyboard.press('Escape');
  await page.getByText(messages.live.ended).waitFor();
  expect(await focused()).toBe(messages.live.ended);
  await press(messages.live.back);
  await page.getByRole('button', { name: messages.start.choose }).waitFor();
});
