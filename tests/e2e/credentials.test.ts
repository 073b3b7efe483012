import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type Locator, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { root } from '../../scripts/root.ts';
import { messages } from '../../src/app/messages.ts';
import { useBuiltApp } from './built-app.ts';
import { everythingStored } from './stored.ts';

const app = useBuiltApp('small');

const fixtures = join(root, 'tests/fixtures');
const signed = join(fixtures, 'credentials/signed.mp4');
const words = messages.credentials;

let context: BrowserContext;
let page: Page;
/** Every address that was asked for, by the page, its workers and the service worker. */
let requests: string[];
const folder = mkdtempSync(join(tmpdir(), 'clearframe-credentials-'));

afterAll(async () => {
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  context = await app.browser.newContext();
  requests = [];
  context.on('request', (request) => requests.push(request.url()));
  page = await context.newPage();
});
afterEach(() => context.close());

/** Checks a file and waits until its credentials have the state. */
async function check(path: string, state: string): Promise<Locator> {
  await page.goto(app.server.url);
  await page.getByRole('button', { name: messages.start.choose }).waitFor();
  await page.setInputFiles('input[multiple]', path);
  await page.locator('.verdict').waitFor({ timeout: 120_000 });
  const section = page.locator('[data-credentials]');
  await page.locator(`[data-credentials=${state}]`).waitFor({ timeout: 60_000 });
  return section;
}

/** What is kept of credentials with the results on this device. */
async function keptStates(): Promise<(string | undefined)[]> {
  const { records } = await everythingStored(page, context);
  return records
    .filter(({ store }) => store === 'clearframe-results/jobs')
    .map(({ value }) => (value.credentials as { state?: string } | null)?.state);
}

/** The signed clip with one bit changed, `distance` bytes after the first `text`. */
function changed(text: string, distance: number): string {
  const bytes = readFileSync(signed);
  bytes[bytes.indexOf(text, 0, 'latin1') + distance]! ^= 1;
  const path = join(folder, `${text}.mp4`);
  writeFileSync(path, bytes);
  return path;
}

const readerFetched = (): boolean => requests.some((url) => url.includes('/c2pa/'));
const elsewhere = (): string[] =>
  requests.filter((url) => new URL(url).origin !== new URL(app.server.url).origin);

describe('a signed clip', () => {
  it('gets three answers beside its verdict, in words, and nothing leaves the origin', async () => {
    const section = await check(signed, 'present');
    await section.getByText(words.presentMeaning).waitFor();
    await section.getByText(words.intactMeaning).waitFor();
    await section.getByText(words.trusted.unchecked.meaning).waitFor();
    await section.getByText(words.source('trainedAlgorithmicMedia'), { exact: true }).waitFor();
    await section.getByText('Test newsroom').waitFor();
    // It has a place of its own, outside of the verdict, and the verdict does not know it.
    expect(await page.locator('.verdict [data-credentials]').count()).toBe(0);
    expect(await page.locator('.verdict').innerText()).not.toMatch(/credential|AI\b/i);
    // Its text is shown as text, markup or not.
    await section.getByText('<b>Clearframe</b> tests 1').waitFor();
    expect(await section.locator('b').count()).toBe(0);
    expect(readerFetched()).toBe(true);
    expect(elsewhere()).toEqual([]);
  });

  it('has what it says in a line directly below the verdict, from where one gets to the rest, on a phone', async () => {
    await page.setViewportSize({ width: 320, height: 700 });
    await check(signed, 'present');
    const line = page.getByRole('region', { name: words.line.title });
    const said = await line.innerText();
    expect(said).toContain(words.line.says(words.source('trainedAlgorithmicMedia')));
    expect(said).toContain(words.line.trusted.unchecked);
    expect(await page.locator('.verdict + section').innerText()).toBe(said);
    await line.getByRole('button', { name: words.line.more }).click();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('credentials');
    // It is still the result that is shown, in the same place of the browser's history.
    expect(await page.locator('.verdict').count()).toBe(1);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  });

  it('begins each answer where the page does, in Arabic too, whose other side Latin letters begin at', async () => {
    const section = await check(signed, 'present');
    await page.locator('header select').selectOption('ar');
    const value = section.getByText('Test newsroom');
    const [text, cell] = [
      (await value.boundingBox())!,
      (await section.locator('dd', { hasText: 'Test newsroom' }).boundingBox())!,
    ];
    expect(text.width).toBeLessThan(cell.width / 2);
    expect(text.x + text.width).toBeCloseTo(cell.x + cell.width, 0);
  });

  it('is remembered with its result, when the file itself is not at hand any more, and printed', async () => {
    await check(signed, 'present');
    await page.getByText(words.presentMeaning).waitFor();
    await expect.poll(() => keptStates()).toEqual(['present']);
    await page.reload();
    await page.locator('[data-credentials=present]').getByText('Test newsroom').waitFor();
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('[data-credentials=present]').isVisible()).toBe(true);
  });

  it('made from another one tells how that was made, and may say a thing twice', async () => {
    const section = await check(join(fixtures, 'credentials/edited.mp4'), 'present');
    await section.getByText(words.facts.earlierSources).waitFor();
    await section.getByText(words.source('trainedAlgorithmicMedia'), { exact: true }).waitFor();
    expect(await section.getByText(words.action('c2pa.adjustedColor')).count()).toBe(2);
  });
});

describe('a signed clip that was changed', () => {
  it('is present, not intact, and its words are without proof', async () => {
    const section = await check(changed('mdat', 2000), 'present');
    await section.getByText(words.problems['content-changed']).waitFor();
    await page.getByText(words.line.broken).waitFor();
    await section.getByText(words.saysUnprovenTitle).waitFor();
    expect(await section.getByText(words.intactMeaning).count()).toBe(0);
  });

  it('in its manifest’s frame ends in one sentence', async () => {
    const section = await check(changed('jumb', 0), 'unreadable');
    await section.getByText(words.unreadable.damaged).waitFor();
  });
});

describe('a clip without credentials', () => {
  it('says so, what that does not mean, and fetches no reader', async () => {
    const section = await check(join(fixtures, 'clips/h264-sar.mp4'), 'none');
    await section.getByText(words.noneMeaning).waitFor();
    expect(readerFetched()).toBe(false);
    expect(elsewhere()).toEqual([]);
  });
});

describe('a clip whose credentials lie on a server', () => {
  it('says so and asks nobody', async () => {
    const xmp = Buffer.from('be7acfcb97a942e89c71999491e3afac', 'hex');
    const text = '<x:xmpmeta dcterms:provenance="https://example.com/manifest.c2pa"></x:xmpmeta>';
    const box = Buffer.concat([Buffer.from('\0\0\0\0uuid'), xmp, Buffer.from(text)]);
    box.writeUInt32BE(box.length);
    const path = join(folder, 'remote.mp4');
    writeFileSync(path, Buffer.concat([readFileSync(join(fixtures, 'clips/h264-sar.mp4')), box]));
    const section = await check(path, 'unreadable');
    await section.getByText(words.unreadable.remote).waitFor();
    expect(readerFetched()).toBe(false);
    expect(elsewhere()).toEqual([]);
  });
});
