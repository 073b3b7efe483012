/** Many files at once, in the built app, on a desktop and on a phone. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type Locator, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { messages } from '../../src/app/messages.ts';
import { clip, useBuiltApp } from './built-app.ts';
import { DESKTOP, DEVICES, type Device } from './devices.ts';

const app = useBuiltApp('small');

const words = messages.queue;
const NO_FACE = 'h264-bframes.mp4';
/** Clips that are soon done with: nothing in them is judged. */
const NONE = ['audio-only.mp4', 'no-moov.mp4'];

let context: BrowserContext;
let page: Page;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'clearframe-queue-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
});
afterEach(() => context.close());

async function open(device: Device): Promise<void> {
  context = await app.browser.newContext({ acceptDownloads: true, ...device });
  page = await context.newPage();
  await page.goto(app.server.url);
  await page.getByRole('button', { name: messages.start.choose }).waitFor();
}

const row = (name: string): Locator => page.locator('.rows li').filter({ hasText: name });
const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
const action = (act: string, name: string): Locator => button(words.of(act, name));
const choose = (...names: string[]): Promise<void> => page.setInputFiles('input[multiple]', names.map(clip));

async function states(): Promise<string[]> {
  return page.locator('.rows .state').allInnerTexts();
}

const focusedText = (): Promise<string | undefined> =>
  page.evaluate(() => document.activeElement?.textContent?.trim());

async function settled(files: number): Promise<void> {
  await page.getByText(words.summary(files, files)).waitFor({ timeout: 120_000 });
}

/** Lets go of files and folders over the page, as a file manager does. */
async function drop(...files: string[]): Promise<void> {
  const session = await context.newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
}

describe.each(DEVICES)('on %s', (_, device) => {
  beforeEach(() => open(device));

  it('checks all files, one after the other, and sums them up', async () => {
    await choose('face.mp4', NO_FACE, 'audio-only.mp4');
    await settled(3);
    const none = messages.outcomes['cannot-tell'].title;
    expect((await states()).slice(1)).toEqual([none, none]);
    expect((await states())[0]).not.toBe(none);
    // A row says why there is no verdict; nothing is left to wait for.
    await row(NO_FACE).getByText('No face was found').waitFor();
    expect(await page.getByRole('progressbar').count()).toBe(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    await row(NO_FACE).locator('.open').click();
    await page.getByText(messages.reasons.no_face).waitFor();
  });
});

describe('on any device', () => {
  beforeEach(() => open(DESKTOP));

  it('is paused, cancelled by the file, and taken up again', async () => {
    await choose('face.mp4', NO_FACE, 'audio-only.mp4');
    await expect.poll(() => page.title()).toBe(`${words.summary(0, 3)} · ${messages.name}`);
    await button(words.pause).click();
    await page.getByText(words.paused).waitFor();
    expect(await focusedText()).toBe(words.resume);
    await action(words.cancel, NO_FACE).click();
    await action(words.retry, NO_FACE).waitFor();
    expect(await focusedText()).toBe(words.retry);
    await page.getByText(words.summary(1, 3)).waitFor({ timeout: 60_000 });
    expect(await states()).toContain(words.waiting); // the third is not started
    expect((await states())[1]).toBe(messages.outcomes['cannot-tell'].title);
    await button(words.resume).click();
    await page.getByText(words.summary(2, 3)).waitFor({ timeout: 60_000 }); // the second was not checked
    await expect.poll(() => page.title()).toBe(messages.name);
    await action(words.retry, NO_FACE).click();
    await settled(3);
    await row(NO_FACE).locator('.open').click();
    await page.getByText(messages.reasons.no_face).waitFor();
  });

  it('goes back from a result to the start page by the browser’s own button', async () => {
    await choose(NO_FACE);
    await page.getByText(messages.reasons.no_face).waitFor({ timeout: 60_000 });
    await page.goBack();
    await page.getByRole('button', { name: messages.start.choose }).waitFor();
    await page.goForward();
    await page.getByText(messages.reasons.no_face).waitFor();
    await page.reload();
    await page.getByText(messages.reasons.no_face).waitFor();
  });

  it('goes back from the live check to the start page, and to the result before', async () => {
    const start = page.getByRole('button', { name: messages.start.choose });
    const live = page.getByRole('heading', { name: messages.live.title });
    await choose('audio-only.mp4');
    await page.locator('.verdict').waitFor({ timeout: 60_000 });
    await button(messages.result.again).click();
    await button(messages.live.open).click();
    await live.waitFor();
    await page.goBack();
    await start.waitFor();
    expect(await live.count()).toBe(0);
    await page.goForward();
    await live.waitFor();
    await page.goBack();
    await page.goBack();
    await page.locator('.verdict').waitFor();
    await button(messages.result.again).click();
    await start.waitFor();
    expect(await live.count()).toBe(0);
    // Loaded anew, the page does not ask for a camera.
    await button(messages.live.open).click();
    await live.waitFor();
    await page.reload();
    await start.waitFor();
    expect(await live.count()).toBe(0);
  });

  it('says of a file that waits that it does, and lets go of it', async () => {
    await choose('face.mp4', NO_FACE, 'audio-only.mp4');
    await button(words.pause).click();
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await row(NO_FACE).locator('.open').click();
    await page.getByRole('heading', { level: 1, name: NO_FACE, exact: true }).waitFor();
    // In view and said aloud, however far down the row is.
    expect(await page.evaluate(() => [document.activeElement?.id, scrollY])).toEqual(['running', 0]);
    await button(messages.running.cancel).click();
    await page.getByText(messages.reasons.cancelled).waitFor();
  });

  it('is not paused any more once nothing is left in it', async () => {
    await choose('face.mp4', NO_FACE);
    await button(words.pause).click();
    await action(words.cancel, NO_FACE).click();
    await action(words.remove, NO_FACE).click();
    await action(words.remove, 'face.mp4').click({ timeout: 60_000 });
    await row('face.mp4').waitFor({ state: 'detached' });
    await choose('audio-only.mp4');
    await page.getByText(messages.reasons.no_video_track).waitFor({ timeout: 60_000 });
  });

  it('can be taken up again from a single file that waits', async () => {
    await choose('face.mp4', NO_FACE);
    await button(words.pause).click();
    await action(words.remove, 'face.mp4').click({ timeout: 60_000 });
    await row(NO_FACE).locator('.open').click();
    await page.getByText(words.paused).waitFor();
    await button(words.resume).click();
    await page.locator('.verdict').waitFor({ timeout: 60_000 });
    await row(NO_FACE).waitFor({ state: 'detached' });
  });

  it('takes whoever removes a file to the next one, and from the last one to the start', async () => {
    const names = ['a.mp4', 'b.mp4', 'c.mp4'];
    const buffer = Buffer.from('no video');
    await page.setInputFiles(
      'input[multiple]',
      names.map((name) => ({ name, mimeType: 'video/mp4', buffer })),
    );
    await settled(3);
    await page.getByRole('link', { name: messages.name }).click();
    const focused = (): Promise<string> => page.evaluate(() => document.activeElement!.textContent);
    await action(words.remove, 'b.mp4').press('Enter');
    await expect.poll(focused).toContain('c.mp4');
    await action(words.remove, 'c.mp4').press('Enter');
    await expect.poll(focused).toBe(words.title);
    await action(words.remove, 'a.mp4').press('Enter');
    await expect.poll(focused).toBe(messages.tagline);
  });

  it('keeps results over a reload, asks for what was not checked, and forgets on demand', async () => {
    await choose('face.mp4', NO_FACE);
    await button(words.pause).click();
    await page.getByText(words.summary(1, 2)).waitFor({ timeout: 60_000 });
    const [first] = await states();
    await page.reload();
    await page.getByText(words.interrupted).waitFor();
    expect((await states())[0]).toBe(first);

    await button(messages.result.again).click();
    // Both are added again: only the one without a verdict is checked.
    await choose('face.mp4', NO_FACE);
    await settled(2);
    await row('face.mp4').first().locator('.open').click();
    expect(await page.locator('canvas').count()).toBeGreaterThan(3);
    await page.locator('video').waitFor(); // the file is at hand again

    await button(words.deleteAll).click();
    await button(words.deleteNo).click();
    // Nobody is sent back to the page's beginning.
    expect(await focusedText()).toBe(words.deleteAll);
    expect(await states()).toHaveLength(2);
    await button(words.deleteAll).click();
    await button(words.deleteYes).click();
    await page.getByRole('button', { name: messages.start.choose }).waitFor();
    await expect.poll(focusedText).toBe(words.deleted);
    await page.reload();
    await page.getByRole('button', { name: messages.start.choose }).waitFor();
    expect(await page.getByText(words.title, { exact: true }).count()).toBe(0);
  });

  it('forgets a removed result however soon the page is loaded anew', async () => {
    const names = Array.from({ length: 10 }, (_, at) => `${at}.mp4`);
    const buffer = Buffer.from('no video');
    await page.setInputFiles(
      'input[multiple]',
      names.map((name) => ({ name, mimeType: 'video/mp4', buffer })),
    );
    await settled(10);
    // Of a single file there would be no list.
    for (const name of names.slice(2)) {
      const loaded = page.waitForEvent('load');
      await action(words.remove, name).evaluate((remove: HTMLElement) => {
        remove.click();
        location.reload();
        // A busy page hears late that the storage has done what it was asked.
        const until = performance.now() + 300;
        while (performance.now() < until);
      });
      await loaded;
      await row('0.mp4').waitFor();
      expect(await row(name).count(), name).toBe(0);
    }
  });

  it('says of what could not be deleted that it is still kept, and lists it', async () => {
    await choose(...NONE);
    await settled(2);
    await page.evaluate(() => {
      const refuse = (): never => {
        throw new DOMException('no', 'UnknownError');
      };
      Object.assign(IDBObjectStore.prototype, { clear: refuse, delete: refuse });
    });
    const told = page.getByRole('alert').getByText(words.deleteFailed);
    await button(words.deleteAll).click();
    await button(words.deleteYes).click();
    await told.waitFor();
    await expect.poll(focusedText).toBe(words.deleteFailed);
    expect(await page.getByText(words.deleteSure).count()).toBe(0);
    expect(await page.locator('.rows .name').allInnerTexts()).toEqual(NONE);
    await page.getByRole('link', { name: messages.name }).click();
    await told.waitFor({ state: 'detached' });
    await action(words.remove, NONE[0]!).click();
    await told.waitFor();
    expect(await page.locator('.rows .name').allInnerTexts()).toEqual(NONE);
    await page.reload();
    await expect.poll(() => page.locator('.rows .name').allInnerTexts()).toEqual(NONE);
  });

  it('says where the browser keeps nothing that there was nothing to delete', async () => {
    await page.addInitScript(() => {
      const refuse = (): never => {
        throw new DOMException('no', 'SecurityError');
      };
      Object.assign(IDBFactory.prototype, { open: refuse });
    });
    await page.reload();
    await choose(...NONE);
    await settled(2);
    await page.getByRole('status').getByText(words.notKept).waitFor();
    await button(words.deleteAll).click();
    await button(words.deleteYes).click();
    await page.getByText(words.nothingKept).waitFor();
    expect(await page.locator('.rows').count()).toBe(0);
  });

  it('gives a kept result its video back, and says of another file that it is another', async () => {
    const addAgain = async (name: string): Promise<void> => {
      const chooser = page.waitForEvent('filechooser');
      await button(messages.result.addAgain).click();
      await (await chooser).setFiles(clip(name));
    };
    await choose('face.mp4');
    await page.getByRole('heading', { name: messages.passOn.title }).waitFor({ timeout: 60_000 });
    await page.reload();
    await addAgain('audio-only.mp4');
    await page.getByText(messages.reasons.no_video_track).first().waitFor({ timeout: 60_000 });
    await page.getByRole('status').getByText(words.anotherFile).waitFor();
    await row('face.mp4').locator('.open').click();
    expect(await page.locator('video').count()).toBe(0);
    await addAgain('face.mp4');
    await page.locator('video').waitFor();
    expect(await page.getByText(words.anotherFile).count()).toBe(0);
    await settled(2);
    expect(await page.locator('.rows .name').allInnerTexts()).toEqual(['face.mp4', 'audio-only.mp4']);
  });

  it('has the browser ask before files are left that are not checked, and only then', async () => {
    let asked = 0;
    page.on('dialog', (dialog) => {
      expect(dialog.type()).toBe('beforeunload');
      asked++;
      void dialog.dismiss();
    });
    const leave = (): Promise<void> => page.evaluate(() => location.reload());
    await choose(...NONE, NO_FACE);
    await button(words.pause).click();
    await page.getByText(words.paused).waitFor();
    await leave();
    await expect.poll(() => asked).toBe(1);
    await button(words.resume).click();
    await settled(3);
    const loaded = page.waitForEvent('load');
    await leave();
    await loaded;
    await row(NO_FACE).waitFor();
    expect(asked).toBe(1);
  });

  it('shows results of an earlier visit only to who asks for them', async () => {
    await choose(NO_FACE);
    await page.getByText(messages.reasons.no_face).waitFor({ timeout: 60_000 });
    const later = await context.newPage();
    await later.goto(app.server.url);
    await later.getByText(words.earlier(1)).waitFor();
    expect(await later.getByText(NO_FACE).count()).toBe(0);
    await later.getByRole('button', { name: words.showEarlier, exact: true }).click();
    await later.locator('.open', { hasText: NO_FACE }).click();
    await later.getByText(messages.reasons.no_face).waitFor();
  });

  it('tells of files of an earlier visit that were not checked, and forgets them', async () => {
    await choose('face.mp4', NO_FACE);
    await button(words.pause).click();
    await page.getByText(words.summary(1, 2)).waitFor({ timeout: 60_000 });
    await page.close();
    page = await context.newPage();
    await page.goto(app.server.url);
    await page.getByText(words.earlier(2)).waitFor();
    await button(words.showEarlier).click();
    await row(NO_FACE).getByText(words.interrupted).waitFor();
    await action(words.remove, NO_FACE).click();
    await page.reload();
    await page.getByText(words.earlier(1)).waitFor();
  });

  it('goes on with a part that was not checked when its file is added again', async () => {
    await choose('face.mp4', NO_FACE);
    await button(words.pause).click();
    await page.getByText(words.summary(1, 2)).waitFor({ timeout: 60_000 });
    await button(messages.result.coverage.lookAtEvery).click();
    await page.getByText(words.summary(1, 3)).waitFor();
    await page.reload();
    await page.getByText(words.summary(1, 3)).waitFor();
    await choose('face.mp4');
    await page.getByText(words.summary(2, 3)).waitFor({ timeout: 60_000 });
    await row(NO_FACE).getByText(words.interrupted).waitFor();
  });

  it('lists the files of one outcome alone on request', async () => {
    await choose('face.mp4', NO_FACE, 'audio-only.mp4');
    await settled(3);
    const count = page.locator('.counts button', { hasText: messages.outcomes['cannot-tell'].title });
    await count.click();
    expect(await page.locator('.rows .name').allInnerTexts()).toEqual([NO_FACE, 'audio-only.mp4']);
    await count.click();
    expect(await states()).toHaveLength(3);
  });

  it('shows a result with its crops that an earlier version kept in one piece', async () => {
    await choose('face.mp4', NO_FACE);
    await settled(2);
    await page.reload(); // what was shown is not at hand but kept
    await row('face.mp4').waitFor();
    await page.evaluate(async () => {
      const ask = <T>(request: IDBRequest<T>): Promise<T> =>
        new Promise((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error!);
        });
      const database = await ask(indexedDB.open('clearframe-results'));
      const all = (await ask(database.transaction('jobs').objectStore('jobs').getAll())) as { id: string }[];
      const whole: unknown[] = [];
      for (const job of all)
        whole.push({
          ...job,
          crops: await ask(database.transaction('crops').objectStore('crops').get(job.id)),
        });
      database.close();
      await ask(indexedDB.deleteDatabase('clearframe-results'));
      const opening = indexedDB.open('clearframe-results', 1);
      opening.onupgradeneeded = () => {
        const store = opening.result.createObjectStore('jobs', { keyPath: 'id' });
        for (const job of whole) store.put(job);
      };
      (await ask(opening)).close();
    });
    await page.reload();
    await row('face.mp4').locator('.open').click();
    await expect.poll(() => page.locator('figure canvas').count(), { timeout: 30_000 }).toBeGreaterThan(3);
    await row(NO_FACE).locator('.open').click();
    await page.getByText(messages.reasons.no_face).waitFor();
  });

  it('takes a chosen folder, leaves out what is no video, and saves a table', async () => {
    mkdirSync(join(folder, 'day 1'), { recursive: true });
    copyFileSync(clip('face.mp4'), join(folder, 'day 1', 'b.mp4'));
    copyFileSync(clip(NO_FACE), join(folder, 'day 1', 'a.mov'));
    writeFileSync(join(folder, 'day 1', 'notes.txt'), 'no video');
    await page.setInputFiles('input[webkitdirectory]', folder);
    await page.getByText(words.leftOut(1)).waitFor();
    await settled(2);
    expect(
      (await page.locator('.rows .name').allInnerTexts()).map((name) => name.replace(/^[^/]*\//, '')),
    ).toEqual(['day 1/a.mov', 'day 1/b.mp4']);
    const download = page.waitForEvent('download');
    await button(words.table).click();
    const lines = readFileSync(await (await download).path(), 'utf8')
      .trim()
      .split('\r\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/day 1\/a\.mov,cannot-tell,.*no_face.*,full,,,no,/);
  });

  it('takes dropped folders with all that is in them, and files beside them', async () => {
    const [many, deep] = [join(folder, 'many'), join(folder, 'many/deep/deeper')];
    mkdirSync(deep, { recursive: true });
    // A browser hands out a folder's entries a hundred at a time.
    for (let i = 0; i < 120; i++) writeFileSync(join(many, `${i}.txt`), 'no video');
    copyFileSync(clip('audio-only.mp4'), join(many, 'b10.mp4'));
    copyFileSync(clip('audio-only.mp4'), join(many, 'b9.mp4'));
    copyFileSync(clip(NO_FACE), join(deep, 'a.mp4'));
    writeFileSync(join(folder, 'beside.mp4'), 'named by hand: it is not left out');
    await drop(many, join(folder, 'beside.mp4'));
    await page.getByText(words.leftOut(120)).waitFor();
    await settled(4);
    expect(await page.locator('.rows .name').allInnerTexts()).toEqual([
      'beside.mp4',
      'many/b9.mp4',
      'many/b10.mp4',
      'many/deep/deeper/a.mp4',
    ]);
    await row('beside.mp4').getByText('not a video file').waitFor();
  });

  it('leaves out of a dropped folder what cannot be read, says so, and takes the rest', async () => {
    const partly = join(folder, 'partly');
    mkdirSync(join(partly, 'locked'), { recursive: true });
    for (const name of ['a.mp4', 'gone.mp4', 'locked/c.mp4', 'z.mp4'])
      copyFileSync(clip('audio-only.mp4'), join(partly, name));
    await page.evaluate(() => {
      // As the system refuses: Chromium has no names for the classes of entries.
      type Refuse = (error: DOMException) => void;
      const refused = (_: unknown, refuse?: Refuse): void =>
        refuse?.(new DOMException('', 'NotReadableError'));
      const read = (reader: FileSystemDirectoryReader): FileSystemDirectoryReader => {
        const readEntries = reader.readEntries.bind(reader);
        return Object.assign(reader, {
          readEntries: (give: FileSystemEntriesCallback, refuse?: Refuse) =>
            readEntries((entries) => give(entries.map(entry)), refuse),
        });
      };
      const entry = (one: FileSystemEntry): FileSystemEntry => {
        if (one.name === 'gone.mp4') Object.assign(one, { file: refused });
        if (!one.isDirectory) return one;
        const folder = one as FileSystemDirectoryEntry;
        const reader = folder.createReader.bind(folder);
        const locked = one.name === 'locked' ? { readEntries: refused } : null;
        return Object.assign(folder, { createReader: () => locked ?? read(reader()) });
      };
      const { webkitGetAsEntry } = DataTransferItem.prototype;
      DataTransferItem.prototype.webkitGetAsEntry = function () {
        const one = webkitGetAsEntry.call(this);
        return one && entry(one);
      };
    });
    await drop(partly);
    await page.getByText(words.unreadable(2)).waitFor();
    await settled(2);
    expect(await page.locator('.rows .name').allInnerTexts()).toEqual(['partly/a.mp4', 'partly/z.mp4']);
    // Where nothing could be read, nobody knows whether there was a video.
    await drop(join(partly, 'locked'));
    await page.getByText(words.unreadable(1)).waitFor();
    expect(await page.getByText(words.noVideos).count()).toBe(0);
  });

  it('says so when a dropped folder holds no video', async () => {
    mkdirSync(join(folder, 'empty/inner'), { recursive: true });
    await drop(join(folder, 'empty'));
    await page.getByText(words.noVideos).waitFor();
  });
});
