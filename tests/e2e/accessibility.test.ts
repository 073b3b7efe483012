/**
 * WCAG 2.2 AA, as far as axe can tell, on every screen, in every language, in both themes and at three widths; nothing is cut
 * off sideways at any of them, nor at 200 % zoom.
 */
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LANGUAGES, type LanguageCode } from '../../src/app/messages.ts';
import { brokenWords, covered, motions, tooWide, violations } from './axe.ts';
import { useBuiltApp } from './built-app.ts';
import { AppCopy } from './faults.ts';
import { Walk } from './screens.ts';

// Small: its map has the widest texts in every column.
const app = useBuiltApp('small');
/** Desktop, tablet, a desktop of 1280 pixels at 200 % zoom, and what WCAG asks for: a small phone, or a phone with large text. */
const WIDTHS = [1280, 768, 640, 320];

let context: BrowserContext;
let walk: Walk;

beforeAll(async () => {
  context = await app.browser.newContext({ locale: 'en-US' });
  walk = await Walk.begin(await context.newPage(), app.server.url);
});
afterAll(async () => {
  await context.close();
  walk.end();
});

interface Look {
  colorScheme: 'light' | 'dark';
  width: number;
}

const LOOKS: Record<LanguageCode, Look[]> = {
  en: [
    { colorScheme: 'light', width: 1280 },
    { colorScheme: 'dark', width: 1280 },
  ],
  es: [
    { colorScheme: 'light', width: 768 },
    { colorScheme: 'dark', width: 360 },
  ],
  ar: [
    { colorScheme: 'light', width: 360 },
    { colorScheme: 'dark', width: 768 },
  ],
};

/** What is wrong with what a page shows now. */
async function faults(page: Page, screen: string, looks: Look[]): Promise<string[]> {
  const found: string[] = [];
  for (const { colorScheme, width } of looks) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    found.push(...(await violations(page)).map((one) => `${screen}, ${colorScheme}, ${width}: ${one}`));
  }
  found.push(...(await tooWide(page, WIDTHS)).map((one) => `${screen}: ${one}`));
  // At the narrowest.
  const narrow = [...(await covered(page)), ...(await brokenWords(page))];
  return [...found, ...narrow.map((one) => `${screen}: ${one}`)];
}

describe.each(Object.keys(LOOKS) as LanguageCode[])('in the language %s', (code) => {
  const { messages } = LANGUAGES[code];

  it('no screen violates a rule, and none scrolls sideways', async () => {
    const { page } = walk;
    await walk.home();
    await page.locator('header select').selectOption(code);
    const found: string[] = [];
    for (const { name, reach } of walk.screens) {
      await page.setViewportSize({ width: 1280, height: 900 });
      await reach(messages);
      found.push(...(await faults(page, name, LOOKS[code])));
    }
    expect(found).toEqual([]);
  });

  it('nor does the first visit', async () => {
    const page = await app.browser.newPage({ locale: code });
    await page.goto(app.server.url);
    await page.getByRole('heading', { name: messages.start.points[0]![0] }).waitFor();
    await page.getByRole('button', { name: messages.start.choose }).waitFor();
    expect(await faults(page, 'first visit', LOOKS[code])).toEqual([]);
    await page.close();
  });
});

it('nor does the offer of a new version', async () => {
  const copy = await AppCopy.serve(app);
  const visitor = await app.browser.newContext({ locale: 'en-US' });
  const page = await visitor.newPage();
  await page.goto(copy.server.url);
  await page.getByText(LANGUAGES.en.messages.offline).waitFor({ timeout: 60_000 });
  copy.renew();
  await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
  const found: string[] = [];
  for (const code of Object.keys(LOOKS) as LanguageCode[]) {
    await page.locator('header select').selectOption(code);
    await page.getByText(LANGUAGES[code].messages.update.text).waitFor();
    found.push(...(await faults(page, 'update', LOOKS[code])));
  }
  expect(found).toEqual([]);
  await visitor.close();
  await copy.close();
});

it('what only colours tell is told where the person has chosen others', async () => {
  const { page } = walk;
  await walk.home();
  await page.locator('header select').selectOption('en');
  const colours = (selectors: string[]): Promise<string[]> =>
    page.evaluate((selectors) => {
      document.body.append(document.createElement('progress'));
      const shown = selectors.map((one) => getComputedStyle(document.querySelector(one)!).backgroundColor);
      document.body.lastChild!.remove();
      return shown;
    }, selectors);
  /** Of each screen, what must not look the same. */
  const apart: Record<string, string[][]> = {
    people: [
      ['body', '.line .looked', '.line .run'],
      ['body', 'body > progress'],
    ],
    result: [],
    map: [['body', '.legend .for', '.legend .against']],
  };
  await page.emulateMedia({ forcedColors: 'active' });
  for (const { name, reach } of walk.screens.filter(({ name }) => name in apart)) {
    await reach(LANGUAGES.en.messages);
    for (const selectors of apart[name]!)
      expect([name, new Set(await colours(selectors)).size]).toEqual([name, selectors.length]);
  }
  await page.emulateMedia({ forcedColors: 'none' });
});

it('nothing moves for those who want no motion', async () => {
  const { page } = walk;
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  expect(await motions(page)).not.toEqual([]);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  expect(await motions(page)).toEqual([]);
});
