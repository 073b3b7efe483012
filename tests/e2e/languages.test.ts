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

it('shows a name that begins with digits as it is, in Arabic too', async () => {
  const name = '20240102_123456.mp4';
  const page = await app.browser.newPage({ locale: 'ar-EG' });
  await page.goto(app.server.url);
  await page.getByRole('button', { name: ar.messages.start.choose }).waitFor();
  await page.setInputFiles('input[multiple]', { name, mimeType: 'video/mp4', buffer: Buffer.from('none') });
  /** Where its characters are, from left to right. */
  const places = (selector: string): Promise<number[]> =>
    page.locator(selector, { hasText: name }).evaluate((element, name) => {
      const text = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      while (text.nextNode()!.textContent !== name);
      return Array.from(name, (_, at) => {
        const range = document.createRange();
        range.setStart(text.currentNode, at);
        range.setEnd(text.currentNode, at + 1);
        return range.getBoundingClientRect().left;
      });
    }, name);
  for (const selector of ['.verdict .file', '.rows .name']) {
    await page.locator(selector).waitFor();
    const found = await places(selector);
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    await page.getByRole('link', { name: ar.messages.name }).click();
  }
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
  // So do the crops.
  const crops = page.locator('figure ol li');
  expect((await crops.first().boundingBox())!.x).toBeLessThan((await crops.last().boundingBox())!.x);
  const slider = page.getByRole('slider', { name: ar.messages.moment.slider });
  await slider.press('Home');
  await slider.press('ArrowRight');
  expect(await slider.inputValue()).toBe('1');
  await page.reload();
  await page.locator('.verdict h1').waitFor();
  expect(await page.locator('html').getAttribute('dir')).toBe('rtl');
  await context.close();
});
