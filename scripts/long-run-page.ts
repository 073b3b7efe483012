/** The tab of a long run: the app's page with its queue, or the page without a face that the commands drive. */
import type { Browser, Page } from 'playwright-core';
import { en } from '../src/app/language/en.ts';
import type {} from '../src/app/headless.ts';

export interface LongRunPage {
  page: Page;
  /** Checks the files one after the other. @returns their outcomes */
  check(paths: string[]): Promise<string[]>;
  /** Frames that the garbage collector found open so far. */
  unclosedFrames(): number;
}

/** Milliseconds that a file may take on a busy machine. */
const PER_FILE = 60_000;

export async function openLongRunPage(
  browser: Browser,
  url: string,
  kind: 'app' | 'headless',
): Promise<LongRunPage> {
  const context = await browser.newContext({ serviceWorkers: 'block', locale: 'en' });
  const page = await context.newPage();
  let unclosed = 0;
  page.on('console', (message) => {
    if (/VideoFrame was garbage collected/i.test(message.text())) unclosed++;
  });
  page.on('crash', () => console.error('The tab has crashed.'));
  await page.goto(kind === 'app' ? url : `${url}headless.html`);
  if (kind === 'headless') await page.waitForFunction(() => 'clearframe' in window);
  const checkAll = kind === 'app' ? checkInApp : checkHeadless;
  return { page, check: (paths) => checkAll(page, paths), unclosedFrames: () => unclosed };
}

let checked = 0;

async function checkInApp(page: Page, paths: string[]): Promise<string[]> {
  const before = checked;
  await page.getByRole('link', { name: en.name }).click();
  await page.setInputFiles('input[multiple]', paths);
  checked += paths.length;
  await page.getByText(en.queue.summary(checked, checked)).waitFor({ timeout: paths.length * PER_FILE });
  return (await page.locator('.rows .state').allInnerTexts()).slice(before);
}

async function checkHeadless(page: Page, paths: string[]): Promise<string[]> {
  const outcomes: string[] = [];
  for (const path of paths) {
    await page.setInputFiles('#files', path);
    const { record } = await page.evaluate(() => window.clearframe.analyze({}));
    outcomes.push(en.outcomes[record.verdict.outcome].title);
  }
  return outcomes;
}
