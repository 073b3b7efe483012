import { writeFileSync, mkdtempSync, rmSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { firstSentence } from '../../src/app/format.ts';
import { LANGUAGES, messages } from '../../src/app/messages.ts';
import { type VerdictRecord } from '../../src/verdict/index.ts';
import { clip, useBuiltApp } from './built-app.ts';
import { DESKTOP, DEVICES, PHONE, type Device } from './devices.ts';

const app = useBuiltApp('small');

let context: BrowserContext;
let page: Page;
/** Every address that was asked for, by the page, its workers and the service worker. */
let requests: string[];

beforeEach(() => begin(DESKTOP));
afterEach(() => context.close());

async function begin(device: Device): Promise<void> {
  context = await app.browser.newContext({ acceptDownloads: true, ...device });
  requests = [];
  context.on('request', (request) => requests.push(request.url()));
  page = await context.newPage();
}

async function open(): Promise<void> {
  await page.goto(app.server.url);
  await page.getByRole('button', { name: messages.start.choose }).waitFor();
}

async function check(...paths: string[]): Promise<string> {
  await page.setInputFiles('input[multiple]', paths);
  return verdict();
}

async function verdict(): Promise<string> {
  await page.locator('.verdict').waitFor({ timeout: 120_000 });
  return page.locator('.verdict h1').innerText();
}

describe.each(DEVICES)('a link to a verdict, on %s', (_, device) => {
  beforeEach(async () => {
    await context.close();
    await begin(device);
  });

  it('is a claim to whoever opens it, until the same file repeats it', async () => {
    await open();
    const title = await check(clip('face.mp4'));
    await page.getByRole('button', { name: messages.passOn.copy }).click();
    const link = await page.getByLabel(messages.passOn.label).inputValue();
    expect(link.length).toBeLessThan(2000);
    await page.getByLabel(messages.passOn.withName).check();
    await page.getByRole('button', { name: messages.passOn.copy }).click();
    const named = await page.getByLabel(messages.passOn.label).inputValue();

    page = await context.newPage();
    await page.goto(named);
    await page.getByText(messages.claim.named).locator('bdi', { hasText: 'face.mp4' }).waitFor();
    page = await context.newPage();
    await page.goto(link);
    await page.getByText(messages.claim.warning).waitFor();
    expect(await page.getByText('face.mp4').count()).toBe(0);
    await page.getByText(messages.claim.title(title)).waitFor();
    await page.getByText(messages.claim.warning).waitFor();
    expect(await page.locator('.plot circle').count()).toBeGreaterThan(5);
    // No server is told: the fragment is in no request.
    expect(requests.filter((url) => url.includes('verdict='))).toEqual([]);

    expect(await check(clip('face.mp4'))).toBe(title);
    const note = page.locator('[data-comparison]');
    expect(await note.getAttribute('data-comparison')).toBe('repeated');
    await page.getByRole('button', { name: messages.claim.back }).click();
    await check(clip('h264-sar.mp4'));
    expect(await note.getAttribute('data-comparison')).toBe('another-file');
    // The way home leaves the claim behind.
    await page.getByRole('link', { name: messages.name }).click();
    await page.getByRole('button', { name: messages.start.choose }).waitFor();
    expect(new URL(page.url()).hash).toBe('');
  });
});

describe('a link to a verdict', () => {
  it('that is damaged ends in one sentence, with the start page below it', async () => {
    await page.goto(`${app.server.url}#verdict=1.${'A'.repeat(50)}`);
    await page.getByRole('alert').getByText(messages.refused.link_damaged()).waitFor();
    await page.getByRole('button', { name: messages.start.choose }).waitFor();
    // What is watched live has nothing to do with it.
    await page.getByRole('button', { name: messages.live.open }).click();
    await page.getByRole('heading', { name: messages.live.title }).waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it.each(Object.entries(LANGUAGES))(
    'or a record of a newer version is told of in one sentence, in the language %s',
    async (locale, { messages: words }) => {
      await context.close();
      context = await app.browser.newContext({ locale });
      page = await context.newPage();
      await page.goto(`${app.server.url}#verdict=2.abc`);
      const told = page.getByRole('alert').getByText(words.refused.newer(), { exact: true });
      await told.waitFor();
      await page.goto('about:blank');
      await page.goto(app.server.url);
      await page.getByRole('button', { name: words.start.choose }).waitFor();
      await page.setInputFiles('input[multiple]', {
        name: 'saved.json',
        mimeType: 'application/json',
        buffer: Buffer.from('{"format":"clearframe-verdict","version":2}'),
      });
      await told.waitFor();
    },
  );

  it('a saved record opens as a claim too, and markup in it stays text', async () => {
    await open();
    await check(clip('face.mp4'));
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: messages.passOn.save }).click();
    const record = JSON.parse(readFileSync(await (await download).path(), 'utf8')) as VerdictRecord;
    record.runtime.fallbacks = ['<img src=x onerror=alert(1)>'];
    const saved = {
      name: 'saved.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify(record)),
    };
    await page.getByRole('button', { name: messages.result.again }).click();
    await page.setInputFiles('input[multiple]', saved);
    await page.getByText(messages.claim.warning).waitFor();
    await page.getByText('<img src=x onerror=alert(1)>').waitFor();
    expect(await page.locator('main img').count()).toBe(0);
    const broken = { ...saved, buffer: Buffer.from('{"format": 3}') };
    await page.setInputFiles('input[multiple]', broken);
    const told = page.getByRole('alert').getByText(messages.refused.not_a_record());
    await told.waitFor();
    await page.emulateMedia({ media: 'print' });
    expect(await told.isVisible()).toBe(false);
    await page.emulateMedia({ media: 'screen' });
    // What is checked next has nothing to do with it.
    await check(clip('audio-only.mp4'));
    expect(await told.count()).toBe(0);
  });
});

describe('files that cannot be judged', () => {
  const folder = mkdtempSync(join(tmpdir(), 'clearframe-app-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const made = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  it('each end in cannot tell with a helpful sentence, and the page goes on', async () => {
    await open();
    const files = [
      made('empty.mp4', ''),
      made('notes.mp4', 'no video '.repeat(100)),
      clip('h264-bframes.mp4'),
    ];
    await page.setInputFiles('input[multiple]', files);
    const { reasons } = messages;
    const expected = [reasons.empty_file, reasons.not_a_video, reasons.no_face];
    const rows = page.locator('section[aria-labelledby=queue] .open');
    for (const [index, sentence] of expected.entries()) {
      await rows.nth(index).getByText(messages.outcomes['cannot-tell'].title).waitFor({ timeout: 120_000 });
      await rows.nth(index).click();
      expect(await verdict()).toBe(messages.outcomes['cannot-tell'].title);
      await page.locator('.verdict').getByText(sentence).waitFor();
    }
  });

  it('say why on a picture too, which names the file only where that was asked for', async () => {
    await page.addInitScript(() => {
      const drawn: string[] = [];
      Object.assign(globalThis, { drawn });
      const { prototype } = OffscreenCanvasRenderingContext2D;
      Object.assign(prototype, { fillText: (text: string) => void drawn.push(text) });
    });
    await open();
    await check(made('empty.mp4', ''));
    const written = async (): Promise<string> => {
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: messages.passOn.picture }).click();
      await download;
      return page.evaluate(() => (globalThis as unknown as { drawn: string[] }).drawn.splice(0).join(' '));
    };
    const text = await written();
    expect(text).toContain(firstSentence(messages.reasons.empty_file));
    expect(text).not.toContain(messages.passOn.cardNote);
    expect(text).not.toContain('empty.mp4');
    await page.getByLabel(messages.passOn.withName).check();
    expect(await written()).toContain('empty.mp4');
  });
});

describe('cancelling', () => {
  it('ends the worker at once, says so, and the next file is checked as ever', async () => {
    await open();
    await page.setInputFiles('input[multiple]', clip('long-gop.mp4'));
    await page.getByRole('button', { name: messages.running.cancel }).click();
    expect(await verdict()).toBe(messages.outcomes['cannot-tell'].title);
    await page.getByText(messages.reasons.cancelled).waitFor();
    await page.getByRole('button', { name: messages.result.again }).click();
    expect(await check(clip('face.mp4'))).not.toBe(messages.outcomes['cannot-tell'].title);
  });
});

describe('dropping and pasting', () => {
  it.each(['drop', 'paste'] as const)('a file by %s', async (way) => {
    await open();
    await page.evaluate((kind) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['no video'], 'notes.mp4'));
      const event =
        kind === 'drop'
          ? new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true })
          : new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true });
      document.querySelector('main')!.dispatchEvent(event);
    }, way);
    expect(await verdict()).toBe(messages.outcomes['cannot-tell'].title);
  });
});

describe('without a network', () => {
  it('works once the page says so', async () => {
    await open();
    await page.getByText(messages.offline).waitFor({ timeout: 60_000 });
    await context.setOffline(true);
    await page.reload();
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(await check(clip('face.mp4'))).not.toBe(messages.outcomes['cannot-tell'].title);
  });
});

it('what works without a network is said late on a phone, and moves nothing when it is', async () => {
  /** Where the page begins below its head. */
  const top = async (serviceWorkers: 'allow' | 'block'): Promise<number> => {
    const visitor = await app.browser.newContext({ ...PHONE, serviceWorkers });
    const own = await visitor.newPage();
    await own.goto(app.server.url);
    await own.getByRole('button', { name: messages.start.choose }).waitFor();
    const note = own.locator('header .note');
    if (serviceWorkers === 'allow') await note.waitFor({ timeout: 60_000 });
    else expect(await note.isVisible()).toBe(false);
    const { y } = (await own.locator('main').boundingBox())!;
    await visitor.close();
    return y;
  };
  expect(await top('allow')).toBe(await top('block'));
});

describe('a detector whose files were tampered with', () => {
  it('is refused', async () => {
    await context.close();
    context = await app.browser.newContext({ serviceWorkers: 'block' });
    page = await context.newPage();
    await context.route('**/model/*.bin', async (route) => {
      const response = await route.fetch();
      const body = await response.body();
      body[100] = body[100]! ^ 1;
      await route.fulfill({ response, body });
    });
    await open();
    expect(await check(clip('face.mp4'))).toBe(messages.outcomes['cannot-tell'].title);
    await page.getByText(messages.reasons.model_integrity_failed).waitFor();
  });

  it('or is long in coming: a file that is chosen by then is not lost', async () => {
    await context.close();
    context = await app.browser.newContext({ serviceWorkers: 'block' });
    page = await context.newPage();
    let send = (): void => undefined;
    const sent = new Promise<void>((resolve) => (send = resolve));
    await context.route('**/model/manifest.json', async (route) => {
      await sent;
      await route.continue();
    });
    await open();
    await page.setInputFiles('input[multiple]', clip('face.mp4'));
    await page.getByText(messages.running.title('face.mp4')).waitFor();
    send();
    expect(await verdict()).not.toBe(messages.outcomes['cannot-tell'].title);
  });

  it('or does not come: the page takes files, says what is wrong, and judges them when it comes', async () => {
    await context.close();
    context = await app.browser.newContext({ serviceWorkers: 'block' });
    page = await context.newPage();
    await context.route('**/model/manifest.json', (route) => route.fulfill({ status: 503 }));
    await open();
    expect(await check(clip('face.mp4'))).toBe(messages.outcomes['cannot-tell'].title);
    await page.getByText(messages.reasons.model_integrity_failed).waitFor();
    await context.unrouteAll();
    await page.getByRole('button', { name: messages.queue.retry, exact: true }).click();
    await page.locator('.verdict h1', { hasNotText: messages.outcomes['cannot-tell'].title }).waitFor();
    // What the page itself asks for came too: this, and how often a verdict is wrong, rest on it.
    await page.getByRole('button', { name: messages.map.show }).waitFor();
  });

  it('or does not come, nor the sample: the page says so', async () => {
    await context.close();
    context = await app.browser.newContext({ serviceWorkers: 'block' });
    page = await context.newPage();
    await context.route(/model\/manifest\.json|sample\//, (route) => route.abort());
    await open();
    await page.getByRole('button', { name: messages.start.sample }).click();
    await page.getByRole('status').getByText(messages.reasons.model_integrity_failed).waitFor();
  });

  it('or is not shipped: the page says so and takes no file', async () => {
    await context.close();
    context = await app.browser.newContext({ serviceWorkers: 'block' });
    page = await context.newPage();
    await context.route('**/model/manifest.json', (route) => route.fulfill({ status: 404 }));
    await page.goto(app.server.url);
    await page.getByText(messages.start.noModel).waitFor();
    expect(await page.locator('input[multiple]').count()).toBe(0);
  });
});
