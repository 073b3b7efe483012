/** A newer version of the app, with another model: whichever version a person has, all of it is there. */
import type { BrowserContext } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messages } from '../../src/app/messages.ts';
import { useBuiltApp } from './built-app.ts';
import { AppCopy, file, QueuePage } from './faults.ts';

const app = useBuiltApp('small');
const MODEL = 'model/model.json';

let copy: AppCopy;
let context: BrowserContext;
let queue: QueuePage;

beforeEach(async () => {
  copy = await AppCopy.serve(app);
  context = await app.browser.newContext();
  queue = await QueuePage.open(context, copy.server.url);
  await offlineReady();
});
afterEach(async () => {
  await context.close();
  await copy.close();
});

const offlineReady = (): Promise<void> => queue.page.getByText(messages.offline).waitFor({ timeout: 60_000 });
const offer = () => queue.button(messages.update.action);

async function judges(name: string): Promise<void> {
  await queue.choose(file(name));
  await queue.page.locator('.verdict').waitFor({ timeout: 120_000 });
  await queue.button(messages.result.again).click();
  await queue.expectJudged(name);
}

/** Asks the host for a newer version. @returns how far that has come once it is decided */
const update = (): Promise<ServiceWorkerState> =>
  queue.page.evaluate(async () => {
    const { installing } = await (await navigator.serviceWorker.ready).update();
    return new Promise<ServiceWorkerState>((resolve) =>
      installing!.addEventListener('statechange', () => resolve(installing!.state), { once: true }),
    );
  });

/** How many files of this name are kept, of whatever version. */
const kept = (path: string): Promise<number> =>
  queue.page.evaluate(async (path) => {
    const keys = await (await caches.open('clearframe-runtime')).keys();
    return keys.filter(({ url }) => new URL(url).pathname.endsWith(path)).length;
  }, path);

describe('a newer version with another model', () => {
  it('has all of its files before it takes over, so that it works when the next visit is without a network', async () => {
    copy.renew();
    await queue.reload();
    await offer().waitFor();
    await queue.page.close();
    await context.setOffline(true);
    queue = await QueuePage.open(context, copy.server.url);
    await offlineReady();
    expect(await offer().count()).toBe(0);
    await judges('offline.mp4');
    expect(await kept(MODEL)).toBe(1);
  });

  it('takes nothing from the version in use while it waits', async () => {
    copy.renew();
    for (let visit = 1; visit <= 2; visit++) {
      await queue.reload();
      await offer().waitFor();
      await offlineReady();
    }
    await judges('old.mp4');
    const loaded = queue.page.waitForEvent('load', { timeout: 60_000 });
    await offer().click();
    await loaded;
    await offlineReady();
    await judges('new.mp4');
    await expect.poll(() => kept(MODEL)).toBe(1);
  });

  it('that does not come whole changes nothing, and is tried again', async () => {
    const oneBit = (whole: Buffer): Buffer => (whole.writeUInt8(whole.readUInt8(100) ^ 1, 100), whole);
    copy.renew();
    copy.change(MODEL, oneBit);
    expect(await update()).toBe('redundant');
    await context.setOffline(true);
    await queue.reload();
    await offlineReady();
    await judges('old.mp4');
    await context.setOffline(false);
    copy.change(MODEL, oneBit);
    expect(await update()).toBe('installed');
    await offer().waitFor();
  });

  it('that there is no room for changes nothing, and is tried again', async () => {
    const browser = await context.newCDPSession(queue.page);
    const { origin } = new URL(copy.server.url);
    const used = await queue.page.evaluate(async () => (await navigator.storage.estimate()).usage!);
    const free = 4 * 1024 * 1024;
    await browser.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: used + free });
    copy.renew(free);
    expect(await update()).toBe('redundant');
    await queue.reload();
    await offlineReady();
    expect(await kept(MODEL)).toBe(1);
    await judges('old.mp4');
    await browser.send('Storage.overrideQuotaForOrigin', { origin });
    expect(await update()).toBe('installed');
    await offer().waitFor();
  });

  it('is not offered while files wait in a paused queue: to load the page anew would take their places', async () => {
    await queue.choose(file('first.mp4'), file('waiting.mp4'));
    await queue.button(messages.queue.pause).click();
    await queue.checked(1, 2);
    copy.renew();
    expect(await update()).toBe('installed');
    const other = await QueuePage.open(context, copy.server.url);
    await other.button(messages.update.action).waitFor();
    expect(await offer().count()).toBe(0);
    await queue.button(messages.queue.resume).click();
    await queue.checked(2, 2);
    await offer().waitFor();
  });
});
