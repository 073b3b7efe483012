/**
 * WCAG 2.2 AA, as far as axe can tell, on every screen, in every language, in both themes and at three widths; nothing is cut
 * off sideways at any of them, nor at 200 % zoom.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../scripts/root.ts';
import { LANGUAGES, messages as english, type LanguageCode, type Messages } from '../../src/app/messages.ts';
import type { VerdictRecord } from '../../src/verdict/index.ts';
import { motions, tooWide, violations } from './axe.ts';
import { clip, useBuiltApp } from './built-app.ts';
import { DatedFiles, keepResults, keptRecord, ofAMinute, withPeople } from './made-results.ts';

const app = useBuiltApp();
const dated = new DatedFiles();
/** Desktop, tablet, a desktop of 1280 pixels at 200 % zoom, phone. */
const WIDTHS = [1280, 768, 640, 360];
const FACE = dated.copy(clip('face.mp4'), 'face.mp4');
const PEOPLE = dated.copy(clip('face.mp4'), 'people.mp4');
const MINUTE = dated.copy(clip('long-gop.mp4'), 'minute.mp4');
const SIGNED = dated.copy(join(root, 'tests/fixtures/credentials/signed.mp4'), 'signed.mp4');

let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  context = await app.browser.newContext({ locale: 'en-US' });
  page = await context.newPage();
  await page.goto(app.server.url);
  await choose(FACE);
  await verdictOf('face.mp4');
  await page.getByRole('heading', { name: english.passOn.title }).waitFor();
  const record = await keptRecord(page, 'face.mp4');
  const made = (path: string, name: string, record: VerdictRecord) => ({
    name,
    bytes: statSync(path).size,
    record,
  });
  await keepResults(page, 'face.mp4', [
    made(PEOPLE, 'people.mp4', withPeople(record)),
    made(MINUTE, 'minute.mp4', ofAMinute(record)),
    made(SIGNED, 'signed.mp4', record),
  ]);
});
afterAll(async () => {
  await context.close();
  dated.remove();
});

const choose = (...paths: string[]): Promise<void> => page.setInputFiles('input[multiple]', paths);
const button = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
const home = (): Promise<void> => page.getByRole('link', { name: english.name }).click();

async function verdictOf(name: string): Promise<void> {
  await page.locator('.verdict .file', { hasText: name }).waitFor({ timeout: 120_000 });
}

/** Opens a result with its file at hand: of several files that are known none is checked again. */
async function open(name: string): Promise<void> {
  await home();
  await choose(FACE, PEOPLE, MINUTE, SIGNED);
  await page.locator('.rows .open', { hasText: name }).click();
  await verdictOf(name);
}

type Screen = [name: string, reach: (messages: Messages) => Promise<unknown>];

/** Every screen, and how to come to it from any other. */
const SCREENS: Screen[] = [
  [
    'start, with storage and several files',
    async ({ storage, queue }) => {
      await home();
      await page.getByText(storage.title, { exact: true }).click();
      await page.getByText(queue.summary(4, 4)).waitFor();
    },
  ],
  [
    'deleting everything',
    async ({ queue }) => {
      await button(queue.deleteAll);
      await page.getByText(queue.deleteSure).waitFor();
    },
  ],
  ['live', ({ live }) => button(live.open)],
  [
    'running',
    async ({ running }) => {
      await home();
      await choose(clip('long-gop.mp4'));
      await page.getByRole('heading', { name: running.title('long-gop.mp4') }).waitFor();
    },
  ],
  [
    'cancelled',
    async ({ running, reasons }) => {
      await button(running.cancel);
      await page.locator('.verdict').getByText(reasons.cancelled).waitFor();
    },
  ],
  [
    'a part to choose',
    async ({ result, queue }) => {
      await home();
      await button(queue.of(queue.remove, 'long-gop.mp4'));
      await open('minute.mp4');
      await page.getByRole('slider', { name: result.coverage.choose }).waitFor();
    },
  ],
  [
    'credentials',
    async () => {
      await open('signed.mp4');
      await page.locator('[data-credentials=present]').waitFor({ timeout: 60_000 });
    },
  ],
  [
    'people',
    async ({ outcomes }) => {
      await open('people.mp4');
      await page.getByRole('heading', { name: outcomes.strong.title }).waitFor();
    },
  ],
  [
    'result, with all that opens',
    async ({ map, passOn, result }) => {
      await open('face.mp4');
      await page.locator('.box').waitFor({ timeout: 60_000 });
      await button(map.show);
      await page.locator('canvas.overlay').waitFor({ timeout: 60_000 });
      await page
        .locator('main details')
        .evaluateAll((all) => all.forEach((one) => one.setAttribute('open', '')));
      await page.getByText(result.facts.modelHash).waitFor();
      await button(passOn.qr);
      await page.getByRole('img', { name: passOn.qrLabel }).waitFor();
    },
  ],
  [
    'a link to pass on',
    async ({ passOn }) => {
      await button(passOn.copy);
      await page.getByLabel(passOn.label).waitFor();
    },
  ],
  [
    'claim',
    async ({ passOn, claim }) => {
      const link = await page.getByLabel(passOn.label).inputValue();
      await page.goto('about:blank');
      await page.goto(link);
      await page.getByText(claim.kicker).waitFor();
    },
  ],
  [
    'claim, repeated',
    async () => {
      await choose(FACE, PEOPLE);
      await page.locator('[data-comparison=repeated]').waitFor();
    },
  ],
  [
    'damaged link',
    async () => {
      await page.goto('about:blank');
      await page.goto(`${app.server.url}#verdict=1.damaged`);
      await page.getByRole('alert').waitFor();
    },
  ],
];

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

/** What is wrong with what the page shows now. */
async function faults(screen: string, looks: Look[]): Promise<string[]> {
  const found: string[] = [];
  for (const { colorScheme, width } of looks) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    found.push(...(await violations(page)).map((one) => `${screen}, ${colorScheme}, ${width}: ${one}`));
  }
  return [...found, ...(await tooWide(page, WIDTHS)).map((one) => `${screen}: ${one}`)];
}

describe.each(Object.keys(LOOKS) as LanguageCode[])('in the language %s', (code) => {
  it('no screen violates a rule, and none scrolls sideways', async () => {
    await home();
    await page.locator('header select').selectOption(code);
    const found: string[] = [];
    for (const [name, reach] of SCREENS) {
      await page.setViewportSize({ width: 1280, height: 900 });
      await reach(LANGUAGES[code].messages);
      found.push(...(await faults(name, LOOKS[code])));
    }
    expect(found).toEqual([]);
  });

  it('nor the first visit', async () => {
    const { messages } = LANGUAGES[code];
    const before = page;
    page = await app.browser.newPage({ locale: code });
    await page.goto(app.server.url);
    await page.getByRole('heading', { name: messages.start.points[0]![0] }).waitFor();
    await page.getByRole('button', { name: messages.start.choose }).waitFor();
    expect(await faults('first visit', LOOKS[code])).toEqual([]);
    await page.close();
    page = before;
  });
});

it('nothing moves for those who want no motion', async () => {
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  expect(await motions(page)).not.toEqual([]);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  expect(await motions(page)).toEqual([]);
});
