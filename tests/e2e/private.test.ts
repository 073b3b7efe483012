import type { BrowserContext, Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LANGUAGES, messages } from '../../src/app/messages.ts';
import { startBareServer, type BareServer } from './bare-server.ts';
import { clip, useBuiltApp } from './built-app.ts';

const app = useBuiltApp('small');
const CANNOT_TELL = messages.outcomes['cannot-tell'].title;

/** A host without headers, under a sub-path: the least that anybody may put the app on. */
let host: BareServer;
let context: BrowserContext;
let page: Page;
/** Origins of everything that the page, its workers and the service worker asked for. */
let origins: Set<string>;

beforeEach(async () => {
  host = await startBareServer(app.folder);
  await open();
});
afterEach(async () => {
  await context.close();
  await host.close();
});

async function open(options: { serviceWorkers?: 'block' } = {}): Promise<void> {
  await context?.close();
  context = await app.browser.newContext(options);
  origins = new Set();
  context.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    // Data and blobs are in the page already: they have no host.
    if (protocol !== 'data:' && protocol !== 'blob:') origins.add(origin);
  });
  page = await context.newPage();
  await page.goto(host.url);
  await page.getByRole('button', { name: messages.start.choose }).waitFor();
}

const offlineReady = (): Promise<void> => page.getByText(messages.offline).waitFor({ timeout: 60_000 });

async function check(name: string): Promise<string> {
  await page.setInputFiles('input[multiple]', clip(name));
  await page.locator('.verdict').waitFor({ timeout: 120_000 });
  // Only a finished check can be passed on.
  await page.getByRole('heading', { name: messages.passOn.title }).waitFor();
  return page.locator('.verdict h1').innerText();
}

const sent = (bytes: string) => page.getByRole('heading', { name: messages.sent.title(bytes), exact: true });

describe('a check, once the page is loaded', () => {
  it('asks the host for nothing, and nobody else ever', async () => {
    await offlineReady();
    host.hits.length = 0;
    expect(await check('face.mp4')).not.toBe(CANNOT_TELL);
    // The browser itself looks for a new version, whenever it likes.
    expect(host.hits.filter((hit) => !hit.endsWith('/sw.js'))).toEqual([]);
    expect([...origins]).toEqual([new URL(host.url).origin]);
  });

  it('works with the host gone', async () => {
    await offlineReady();
    await host.close();
    expect(await check('face.mp4')).not.toBe(CANNOT_TELL);
    host = await startBareServer(app.folder); // for the closing of this test
  });
});

describe('a host that sends no headers', () => {
  it('the service worker isolates the page from the second visit on; the page never reloads itself', async () => {
    let reloads = 0;
    page.on('domcontentloaded', () => reloads++);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    await offlineReady();
    expect(await check('face.mp4')).not.toBe(CANNOT_TELL);
    expect(reloads).toBe(0);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    await page.reload();
    await page.getByRole('link', { name: messages.name }).waitFor();
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  });

  it('and no service worker either: every decoder works, unisolated', async () => {
    await open({ serviceWorkers: 'block' });
    expect(await page.evaluate(() => [crossOriginIsolated, typeof SharedArrayBuffer])).toEqual([
      false,
      'undefined',
    ]);
    expect(await check('face.mp4')).not.toBe(CANNOT_TELL);
    await page.getByText(messages.sent.notCountedTitle).waitFor();
    await page.getByRole('button', { name: messages.result.again }).click();
    // MPEG-4 part 2 is decoded by ffmpeg.wasm; the clip shows no face.
    expect(await check('mpeg4.avi')).toBe(CANNOT_TELL);
    await page.locator('.verdict').getByText(messages.reasons.no_face).waitFor();
  });

  describe('still has the policy, in the page and from the second visit on in its workers', () => {
    let elsewhere: BareServer;
    beforeEach(async () => {
      elsewhere = await startBareServer(app.folder);
      await offlineReady();
      await page.reload();
    });
    afterEach(() => elsewhere.close());

    it('the browser refuses whatever leads elsewhere', async () => {
      const refused = await page.evaluate(async (url) => {
        const violations: string[] = [];
        addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
          violations.push(effectiveDirective),
        );
        await fetch(url, { method: 'POST', body: 'x', mode: 'no-cors' }).catch(() => undefined);
        navigator.sendBeacon(url, 'x');
        const picture = new Image();
        await new Promise((resolve) => {
          picture.onerror = resolve;
          picture.src = `${url}icon.svg`;
        });
        const form = Object.assign(document.createElement('form'), { action: url, method: 'POST' });
        document.body.append(form);
        form.submit();
        try {
          new WebSocket(url.replace('http', 'ws'));
        } catch {
          // Some browsers throw here, others report only.
        }
        await new Promise((resolve) => setTimeout(resolve, 500));
        return violations;
      }, elsewhere.url);
      expect(new Set(refused)).toEqual(new Set(['connect-src', 'img-src', 'form-action']));
      expect(elsewhere.hits).toEqual([]);
    });

    it('and code that is not a file of the app: eval, scripts and styles in the page, workers made of text', async () => {
      const { refused, ran } = await page.evaluate(async () => {
        const violations: string[] = [];
        addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
          violations.push(effectiveDirective),
        );
        const inline = Object.assign(document.createElement('script'), { textContent: 'globalThis.ran = 1' });
        document.body.append(inline);
        document.body.insertAdjacentHTML('beforeend', '<p style="color: red" onclick="ran = 2"></p>');
        new Worker(URL.createObjectURL(new Blob(['postMessage(1)']))).onerror = () => undefined;
        // Developer tools may eval; a timer is the page's own.
        await new Promise<void>((resolve) =>
          setTimeout(() => {
            try {
              (0, eval)('globalThis.ran = 3');
            } catch {
              // as it should be
            }
            resolve();
          }),
        );
        await new Promise((resolve) => setTimeout(resolve, 500));
        return { refused: violations, ran: (globalThis as { ran?: number }).ran ?? 0 };
      });
      expect(ran).toBe(0);
      expect(new Set(refused)).toEqual(
        new Set(['script-src', 'script-src-elem', 'script-src-attr', 'style-src-attr', 'worker-src']),
      );
    });

    it('and the same inside the workers', async () => {
      await check('h264-sar.mp4');
      for (const worker of page.workers()) {
        const answers = await worker.evaluate(async (url) => {
          const sent = await fetch(url, { method: 'POST', body: 'x', mode: 'no-cors' }).then(
            () => 'sent',
            () => 'refused',
          );
          const evaluated = await new Promise((resolve) =>
            setTimeout(() => {
              try {
                resolve((0, eval)('"evaluated"'));
              } catch {
                resolve('refused');
              }
            }),
          );
          return [sent, evaluated];
        }, elsewhere.url);
        expect(answers, worker.url()).toEqual(['refused', 'refused']);
      }
      expect(page.workers().length).toBeGreaterThan(2);
      expect(elsewhere.hits).toEqual([]);
    });
  });
});

describe('“Sent since you chose this file”', () => {
  beforeEach(offlineReady);

  it('is 0 bytes after a check, and lists what was asked for', async () => {
    await check('face.mp4');
    await sent('0 bytes').click();
    const { count, listed } = await page
      .locator('details', { has: page.locator('[data-requests]') })
      .evaluate((details) => ({
        count: Number(details.querySelector<HTMLElement>('[data-requests]')!.dataset.requests),
        listed: [...details.querySelectorAll('li')].map((item) => item.innerText.trim()),
      }));
    expect(listed).toHaveLength(count);
    expect(listed.filter((address) => !/^(assets|runtime|model)\/[\w./-]+$/.test(address))).toEqual([]);
  });

  it.each([
    ['a body that the page posts', 1234, 'fetch("./nowhere", { method: "POST", body: "x".repeat(1234) })'],
    ['a beacon', 77, 'navigator.sendBeacon("./nowhere", "x".repeat(77))'],
    ['a query in an address', 5, 'fetch("./nowhere?data")'],
  ])('shows %s', async (_, bytes, leak) => {
    await check('h264-sar.mp4');
    await sent('0 bytes').waitFor();
    await page.evaluate(leak);
    await sent(`${bytes.toLocaleString('en')} bytes`).waitFor();
  });

  it('stays what it was in another language', async () => {
    await check('h264-sar.mp4');
    await page.evaluate('fetch("./nowhere?data")');
    await sent('5 bytes').waitFor();
    const requests = async (): Promise<number> =>
      Number(await page.locator('[data-requests]').getAttribute('data-requests'));
    const before = await requests();
    await page.locator('select').selectOption('es');
    await page.getByRole('heading', { name: LANGUAGES.es.messages.sent.title('5 bytes') }).waitFor();
    expect(await requests()).toBeGreaterThanOrEqual(before);
  });

  it('shows what a worker posts, during a check', async () => {
    await page.setInputFiles('input[multiple]', clip('long-gop.mp4'));
    const worker = page.workers().find((one) => one.url().includes('/assets/worker-'))!;
    await worker.evaluate((url) => {
      void fetch(url, { method: 'POST', body: 'x'.repeat(4321) });
    }, `${host.url}nowhere`);
    await page.locator('.verdict').waitFor({ timeout: 120_000 });
    await sent('4,321 bytes').waitFor();
  });
});
