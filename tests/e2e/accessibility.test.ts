/** WCAG 2.2 AA, as far as axe can tell, on every screen, in both themes and at two widths; and a walk by keyboard only. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { LANGUAGES, messages as english, type Messages } from '../../src/app/messages.ts';
import { clip, useBuiltApp } from './built-app.ts';

const app = useBuiltApp();

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

interface Violation {
  id: string;
  nodes: { target: string[] }[];
}

/** What axe finds, as `rule: element` lines. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate(
    async (tags) =>
      (
        await (
          globalThis as unknown as {
            axe: { run(root: Document, options: object): Promise<{ violations: Violation[] }> };
          }
        ).axe.run(document, { runOnly: { type: 'tag', values: tags } })
      ).violations,
    TAGS,
  );
  return found.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

const button = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click();

/** Every screen, and how to come to it from the one before. */
const screens = (messages: Messages): [name: string, reach: (page: Page) => Promise<unknown>][] => [
  ['start', (page) => page.getByRole('button', { name: messages.start.choose }).waitFor()],
  ['storage', (page) => page.getByText(messages.storage.title, { exact: true }).click()],
  [
    'running',
    async (page) => {
      await page.setInputFiles('input[multiple]', clip('long-gop.mp4'));
      await page.getByRole('heading', { name: messages.running.title('long-gop.mp4') }).waitFor();
    },
  ],
  [
    'cancelled',
    async (page) => {
      await button(page, messages.running.cancel);
      await page.getByText(messages.reasons.cancelled).waitFor();
    },
  ],
  [
    'result',
    async (page) => {
      await button(page, messages.result.again);
      await page.setInputFiles('input[multiple]', [clip('face.mp4')]);
      await page.locator('.box').waitFor({ timeout: 60_000 });
      await button(page, messages.map.show);
      await page.getByRole('button', { name: messages.map.hide }).waitFor();
      await page.locator('canvas.overlay').waitFor({ timeout: 60_000 });
      await page.getByText(messages.result.tableTitle).click();
      await page.getByText(messages.result.runTitle).click();
      await button(page, messages.passOn.copy);
      await page.getByLabel(messages.passOn.label).waitFor();
    },
  ],
  [
    'deleting everything',
    async (page) => {
      await button(page, messages.queue.deleteAll);
      await page.getByText(messages.queue.deleteSure).waitFor();
    },
  ],
  [
    'claim',
    async (page) => {
      const link = await page.getByLabel(messages.passOn.label).inputValue();
      await page.goto('about:blank');
      await page.goto(link);
      await page.getByText(messages.claim.kicker).waitFor();
    },
  ],
  [
    'damaged link',
    async (page) => {
      await page.goto('about:blank');
      await page.goto(`${app.server.url}#verdict=1.damaged`);
      await page.getByRole('alert').waitFor();
    },
  ],
];

describe.each([
  ['en', 'light', 1280, 900],
  ['es', 'dark', 360, 740],
  ['ar', 'light', 360, 740],
] as const)('in the language %s, %s, %i pixels wide', (locale, colorScheme, width, height) => {
  it('has no violation on any screen, and scrolls no screen sideways', async () => {
    const context = await app.browser.newContext({ locale, colorScheme, viewport: { width, height } });
    const page = await context.newPage();
    await page.goto(app.server.url);
    const found: string[] = [];
    for (const [name, reach] of screens(LANGUAGES[locale].messages)) {
      await reach(page);
      found.push(...(await violations(page)).map((one) => `${name}: ${one}`));
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (overflow > 0) found.push(`${name}: ${overflow} pixels too wide`);
    }
    expect(found).toEqual([]);
    await context.close();
  });
});

it('stays usable at 200 % zoom: nothing is cut off sideways at half the width', async () => {
  const page = await app.browser.newPage({ viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 });
  await page.goto(app.server.url);
  await page.setInputFiles('input[multiple]', clip('face.mp4'));
  await page.locator('.verdict').waitFor({ timeout: 60_000 });
  const widths = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(widths[0]).toBeLessThanOrEqual(widths[1]!);
  await page.close();
});

it('can be walked by keyboard alone, from the start page to a moment of the result and back', async () => {
  const page = await app.browser.newPage();
  await page.goto(app.server.url);
  await page.getByRole('button', { name: english.start.choose }).waitFor();
  const tabTo = async (name: string): Promise<void> => {
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press('Tab');
      const label = await page.evaluate(
        () =>
          document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim(),
      );
      if (label === name) return;
    }
    throw new Error(`No way by Tab to “${name}”.`);
  };
  await tabTo(english.start.sample);
  await page.keyboard.press('Enter');
  await page.locator('.verdict').waitFor({ timeout: 60_000 });
  // The heading of the verdict has the focus: a screen reader says it.
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('verdict');
  await tabTo(english.moment.slider);
  await page.keyboard.press('Home');
  await page.getByText(english.moment.caption('0:00.0')).waitFor();
  await tabTo(english.passOn.qr);
  await page.keyboard.press('Enter');
  await page.getByRole('img', { name: english.passOn.qrLabel }).waitFor();
  await page.close();
});
