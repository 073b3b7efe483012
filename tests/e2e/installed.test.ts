/** What a system that installs the app reads of it, and hands to it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import type { ManifestOptions } from 'vite-plugin-pwa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { root } from '../../scripts/root.ts';
import { messages } from '../../src/app/messages.ts';
import { verdictLink } from '../../src/share/link.ts';
import { record } from '../unit/share-record.ts';
import { clip, useBuiltApp } from './built-app.ts';
import { giveCamera } from './canvas-camera.ts';
import { PHONE } from './devices.ts';
import { AppCopy } from './faults.ts';

const app = useBuiltApp('small');

let context: BrowserContext;
let page: Page;

beforeEach(async () => {
  context = await app.browser.newContext(PHONE);
  page = await context.newPage();
});
afterEach(() => context.close());

const ready = (): Promise<void> => page.getByRole('button', { name: messages.start.choose }).waitFor();
const liveTitle = () => page.getByRole('heading', { name: messages.live.title });

describe('the manifest', () => {
  const manifest = (): ManifestOptions =>
    JSON.parse(readFileSync(join(root, 'dist/manifest.webmanifest'), 'utf8')) as ManifestOptions;
  /** Width and height as a PNG's header has them. */
  const size = (path: string): string => {
    const png = readFileSync(join(root, 'dist', path));
    return `${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`;
  };

  it('is one that Chromium would install', async () => {
    await page.goto(app.server.url);
    await page.getByText(messages.offline).waitFor({ timeout: 60_000 });
    const session = await context.newCDPSession(page);
    expect((await session.send('Page.getAppManifest')).errors).toEqual([]);
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
    // The tests' pages are private ones, which install nothing.
    expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([]);
  });

  it('names pictures that are there, in the sizes that it says', () => {
    const { icons, screenshots } = manifest();
    const pictures = [...icons, ...screenshots!].filter(({ type }) => type === 'image/png');
    expect(pictures.length).toBeGreaterThan(4);
    for (const { src, sizes } of pictures) expect([src, size(src)]).toEqual([src, sizes]);
    expect(icons.map(({ sizes, purpose }) => purpose ?? sizes)).toEqual([
      '192x192',
      '512x512',
      'maskable',
      'any',
    ]);
    expect(screenshots!.map(({ form_factor }) => form_factor)).toEqual(['wide', 'narrow']);
  });

  it('offers to open videos and saved records, and a shortcut to each way in', () => {
    const { file_handlers, shortcuts } = manifest();
    const accepted = Object.values(file_handlers![0]!.accept as Record<string, string[]>).flat();
    expect(accepted).toEqual(expect.arrayContaining(['.mp4', '.mov', '.webm', '.mkv', '.json']));
    expect(shortcuts!.map(({ url }) => url)).toEqual(['./', './?live']);
  });
});

describe('the shortcut to the live check', () => {
  it('opens it, without a network too, and a reload does not open it again', async () => {
    await page.goto(app.server.url);
    await page.getByText(messages.offline).waitFor({ timeout: 60_000 });
    await context.setOffline(true);
    await page.goto(`${app.server.url}?live`);
    await liveTitle().waitFor();
    expect(new URL(page.url()).search).toBe('');
    await page.reload();
    await ready();
    expect(await liveTitle().count()).toBe(0);
  });
});

describe('on a phone', () => {
  const open = async (): Promise<void> => {
    await page.goto(app.server.url);
    await ready();
  };
  const verdict = async (): Promise<string> => {
    await page.locator('.verdict').waitFor({ timeout: 120_000 });
    return page.locator('.verdict h1').innerText();
  };

  it('takes a video that is shared to it, also without a network, and says when it came empty', async () => {
    await open();
    await page.getByText(messages.offline).waitFor({ timeout: 60_000 });
    await context.setOffline(true);
    const bytes = [...readFileSync(clip('face.mp4'))];
    /** What the system does: posts a form, and follows the answer. */
    const share = (content: number[]): Promise<void> =>
      page.evaluate(async (content) => {
        const form = new FormData();
        form.append('videos', new File([new Uint8Array(content)], 'shared.mp4', { type: 'video/mp4' }));
        await fetch('./share-target', { method: 'POST', body: form, redirect: 'manual' });
        location.href = './?shared';
      }, content);
    await share(bytes);
    expect(await verdict()).not.toBe(messages.outcomes['cannot-tell'].title);
    expect(new URL(page.url()).search).toBe('');
    await share([]);
    await page.getByText(messages.start.sharedEmpty).waitFor();
  });

  it('says so when there is no room for what is shared, and lets go of what nobody took before', async () => {
    await open();
    await page.getByText(messages.offline).waitFor({ timeout: 60_000 });
    /** What the system does, as far as the answer. @returns where it leads to */
    const share = (name: string): Promise<string> =>
      page.evaluate(async (name) => {
        const form = new FormData();
        form.append('videos', new File([new Uint8Array(10_000)], name, { type: 'video/mp4' }));
        return (await fetch('./share-target', { method: 'POST', body: form })).url;
      }, name);
    await share('forgotten.mp4');
    const session = await context.newCDPSession(page);
    const { origin } = new URL(app.server.url);
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
    await page.goto(await share('large.mp4'));
    await page.getByText(messages.start.sharedNoRoom).waitFor();
    expect(new URL(page.url()).search).toBe('');
    await session.send('Storage.overrideQuotaForOrigin', { origin });
    await page.goto(await share('small.mp4'));
    await page.locator('.verdict .file', { hasText: 'small.mp4' }).waitFor({ timeout: 60_000 });
    expect(await page.getByText('forgotten.mp4').count()).toBe(0);
  });

  it('keeps the rare decoder for offline use when asked to', async () => {
    await open();
    await page.getByText(messages.offline).waitFor({ timeout: 60_000 });
    await page.getByText(messages.storage.title, { exact: true }).click();
    await page.locator('footer button').click();
    await page.getByText(messages.storage.complete).waitFor({ timeout: 60_000 });
    await context.setOffline(true);
    await page.reload();
    await page.locator('input[multiple]').waitFor({ state: 'attached' });
    await page.setInputFiles('input[multiple]', clip('mpeg4.avi'));
    expect(await verdict()).toBe(messages.outcomes['cannot-tell'].title);
    await page.getByText(messages.reasons.no_face).waitFor();
  });

  it('has a sample to try, also after a file', async () => {
    await open();
    await page.setInputFiles('input[multiple]', clip('audio-only.mp4'));
    expect(await verdict()).toBe(messages.outcomes['cannot-tell'].title);
    await page.getByRole('link', { name: messages.name }).click();
    await page.getByRole('button', { name: messages.start.sample }).click();
    await page
      .locator('.verdict .file', { hasText: messages.start.sampleName })
      .waitFor({ timeout: 120_000 });
    expect(await verdict()).not.toBe(messages.outcomes['cannot-tell'].title);
  });

  it('speaks of choosing, not of dropping, folders and keys', async () => {
    await open();
    await page.getByText(messages.start.pick).waitFor();
    for (const text of [messages.start.drop, messages.start.chooseFolder, messages.start.paste])
      expect(await page.getByText(text, { exact: true }).isVisible()).toBe(false);
  });
});

describe('an app that is open already', () => {
  /** What the system does: hands over files, or the address of a shortcut. */
  const launch = (launch: { name?: string; content?: string; query?: string }): Promise<void> =>
    page.evaluate(({ name, content, query = '' }) => {
      const files =
        name === undefined
          ? []
          : [
              {
                name,
                getFile: async () =>
                  new File([Uint8Array.from(atob(content!), (one) => one.charCodeAt(0))], name),
              },
            ];
      const { consumer } = globalThis as unknown as { consumer: (launch: object) => void };
      consumer({ files, targetURL: `${location.origin}/${query}` });
    }, launch);
  const content = (path: string): string => readFileSync(path).toString('base64');

  beforeEach(async () => {
    await page.addInitScript(() => {
      const setConsumer = (consumer: unknown): void => void Object.assign(globalThis, { consumer });
      Object.defineProperty(globalThis, 'launchQueue', { value: { setConsumer } });
    });
    await page.goto(app.server.url);
    await page.waitForFunction(() => 'consumer' in globalThis);
  });

  it('opens a link to a verdict as the claim that it is, also beside a result', async () => {
    await launch({ name: 'opened.mp4', content: content(clip('audio-only.mp4')) });
    await page.locator('.verdict').waitFor({ timeout: 60_000 });
    await launch({ query: new URL(await verdictLink(record(), app.server.url)).hash });
    await page.getByText(messages.claim.kicker).waitFor();
  });

  it('does not check again what it was opened for when it is loaded anew', async () => {
    const opened = { name: 'opened.mp4', content: content(clip('audio-only.mp4')) };
    await launch(opened);
    await page.locator('.verdict').waitFor({ timeout: 60_000 });
    await page.reload();
    await page.waitForFunction(() => 'consumer' in globalThis);
    await launch(opened);
    const rows = page.locator('li .open');
    await page.locator('.verdict .file', { hasText: 'opened.mp4' }).waitFor();
    await page.waitForTimeout(500);
    expect(await rows.count()).toBe(0);
    // Asked for once more, it is checked.
    await launch(opened);
    await rows.nth(1).waitFor();
  });

  it('checks a video, opens a record as a claim, and opens the live check', async () => {
    await launch({ name: 'opened.mp4', content: content(clip('audio-only.mp4')) });
    await page.locator('.verdict .file', { hasText: 'opened.mp4' }).waitFor({ timeout: 60_000 });
    await launch({ query: '?live' });
    await liveTitle().waitFor();
    await launch({ name: 'not-a-record.json', content: Buffer.from('{"format": 3}').toString('base64') });
    await page.getByRole('alert').waitFor();
    // Opened without a file or a shortcut it stays where it is.
    await launch({});
    await page.getByRole('alert').waitFor();
  });
});

describe('a new version that arrives during a live check', () => {
  let copy: AppCopy;
  beforeEach(async () => {
    copy = await AppCopy.serve(app);
  });
  afterEach(() => copy.close());

  it('is offered only when the check has been left', async () => {
    await giveCamera(page);
    await page.goto(copy.server.url);
    await page.getByText(messages.offline).waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: messages.live.open }).click();
    await page.getByRole('button', { name: messages.live.camera }).click();
    await page.getByRole('button', { name: messages.live.end }).waitFor();
    const other = await context.newPage();
    await other.goto(copy.server.url);
    await other.getByText(messages.offline).waitFor();
    copy.renew();
    await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      await registration.update();
    });
    await other.getByText(messages.update.text).waitFor();
    expect(await page.locator('.update').count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: messages.live.back }).click();
    await page.getByText(messages.update.text).waitFor();
  });
});
