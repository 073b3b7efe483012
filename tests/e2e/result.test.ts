/** What can be done with one result, on one page: looked into, saved, printed. */
import { readFileSync, statSync } from 'node:fs';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureChromium } from '../../scripts/chromium.ts';
import { CHROMIUM_FLAGS } from '../../scripts/pipeline.ts';
import { messages } from '../../src/app/messages.ts';
import { parseRecord } from '../../src/verdict/index.ts';
import { clip, useBuiltApp } from './built-app.ts';
import { DEVICES } from './devices.ts';
import { DatedFiles, keepResults, keptRecord, tooShort } from './made-results.ts';

const app = useBuiltApp();

let context: BrowserContext;
let page: Page;
/** Every address that was asked for, by the page, its workers and the service worker. */
let requests: string[];

/** What the browser does before it prints. */
async function print(): Promise<void> {
  await page.emulateMedia({ media: 'print' });
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
}

describe.each(DEVICES)('a clip with a face, on %s', (_, device) => {
  beforeAll(async () => {
    context = await app.browser.newContext({ acceptDownloads: true, ...device });
    requests = [];
    context.on('request', (request) => requests.push(request.url()));
    page = await context.newPage();
    await page.goto(app.server.url);
    await page.setInputFiles('input[multiple]', clip('face.mp4'));
    await page.locator('.verdict').waitFor({ timeout: 120_000 });
    await page.getByRole('button', { name: messages.passOn.save }).waitFor();
  });
  afterAll(() => context.close());

  it('gets a verdict, with evidence, and nothing leaves the origin', async () => {
    const judged = [
      messages.outcomes.strong.title,
      messages.outcomes.some.title,
      messages.outcomes.none.title,
    ];
    expect(judged).toContain(await page.locator('.verdict h1').innerText());
    expect(await page.locator('canvas').count()).toBeGreaterThan(5);
    expect(await page.locator('.plot circle').count()).toBeGreaterThan(5);
    const origin = new URL(app.server.url).origin;
    expect(requests.length).toBeGreaterThan(5);
    expect(requests.filter((url) => new URL(url).origin !== origin)).toEqual([]);
    // The browser decodes H.264 itself: the 32 MB of ffmpeg.wasm are not fetched.
    expect(requests.filter((url) => url.includes('/ffmpeg/'))).toEqual([]);
  });

  it('shows the judged moments in the video, by pointer and by keys', async () => {
    const caption = page.getByText(/^The video at/);
    const box = page.locator('.box');
    await box.waitFor();
    const picture = (await page.locator('.picture').boundingBox())!;
    const face = (await box.boundingBox())!;
    // The portrait's face: in the upper left part of the picture, about a quarter of its width.
    expect((face.x - picture.x) / picture.width).toBeGreaterThan(0.1);
    expect((face.x + face.width - picture.x) / picture.width).toBeLessThan(0.7);
    expect(face.width / picture.width).toBeGreaterThan(0.15);
    expect((face.y + face.height - picture.y) / picture.height).toBeLessThan(0.7);

    await page.locator('figure ol button').first().click();
    expect(await caption.textContent()).toContain(messages.moment.caption('0:00.0'));
    const slider = page.getByRole('slider', { name: messages.moment.slider });
    await slider.press('ArrowRight');
    expect(await caption.textContent()).not.toContain('0:00.0');
    expect(await slider.getAttribute('aria-valuetext')).toContain('score');
    const shown = await page.locator('video').evaluate((video: HTMLVideoElement) => video.currentTime);
    expect(shown).toBeGreaterThan(0.05);
  });

  it('shows on request where the network reacted, in a picture and in numbers', async () => {
    await page.getByRole('button', { name: messages.map.show }).click();
    await page.getByText(messages.map.note(12)).waitFor({ timeout: 60_000 });
    expect(await page.locator('canvas.overlay').count()).toBe(1);
    const cells = await page.locator('table:has(caption) tbody td').allInnerTexts();
    const shares = cells.map((cell) => Number(/^(\d+)%/.exec(cell)![1]));
    expect(shares).toHaveLength(9);
    // Rounded to whole percentages, each by up to a half.
    expect(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 100)).toBeLessThan(5);
    await page.getByRole('button', { name: messages.map.hide }).click();
    expect(await page.locator('canvas.overlay').count()).toBe(0);
  });

  it('can be saved as a record that reads back', async () => {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: messages.passOn.save }).click();
    const record = parseRecord(JSON.parse(readFileSync(await (await download).path(), 'utf8')));
    expect(record.sampling.framesWithFace).toBeGreaterThan(5);
    expect(JSON.stringify(record)).not.toContain('face.mp4');
  });

  it('can be saved as a picture, shown as a QR code, and printed with its evidence', async () => {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: messages.passOn.picture }).click();
    const png = readFileSync(await (await download).path());
    expect([...png.subarray(1, 4)].map((byte) => String.fromCharCode(byte)).join('')).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1200, 630]);

    await page.getByRole('button', { name: messages.passOn.qr }).click();
    await page.getByRole('img', { name: messages.passOn.qrLabel }).waitFor();

    await print();
    const visible = (text: string): Promise<boolean> =>
      page.getByText(text, { exact: true }).first().isVisible();
    expect(await visible(messages.result.facts.modelHash)).toBe(true);
    expect(await visible(messages.passOn.title)).toBe(false);
    expect(await page.locator('canvas').first().isVisible()).toBe(true);
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    expect(await visible(messages.result.facts.modelHash)).toBe(false);
    await page.emulateMedia({ media: 'screen' });
  });

  it('never says "real", and does not scroll sideways', async () => {
    await page.locator('summary').last().click();
    expect(await page.locator('main').innerText()).not.toMatch(/\breal\b/i);
    const { width } = device.viewport;
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });

  it('is printed with all there is to it, and a way to check it, but nothing of other files', async () => {
    await page.getByRole('button', { name: messages.result.again }).click();
    await page.setInputFiles('input[multiple]', clip('h264-bframes.mp4'));
    await page.getByText(messages.queue.summary(2, 2)).waitFor({ timeout: 120_000 });
    await page.locator('.rows .open', { hasText: 'face.mp4' }).click();
    // On a screen it is there, but not shown.
    await page.getByText(messages.passOn.printedLink).waitFor({ state: 'attached' });
    await print();
    const paper = await page.locator('body').innerText();
    expect(paper).not.toMatch(/bframes|face\.mp4/);
    expect(paper).not.toContain(messages.queue.title);
    expect(paper).not.toContain(messages.footer);
    expect(await page.locator('select').isVisible()).toBe(false);
    expect(paper).toContain(messages.credentials.noneMeaning);
    // The table of scores is open, without a click.
    expect(await page.locator('.scores tbody tr').first().isVisible()).toBe(true);
    // A copy on this device only: no camera of another one finds anything at its address.
    expect(paper).toContain(messages.passOn.printedOnlyHere);
    expect(await page.getByRole('img', { name: messages.passOn.printedTitle }).count()).toBe(0);
    const link = await page.getByRole('link', { name: messages.passOn.printedLink }).getAttribute('href');
    expect(link).toContain('#verdict=1.');
    expect((await page.pdf()).subarray(0, 4).toString()).toBe('%PDF');

    // The name of the file itself is there when it was asked for.
    await page.emulateMedia({ media: 'screen' });
    await page.getByLabel(messages.passOn.withName).check();
    await print();
    const named = await page.locator('body').innerText();
    expect(named).toContain('face.mp4');
    expect(named).not.toContain('bframes');
  });
});

describe('a copy that others can reach', () => {
  it('prints a code, which opens the result there', async () => {
    const url = app.server.url.replace('localhost', 'clearframe.test');
    const browser = await chromium.launch({
      executablePath: ensureChromium(),
      args: [
        ...CHROMIUM_FLAGS,
        '--host-resolver-rules=MAP clearframe.test 127.0.0.1',
        // In place of a certificate.
        `--unsafely-treat-insecure-origin-as-secure=${new URL(url).origin}`,
      ],
    });
    const page = await browser.newPage();
    await page.goto(url);
    await page.setInputFiles('input[multiple]', clip('audio-only.mp4'));
    await page.getByText(messages.passOn.printedLink).waitFor({ state: 'attached', timeout: 60_000 });
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByRole('img', { name: messages.passOn.printedTitle }).isVisible()).toBe(true);
    expect(await page.getByText(messages.passOn.printedOnlyHere).count()).toBe(0);
    await browser.close();
  });
});

describe('a face that was in view for too short', () => {
  const dated = new DatedFiles();
  afterAll(async () => {
    await context.close();
    dated.remove();
  });

  it('is shown as looked at, not as judged: without a score of its own, and without marked crops', async () => {
    const [face, short] = ['face.mp4', 'short.mp4'].map((name) => dated.copy(clip('face.mp4'), name));
    context = await app.browser.newContext();
    page = await context.newPage();
    await page.goto(app.server.url);
    await page.setInputFiles('input[multiple]', face!);
    await page.locator('.verdict').waitFor({ timeout: 120_000 });
    await page.getByRole('button', { name: messages.passOn.save }).waitFor();
    const marked = page.locator('figure ol').getByText('▲');
    expect(await marked.count()).toBe(3);
    expect(await page.locator('.plot line.own').count()).toBe(1);

    const bytes = statSync(short!).size;
    const record = tooShort(await keptRecord(page, 'face.mp4'));
    await keepResults(page, 'face.mp4', [{ name: 'short.mp4', bytes, record }]);
    await page.locator('.verdict').waitFor(); // what was shown before the page was loaded anew
    await page.getByRole('link', { name: messages.name }).click();
    const row = page.locator('.rows .open', { hasText: 'short.mp4' });
    await row.waitFor();
    await page.setInputFiles('input[multiple]', [face!, short!]);
    await row.click();
    await page.locator('.verdict').getByText(messages.reasons.too_short).waitFor();
    await page.getByText(messages.moment.captionUnjudged('0:00.0')).waitFor();
    await page.getByText(messages.result.scoreless).waitFor();
    expect(await page.locator('.plot circle').count()).toBeGreaterThan(1);
    expect(await page.locator('.plot line.own').count()).toBe(0);
    expect(await page.locator('figure ol li').count()).toBeGreaterThan(3);
    expect(await marked.count()).toBe(0);
    expect(await page.getByText(messages.result.highestNote).count()).toBe(0);
  });
});

describe('a clip that the browser cannot play', () => {
  beforeAll(async () => {
    context = await app.browser.newContext();
    page = await context.newPage();
    await page.goto(app.server.url);
    await page.setInputFiles('input[multiple]', clip('face-mpeg4.mp4'));
    await page.locator('.verdict').waitFor({ timeout: 120_000 });
  });
  afterAll(() => context.close());

  it('shows the judged moments all the same, from the built-in decoder', async () => {
    const canvas = page.locator('.picture canvas');
    const reds = (): Promise<number[]> =>
      canvas.evaluate((element: HTMLCanvasElement) => {
        const { width, height } = element;
        const pixels = element.getContext('2d')!.getImageData(0, 0, width, height).data;
        return [width, height, ...pixels.filter((_, at) => at % 4004 === 0)];
      });
    // The frame around the face comes with the picture.
    await page.locator('.box').waitFor({ timeout: 60_000 });
    const first = await reds();
    expect(first.slice(0, 2)).toEqual([480, 360]);
    expect(new Set(first).size).toBeGreaterThan(50);
    await page.getByRole('slider', { name: messages.moment.slider }).press('End');
    await expect.poll(reds, { timeout: 60_000 }).not.toEqual(first);
    expect(await page.getByText(messages.moment.notPlayable).count()).toBe(0);
  });
});

describe('a clip that the browser decodes, but does not play', () => {
  it('is shown by the built-in decoder, and nothing stumbles over the player that has gone', async () => {
    context = await app.browser.newContext();
    page = await context.newPage();
    const errors: Error[] = [];
    page.on('pageerror', (error) => errors.push(error));
    await page.addInitScript(() => (URL.createObjectURL = () => 'blob:nothing'));
    await page.goto(app.server.url);
    // One whose moments are shown, and one of which another part can be chosen by a picture.
    await page.setInputFiles('input[multiple]', [clip('face.mp4'), clip('long-gop.mp4')]);
    await page.getByText(messages.queue.summary(2, 2)).waitFor({ timeout: 120_000 });
    await page.locator('.box').waitFor({ timeout: 60_000 });
    await page.locator('.rows .open', { hasText: 'long-gop' }).click();
    await page.getByRole('slider', { name: messages.result.coverage.choose }).press('End');
    await expect.poll(() => page.locator('.choose video').count()).toBe(0);
    expect(errors).toEqual([]);
    await context.close();
  });
});
