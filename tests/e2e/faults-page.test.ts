/** What happens to a page while it checks files: reloads, other tabs, sleep, clocks, updates. Nothing finished is lost. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messages } from '../../src/app/messages.ts';
import { clip, useBuiltApp } from './built-app.ts';
import { AppCopy, file, QueuePage } from './faults.ts';
import { everythingStored } from './stored.ts';

const app = useBuiltApp('small');
const words = messages.queue;

let context: BrowserContext;
let queue: QueuePage;

beforeEach(async () => {
  context = await app.browser.newContext();
  queue = await QueuePage.open(context, app.server.url);
});
afterEach(() => context.close());

describe('a reload in the middle of a queue', () => {
  const folder = mkdtempSync(join(tmpdir(), 'clearframe-reload-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('keeps what was finished, says which files were not checked, and takes them in again', async () => {
    const names = ['before.mp4', 'victim.mp4', 'waiting.mp4'];
    // Files of a disk: a file made in memory has a new date whenever it is chosen.
    const paths = names.map((name) => join(folder, name));
    for (const path of paths) copyFileSync(clip('face.mp4'), path);
    await queue.page.setInputFiles('input[multiple]', paths);
    await queue.checked(1, 3);
    const outcome = await queue.state('before.mp4');
    await queue.page.reload();
    await queue.row('waiting.mp4').getByText(words.interrupted).waitFor();
    expect(await queue.state('victim.mp4')).toBe(words.interrupted);
    expect(await queue.state('before.mp4')).toBe(outcome);
    await queue.page.getByRole('link', { name: messages.name }).click();
    await queue.page.setInputFiles('input[multiple]', paths);
    await queue.checked(3, 3);
    await queue.expectJudged(...names);
    expect(await queue.page.locator('.rows .name').allInnerTexts()).toEqual(names);
  });
});

describe('two tabs at once', () => {
  it('each check and keep their own files, and a third shows the results of both', async () => {
    const other = await QueuePage.open(context, app.server.url);
    await Promise.all([
      queue.choose(file('left-1.mp4'), file('left-2.mp4')),
      other.choose(file('right-1.mp4'), file('right-2.mp4')),
    ]);
    for (const tab of [queue, other]) await tab.checked(2, 2);
    for (const tab of [queue, other]) await tab.page.reload();
    await queue.expectJudged('left-1.mp4', 'left-2.mp4');
    await other.expectJudged('right-1.mp4', 'right-2.mp4');
    expect(await queue.row('right').count()).toBe(0);
    const third = await QueuePage.open(context, app.server.url);
    await third.page.getByText(words.earlier(4)).waitFor();
    await third.button(words.showEarlier).click();
    await third.expectJudged('left-1.mp4', 'left-2.mp4', 'right-1.mp4', 'right-2.mp4');
  });

  it('leave each other what is not checked yet: a third shows it only when its own has been closed', async () => {
    await queue.choose(file('done.mp4'), file('waiting.mp4'));
    await queue.button(words.pause).click();
    await queue.checked(1, 2);
    const third = await QueuePage.open(context, app.server.url);
    await third.page.getByText(words.earlier(1)).waitFor();
    await third.button(words.showEarlier).click();
    await third.row('done.mp4').waitFor();
    expect(await third.row('waiting.mp4').count()).toBe(0);
    await queue.page.close();
    await third.page.reload();
    await third.page.getByText(words.earlier(2)).waitFor();
    await third.button(words.showEarlier).click();
    await third.row('waiting.mp4').getByText(words.interrupted).waitFor();
  });

  it('of which one deletes everything: the other ends what it checks, says so, and puts nothing back', async () => {
    const other = await QueuePage.open(context, app.server.url);
    await queue.choose(file('done.mp4', 'audio-only.mp4'));
    await queue.page.locator('.verdict').waitFor();
    await queue.button(messages.result.again).click();
    await other.choose(
      file('done-too.mp4', 'audio-only.mp4'),
      file('running.mp4', 'long-gop.mp4'),
      file('waiting.mp4'),
    );
    await other.page.getByText(words.summary(1, 3)).waitFor();
    await queue.button(words.deleteAll).click();
    await queue.button(words.deleteYes).click();
    for (const tab of [queue, other]) await tab.page.getByText(words.deleted).waitFor();
    expect(await other.page.locator('.rows').count()).toBe(0);
    await other.choose(file('later.mp4', 'audio-only.mp4'));
    await other.page.locator('.verdict').waitFor({ timeout: 60_000 });
    const kept = async (): Promise<unknown[]> =>
      (await everythingStored(other.page, context)).records.map(({ store, value }) => [store, value['name']]);
    await expect.poll(kept).toEqual([
      ['clearframe-results/crops', undefined],
      ['clearframe-results/jobs', 'later.mp4'],
    ]);
  });

  it('of which one is a copy of the other: what runs in the first is not taken for left', async () => {
    await queue.choose(file('done.mp4', 'audio-only.mp4'), file('waiting.mp4'));
    await queue.button(words.pause).click();
    await queue.checked(1, 2);
    const opened = queue.page.waitForEvent('popup');
    await queue.page.evaluate(() => void window.open(location.href));
    const copy = new QueuePage(await opened);
    await copy.page.getByText(words.earlier(1)).waitFor();
    expect(await copy.page.getByText(words.interrupted).count()).toBe(0);
    await copy.choose(file('own.mp4', 'audio-only.mp4'));
    await copy.page.locator('.verdict').waitFor({ timeout: 60_000 });
    // From then on each has its own, whichever is loaded anew.
    for (const tab of [copy, queue]) await tab.page.reload();
    await queue.row('waiting.mp4').waitFor();
    expect(await queue.row('own.mp4').count()).toBe(0);
    await copy.page.locator('.verdict').waitFor();
    expect(await copy.row('waiting.mp4').count()).toBe(0);
  });
});

describe('a clock that is set back by a day while a file is checked', () => {
  it('changes neither the order of the results nor the time that a check took', async () => {
    const back = (): void => {
      const Real = Date;
      const early = (): number => Real.now() - 86_400_000;
      globalThis.Date = class extends Real {
        constructor(...given: ConstructorParameters<typeof Real> | []) {
          super(...((given.length === 0 ? [early()] : given) as ConstructorParameters<typeof Real>));
        }
        static override now = early;
      } as DateConstructor;
    };
    await queue.choose(file('first.mp4'), file('second.mp4'), file('third.mp4'));
    await queue.checked(1, 3);
    await queue.everywhere(back);
    await queue.checked(3, 3);
    await queue.expectJudged('first.mp4', 'second.mp4', 'third.mp4');
    await queue.result('second.mp4', messages.result.facts.time);
    const taken = queue.page.locator('dt', { hasText: messages.result.facts.time }).locator('+ dd');
    expect(await taken.innerText()).toMatch(/^\d/);
    await queue.page.reload();
    await queue.row('third.mp4').waitFor();
    expect(await queue.page.locator('.rows .name').allInnerTexts()).toEqual([
      'first.mp4',
      'second.mp4',
      'third.mp4',
    ]);
  });
});

describe('a tab that is put to sleep while frames are decoded', () => {
  it('goes on when it wakes, with the same decoder', async () => {
    await queue.checkBefore();
    const session = await context.newCDPSession(queue.page);
    await queue.choose(file('victim.mp4'), file('next.mp4'));
    await queue.page.getByText(messages.running.title('victim.mp4')).waitFor();
    await session.send('Page.setWebLifecycleState', { state: 'frozen' });
    // Longer than a decoder may stand still while the tab is awake.
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    await session.send('Page.setWebLifecycleState', { state: 'active' });
    await queue.checked(3, 3);
    await queue.expectJudged('victim.mp4', 'next.mp4');
    await queue.result('victim.mp4', messages.result.facts.fallbacks);
    expect(await queue.page.getByText('no progress').count()).toBe(0);
    await queue.expectBeforeKept();
  });
});

describe('a new version that arrives in the middle of a run', () => {
  let copy: AppCopy;
  beforeEach(async () => {
    copy = await AppCopy.serve(app);
  });
  afterEach(() => copy.close());

  it('waits, also when another tab starts it; the run ends well, and then the page offers to load it', async () => {
    queue = await QueuePage.open(context, copy.server.url);
    await queue.page.getByText(messages.offline).waitFor({ timeout: 60_000 });
    const other = await QueuePage.open(context, copy.server.url);
    // Chromium with developer tools never ends an old worker that a file wakes at the moment of the change: what needs
    // ffmpeg comes later.
    const clips = ['before.mp4', 'victim.mp4', 'between.mp4'];
    await queue.choose(...clips.map((name) => file(name)), file('next.avi', 'mpeg4.avi'));
    await queue.checked(1, 4);

    copy.renew();
    await other.page.evaluate(async () => (await navigator.serviceWorker.ready).update());
    const loaded = other.page.waitForEvent('load', { timeout: 60_000 });
    await other.button(messages.update.action).waitFor();
    // On the page only until it is loaded anew, which may be at once: so the page itself says that it was there.
    const starting = other.page.waitForEvent('console', (one) => one.text() === messages.update.starting);
    await other.page.locator('.update').evaluate((offer) => {
      const tell = (): void => console.log(offer.textContent?.trim());
      new MutationObserver(tell).observe(offer, { childList: true, subtree: true });
    });
    await other.button(messages.update.action).click();
    await starting;
    await loaded;
    await other.button(messages.start.choose).waitFor();
    expect(await other.page.locator('.update').count()).toBe(0);

    await queue.checked(4, 4);
    await queue.expectJudged(...clips);
    await queue.result('next.avi', messages.reasons.no_face);
    await queue.button(messages.update.action).click();
    await queue.page.getByText(messages.update.text).waitFor({ state: 'detached' });
    await queue.expectJudged(...clips);
  });
});
