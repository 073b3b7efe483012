/** A page over plain http has no hashes, no locks and no service worker: it says what to do in place of nothing. */
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureChromium } from '../../scripts/chromium.ts';
import { CHROMIUM_FLAGS } from '../../scripts/pipeline.ts';
import { LANGUAGES } from '../../src/app/messages.ts';
import { useBuiltApp } from './built-app.ts';

const app = useBuiltApp('small');
const { en, es, ar } = LANGUAGES;

/** A browser that finds the app under a name that is not the machine's own. */
let browser: Browser;
beforeAll(async () => {
  const args = [...CHROMIUM_FLAGS, '--host-resolver-rules=MAP news.intranet 127.0.0.1'];
  browser = await chromium.launch({ executablePath: ensureChromium(), args });
});
afterAll(() => browser.close());

it.each([
  ['en-GB', en],
  ['es-MX', es],
  ['ar-EG', ar],
] as const)('over plain http a browser in %s sees one sentence', async (locale, { messages, direction }) => {
  const page = await browser.newPage({ locale });
  const errors: Error[] = [];
  page.on('pageerror', (error) => errors.push(error));
  await page.goto(app.server.url.replace('localhost', 'news.intranet'));
  await page.getByText(messages.notSecure, { exact: true }).waitFor({ timeout: 10_000 });
  expect(await page.locator('html').getAttribute('dir')).toBe(direction);
  expect(await page.locator('#app').innerText()).toBe(messages.notSecure);
  expect(errors).toEqual([]);
  await page.close();
});
