/** The page speaks the person's language, and changes it without losing anything. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../../scripts/root.ts';
import { LANGUAGES } from '../../src/app/messages.ts';
import { useBuiltApp } from './built-app.ts';

const app = useBuiltApp('small');

const { en, es, ar } = LANGUAGES;

it.each([
  ['es-MX', 'es', 'ltr', es],
  ['ar-EG', 'ar', 'rtl', ar],
  ['de-DE', 'en', 'ltr', en],
] as const)('a browser in %s sees %s, %s', async (locale, code, direction, { messages }) => {
  const page = await app.browser.newPage({ locale });
  await page.goto(app.server.url);
  await page.getByRole('heading', { name: messages.tagline }).waitFor();
  expect(await page.locator('html').getAttribute('lang')).toBe(code);
  expect(await page.locator('html').getAttribute('dir')).toBe(direction);
  await page.close();
});

it('changes in the middle of a check, which goes on, and is remembered', async () => {
  const context = await app.browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  await page.goto(app.server.url);
  await page.getByRole('button', { name: en.messages.start.choose }).waitFor();
  await page.setInputFiles('input[multiple]', join(root, 'tests/fixtures/clips/face.mp4'));
  await page.getByRole('heading', { name: en.messages.running.title('face.mp4') }).waitFor();
  await page.locator('select').selectOption('ar');
  await page.locator('.verdict h1').waitFor({ timeout: 60_000 });
  const titles = Object.values(ar.messages.outcomes).map(({ title }) => title);
  expect(titles).toContain(await page.locator('.verdict h1').innerText());
  // The plot's arrows and marks lie where they lie in other languages: time goes from left to right.
  const [first, last] = await Promise.all([
    page.locator('.plot circle').first().boundingBox(),
    page.locator('.plot circle').last().boundingBox(),
  ]);
  expect(first!.x).toBeLessThan(last!.x);
  const slider = page.getByRole('slider', { name: ar.messages.moment.slider });
  await slider.press('Home');
  await slider.press('ArrowRight');
  expect(await slider.inputValue()).toBe('1');
  await page.reload();
  await page.locator('.verdict h1').waitFor();
  expect(await page.locator('html').getAttribute('dir')).toBe('rtl');
  await context.close();
});
