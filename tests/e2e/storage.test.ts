import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messages } from '../../src/app/messages.ts';
import { clip, useBuiltApp } from './built-app.ts';
import { everythingStored, sha256, type Stored } from './stored.ts';

const app = useBuiltApp('small');
const NAME = 'my-neighbour-4711.mp4';
/** A free box at the end makes it a file that nobody else has: its hash is in nothing that is shipped. */
const VIDEO = Buffer.concat([
  readFileSync(clip('face.mp4')),
  Buffer.from([0, 0, 0, 16, 102, 114, 101, 101, 1, 2, 3, 4, 5, 6, 7, 8]),
]);
/** What the app calls settings: the language, once somebody chose one, and a random name for the tab. */
const SETTINGS = { local: ['language'], session: ['visit'] };

let context: BrowserContext;
let page: Page;

beforeEach(async () => {
  context = await app.browser.newContext();
  page = await context.newPage();
  await page.goto(app.server.url);
  await page.getByText(messages.offline).waitFor({ timeout: 60_000 });
});
afterEach(() => context.close());

async function check(): Promise<void> {
  await page.setInputFiles('input[multiple]', { name: NAME, mimeType: 'video/mp4', buffer: VIDEO });
  await page.getByRole('heading', { name: messages.passOn.title }).waitFor({ timeout: 120_000 });
}

async function deleteEverything(): Promise<void> {
  await page.getByRole('button', { name: messages.result.again }).click();
  await page.getByRole('button', { name: messages.queue.deleteAll }).click();
  await page.getByRole('button', { name: messages.queue.deleteYes }).click();
  await page.getByText(messages.start.drop).waitFor();
}

/** Cached responses that are not, byte for byte, a file of the build. */
function foreign({ cached }: Stored): string[] {
  const { pathname } = new URL(app.server.url);
  return cached
    .filter(({ path, sha256: hash }) => {
      const file = join(app.folder, decodeURIComponent(path.slice(pathname.length)));
      return !existsSync(file) || sha256(readFileSync(file)) !== hash;
    })
    .map(({ cache, path }) => `${cache}: ${path}`);
}

function expectOnlyTheProgramBesideResults(stored: Stored): void {
  expect(stored.cached.length).toBeGreaterThan(10);
  expect(foreign(stored)).toEqual([]);
  expect(Object.keys(stored.localStorage).filter((key) => !SETTINGS.local.includes(key))).toEqual([]);
  expect(Object.keys(stored.sessionStorage)).toEqual(SETTINGS.session);
  expect(stored.sessionStorage['visit']).toMatch(/^[\da-f-]{36}$/);
  expect([stored.files, stored.cookies]).toEqual([[], []]);
}

describe('what works without a network', () => {
  it('is said as far as it is true, and what is missing is fetched and kept on request', async () => {
    const note = page.locator('header .note');
    expect(await note.innerText()).toBe(messages.offlineMostly);
    await page.evaluate(() => {
      const storage = navigator.storage;
      let asked = false;
      storage.persist = async () => (asked = true);
      storage.persisted = async () => asked;
    });
    await page.getByText(messages.storage.title, { exact: true }).click();
    await page.getByText(messages.storage.evictable).waitFor();
    await context.setOffline(true);
    await page.locator('footer button').click();
    await page.getByRole('alert').getByText(messages.storage.failed).waitFor({ timeout: 60_000 });
    await context.setOffline(false);
    await page.locator('footer button').click();
    await page.getByText(messages.storage.complete).waitFor({ timeout: 60_000 });
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.textContent))
      .toBe(messages.storage.complete);
    expect(await page.getByText(messages.storage.failed).count()).toBe(0);
    await page.getByText(messages.storage.persistent).waitFor();
    expect(await note.innerText()).toBe(messages.offline);
  });
});

describe('what is on the device', () => {
  it('after a check is its result, without the video, and the program’s own files', async () => {
    await check();
    const stored = await everythingStored(page, context);
    expectOnlyTheProgramBesideResults(stored);
    expect(stored.records.map(({ store }) => store)).toEqual([
      'clearframe-results/crops',
      'clearframe-results/jobs',
    ]);
    const { value } = stored.records[1]!;
    expect(value['name']).toBe(NAME);
    expect(JSON.stringify(value)).toContain(sha256(VIDEO));
    expect(JSON.stringify(value)).not.toContain('[Blob]');
    expect(page.url()).not.toContain(NAME);
  });

  it('after “Delete everything” is nothing of it', async () => {
    await check();
    await deleteEverything();
    const stored = await everythingStored(page, context);
    expectOnlyTheProgramBesideResults(stored);
    expect(stored.records).toEqual([]);
    const all = JSON.stringify(stored);
    expect([all.includes(NAME), all.includes(sha256(VIDEO))]).toEqual([false, false]);
  });

  it('and the same from a single result, which says what is kept', async () => {
    await check();
    await page.getByText(messages.queue.kept).waitFor();
    await page.getByRole('button', { name: messages.queue.deleteAll }).click();
    await page.getByRole('button', { name: messages.queue.deleteYes }).click();
    await page.getByText(messages.queue.deleted).waitFor();
    expect((await everythingStored(page, context)).records).toEqual([]);
  });

  it('nor a video that was shared to the app and never taken', async () => {
    await page.evaluate(
      async ([name, bytes]) => {
        const form = new FormData();
        form.append('videos', new File([new Uint8Array(bytes)], name, { type: 'video/mp4' }));
        await fetch('./share-target', { method: 'POST', body: form, redirect: 'manual' });
      },
      [NAME, [...VIDEO]] as const,
    );
    expect(foreign(await everythingStored(page, context))).toHaveLength(1);
    await check();
    await deleteEverything();
    expectOnlyTheProgramBesideResults(await everythingStored(page, context));
  });
});
