/** A full, emptied or damaged storage, and files of the app that arrive damaged: what people see, and that nothing else is lost. */
import type { BrowserContext, CDPSession } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messages } from '../../src/app/messages.ts';
import { useBuiltApp } from './built-app.ts';
import {
  AppCopy,
  cannotTell,
  file,
  holdAnswers,
  holdBack,
  isWorker,
  QueuePage,
  useCheckedQueue,
} from './faults.ts';

const app = useBuiltApp('small');
const CACHE = 'clearframe-runtime';

let context: BrowserContext;
let queue: QueuePage;
let browser: CDPSession;

beforeEach(async () => {
  context = await app.browser.newContext();
});
afterEach(() => context.close());

async function open(url = app.server.url): Promise<void> {
  queue = await QueuePage.open(context, url);
  browser = await context.newCDPSession(queue.page);
}

describe('a storage without room', () => {
  it('leaves results on the screen, says that they are not kept, and keeps them when there is room again', async () => {
    // No file before: Chromium asks for the quota again only a while after something was kept.
    await open();
    const { origin } = new URL(app.server.url);
    const notice = queue.page.getByRole('status').filter({ hasText: messages.queue.notKept });
    await browser.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
    await queue.choose(file('victim.mp4'), file('also.mp4', 'audio-only.mp4'));
    await queue.checked(2, 2);
    await notice.waitFor();
    await queue.expectJudged('victim.mp4');

    await browser.send('Storage.overrideQuotaForOrigin', { origin });
    await queue.button(messages.result.again).click();
    await queue.choose(file('next.mp4'));
    await queue.checked(3, 3);
    await notice.waitFor({ state: 'detached' });
    await queue.page.reload();
    await queue.row('next.mp4').waitFor();
    await queue.expectJudged('victim.mp4', 'next.mp4');
    expect(await queue.state('also.mp4')).toBe(cannotTell);
  });
});

describe('a storage that is emptied while a file is checked', () => {
  it('takes nothing from the screen, and keeps what comes after', async () => {
    await open();
    await queue.page.getByText(messages.offline).waitFor({ timeout: 60_000 });
    await queue.checkBefore();
    const detectors = queue.page.workers().filter((worker) => isWorker('detector-worker', worker));
    expect(detectors).not.toHaveLength(0);
    const releases = await Promise.all(detectors.map(holdAnswers));
    await queue.choose(file('victim.mp4'), file('next.avi', 'mpeg4.avi'));
    await queue.page.getByText(messages.running.title('victim.mp4')).waitFor();
    const { origin } = new URL(app.server.url);
    // What a browser evicts together when the disk fills up.
    const storageTypes = 'indexeddb,cache_storage,service_workers';
    await browser.send('Storage.clearDataForOrigin', { origin, storageTypes });
    for (const release of releases) await release();
    await queue.checked(3, 3);
    await queue.expectJudged('before.mp4', 'victim.mp4');
    await queue.result('next.avi', messages.reasons.no_face);
    expect(await queue.page.getByText(messages.queue.notKept).count()).toBe(0);
    await queue.page.reload();
    await queue.page.getByText(messages.reasons.no_face).waitFor();
    await queue.expectJudged('victim.mp4');
  });
});

describe('a cache whose files are cut in half', () => {
  it('is mended by their hashes, and the file is judged', async () => {
    await open();
    await queue.page.getByText(messages.offline).waitFor({ timeout: 60_000 });
    await queue.checkBefore();
    const sizes = (): Promise<[string, number][]> =>
      queue.page.evaluate(async (name) => {
        const cache = await caches.open(name);
        const size = async (key: Request): Promise<[string, number]> => [
          key.url,
          (await (await cache.match(key))!.arrayBuffer()).byteLength,
        ];
        return Promise.all((await cache.keys()).map(size));
      }, CACHE);
    const whole = new Map(await sizes());
    await queue.page.evaluate(async (name) => {
      const cache = await caches.open(name);
      for (const key of await cache.keys()) {
        const response = (await cache.match(key))!;
        const bytes = await response.arrayBuffer();
        await cache.put(
          key,
          new Response(bytes.slice(0, bytes.byteLength / 2), { headers: response.headers }),
        );
      }
    }, CACHE);
    await queue.reload();
    await queue.choose(file('a.mp4'), file('b.mp4'));
    await queue.checked(3, 3);
    await queue.expectJudged('a.mp4', 'b.mp4');
    const model = (await sizes()).filter(([url]) => url.includes('/model/'));
    expect(model.length).toBeGreaterThan(0);
    for (const [url, size] of model) expect(size).toBe(whole.get(url));
    await queue.expectBeforeKept();
  });
});

describe('a host whose files are damaged', () => {
  const WEIGHTS = 'model/weights-1of1.bin';
  type Damage = Parameters<AppCopy['change']>[1];
  const oneBit: Damage = (whole) => (whole.writeUInt8(whole.readUInt8(1000) ^ 1, 1000), whole);
  const half: Damage = (whole) => whole.subarray(0, whole.length / 2);
  const gone: Damage = () => null;
  const use = useCheckedQueue(app);

  /** Two files end in words about the damage; once it is mended both are judged. */
  async function refusedThenJudged(queue: QueuePage, copy: AppCopy): Promise<void> {
    await queue.choose(file('victim.mp4'), file('other.mp4'));
    await queue.checked(3, 3);
    expect(await queue.state('victim.mp4')).toBe(cannotTell);
    await queue.result('victim.mp4', messages.reasons.model_integrity_failed);
    copy.mend();
    for (const name of ['victim.mp4', 'other.mp4']) await queue.act(messages.queue.retry, name);
    await queue.checked(3, 3);
    await queue.expectJudged('victim.mp4', 'other.mp4');
    await queue.expectBeforeKept();
  }

  it.each([
    [WEIGHTS, 'wrong by one bit', oneBit],
    [WEIGHTS, 'cut in half', half],
    ['runtime/vision/vision_wasm_module_internal.wasm', 'wrong by one bit', oneBit],
    ['runtime/vision/vision_wasm_module_internal.js', 'wrong by one bit', oneBit],
    ['runtime/faces/blaze_face_full_range.tflite', 'wrong by one bit', oneBit],
  ])('%s, %s, is refused in words; once it is whole a retry judges the file', async (path, _what, damage) => {
    const { copy, queue } = use;
    copy.change(path, damage);
    await queue.reload();
    await refusedThenJudged(queue, copy);
  });

  it.each([
    [WEIGHTS, 'wrong by one bit', oneBit],
    [WEIGHTS, 'gone', gone],
  ])('%s, %s, behind a service worker that has lost its own: the same', async (path, _what, damage) => {
    const copy = await AppCopy.serve(app);
    try {
      await open(copy.server.url);
      await queue.page.getByText(messages.offline).waitFor({ timeout: 60_000 });
      await queue.checkBefore();
      copy.change(path, damage);
      // What was kept is sound, and would be used.
      await queue.page.evaluate((name) => caches.delete(name), CACHE);
      await queue.reload();
      await refusedThenJudged(queue, copy);
    } finally {
      await copy.close();
    }
  });

  it.each(['runtime/ffmpeg/ffmpeg-core.wasm', 'runtime/ffmpeg/ffmpeg-core.js'])(
    '%s, wrong by one bit, costs the file that needs it; once it is whole a retry reads it',
    async (path) => {
      const { copy, queue } = use;
      copy.change(path, oneBit);
      await queue.reload();
      await queue.choose(file('victim.avi', 'mpeg4.avi'), file('next.mp4'));
      await queue.checked(3, 3);
      await queue.expectJudged('next.mp4');
      await queue.result('victim.avi', messages.reasons.model_integrity_failed);
      copy.mend();
      await queue.act(messages.queue.retry, 'victim.avi');
      await queue.page.getByText(messages.reasons.no_face).first().waitFor({ timeout: 60_000 });
      await queue.expectBeforeKept();
    },
  );

  it.each([
    ['runtime/kernels/kernels-relaxed.wasm', null],
    ['runtime/kernels/kernels-simd.wasm', 'runtime/kernels/kernels-relaxed.wasm'],
  ])('%s, wrong by one bit, is not used: the next way judges the file', async (path, missing) => {
    const { copy, queue } = use;
    if (missing !== null) copy.change(missing, gone);
    copy.change(path, oneBit);
    await queue.reload();
    await queue.choose(file('victim.mp4'), file('next.mp4'));
    await queue.checked(3, 3);
    await queue.expectJudged('victim.mp4', 'next.mp4');
    if (missing !== null) await queue.result('victim.mp4', messages.result.givenUp.wasm);
    await queue.expectBeforeKept();
  });

  it('and does not answer: the check can be cancelled, and the next file is judged when the network is back', async () => {
    const { copy, queue } = use;
    copy.beforeWorker('detector-worker', holdBack, WEIGHTS);
    await queue.reload();
    await queue.choose(file('victim.mp4'), file('next.mp4'));
    await queue.page.getByText(messages.running.title('victim.mp4')).waitFor();
    copy.mend();
    await queue.page.getByRole('button', { name: messages.running.cancel, exact: true }).click();
    await queue.checked(2, 3);
    await queue.expectJudged('next.mp4');
    await queue.result('victim.mp4', messages.reasons.cancelled);
    await queue.expectBeforeKept();
  });
});
