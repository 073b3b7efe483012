/** Workers that die, and memory and GPUs that are gone: what people see, and that the queue goes on. */
import type { BrowserContext } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messages } from '../../src/app/messages.ts';
import { useBuiltApp } from './built-app.ts';
import {
  beforeWorker,
  cannotTell,
  file,
  isWorker,
  kill,
  QueuePage,
  silence,
  type WorkerName,
} from './faults.ts';

const app = useBuiltApp();

let context: BrowserContext;
let queue: QueuePage;

beforeEach(async () => {
  context = await app.browser.newContext();
});
afterEach(() => context.close());

/** A page where one file has been checked, two more are in the queue, and a worker's answers stop with the second. */
async function standStill(name: WorkerName): Promise<void> {
  queue = await QueuePage.open(context, app.server.url);
  await queue.choose(file('before.mp4'));
  await queue.page.locator('.verdict').waitFor({ timeout: 120_000 });
  await queue.button(messages.result.again).click();
  await silence(await queue.worker(name));
  await queue.choose(file('victim.mp4'), file('next.mp4'));
}

describe('a worker that dies without a word', () => {
  it.each<[stage: string, worker: WorkerName, silenced: WorkerName]>([
    ['while frames are decoded', 'video-worker', 'video-worker'],
    ['while faces are judged', 'detector-worker', 'detector-worker'],
    ['and had all the others', 'worker', 'video-worker'],
  ])('%s ends the file in “out of memory”, and the next is judged', async (_stage, victim, silenced) => {
    await standStill(silenced);
    await queue.page.getByText(messages.running.title('victim.mp4')).waitFor();
    await kill(await queue.worker(victim));
    await queue.checked(3, 3);
    expect(await queue.state('victim.mp4')).toBe(cannotTell);
    await queue.expectJudged('before.mp4', 'next.mp4');
    await queue.result('victim.mp4', messages.reasons.out_of_memory);
    await queue.act(messages.queue.retry, 'victim.mp4');
    await queue.checked(3, 3);
    await queue.expectJudged('before.mp4', 'victim.mp4', 'next.mp4');
  });

  it('while the file is fingerprinted costs the fingerprint only', async () => {
    await standStill('hash-worker');
    await queue.page.getByText(messages.running.title('victim.mp4')).waitFor();
    await kill(await queue.worker('hash-worker'));
    await queue.checked(3, 3);
    await queue.expectJudged('before.mp4', 'victim.mp4', 'next.mp4');
    await queue.row('victim.mp4').locator('.open').click();
    await queue.page.locator('summary', { hasText: messages.result.runTitle }).click();
    const fingerprint = queue.page.locator('dt', { hasText: messages.result.facts.file });
    expect(await fingerprint.locator('+ dd').innerText()).toBe(messages.result.unknown);
  });

  it.each<WorkerName>(['detector-worker', 'worker'])('while it is loaded (%s): the same', async (victim) => {
    const page = await context.newPage();
    const silenced = new Promise<void>((resolve) => {
      page.once('worker', function watch(worker) {
        if (isWorker('detector-worker', worker)) resolve(silence(worker));
        else page.once('worker', watch);
      });
    });
    await page.goto(app.server.url);
    queue = new QueuePage(page);
    await silenced;
    await queue.choose(file('victim.mp4'), file('next.mp4'));
    await page.getByText(messages.running.title('victim.mp4')).waitFor();
    await kill(await queue.worker(victim));
    await queue.checked(2, 2);
    expect(await queue.state('victim.mp4')).toBe(cannotTell);
    await queue.expectJudged('next.mp4');
    await queue.result('victim.mp4', messages.reasons.out_of_memory);
  });
});

describe('a decoder that stands still', () => {
  it('is given up after ten seconds, and the other one goes on; people are told', async () => {
    queue = await QueuePage.open(context, app.server.url);
    const video = await queue.worker('video-worker');
    await video.evaluate(() => {
      VideoDecoder.prototype.decode = () => undefined;
    });
    await queue.choose(file('victim.mp4'), file('next.mp4', 'audio-only.mp4'));
    await queue.checked(2, 2);
    await queue.expectJudged('victim.mp4');
    await queue.result('victim.mp4', 'no progress for 10000 ms');
    expect(await queue.state('next.mp4')).toBe(cannotTell);
  });

  it('like the other one ends the file in “stopped”, and the next is judged', async () => {
    await context.close();
    context = await app.browser.newContext({ serviceWorkers: 'block' });
    await context.route('**/runtime/ffmpeg/*.wasm', () => undefined);
    queue = await QueuePage.open(context, app.server.url);
    const video = await queue.worker('video-worker');
    await video.evaluate(() => {
      const { decode } = VideoDecoder.prototype;
      VideoDecoder.prototype.decode = () => undefined;
      setTimeout(() => (VideoDecoder.prototype.decode = decode), 15_000);
    });
    await queue.choose(file('victim.mp4'), file('next.mp4'));
    await queue.checked(2, 2);
    expect(await queue.state('victim.mp4')).toBe(cannotTell);
    await queue.expectJudged('next.mp4');
    await queue.result('victim.mp4', messages.reasons.decoder_failed);
  });
});

describe('memory that is not there', () => {
  beforeEach(async () => {
    await context.close();
    context = await app.browser.newContext({ serviceWorkers: 'block' });
  });

  it('for the built-in decoder ends that file in “out of memory”, and the next is judged', async () => {
    await beforeWorker(context, 'ffmpeg-worker', () => {
      WebAssembly.instantiateStreaming = () =>
        Promise.reject(
          new RangeError('WebAssembly.instantiate(): Out of memory: Cannot allocate Wasm memory'),
        );
    });
    queue = await QueuePage.open(context, app.server.url);
    await queue.choose(file('victim.avi', 'mpeg4.avi'), file('next.mp4'));
    await queue.checked(2, 2);
    expect(await queue.state('victim.avi')).toBe(cannotTell);
    await queue.expectJudged('next.mp4');
    await queue.result('victim.avi', messages.reasons.out_of_memory);
  });

  it('for the kernels is shown as given up, and the file is judged without them', async () => {
    await beforeWorker(context, 'detector-worker', () => {
      WebAssembly.Memory.prototype.grow = () => {
        throw new RangeError('WebAssembly.Memory.grow(): Maximum memory size exceeded');
      };
    });
    queue = await QueuePage.open(context, app.server.url);
    await queue.choose(file('victim.mp4'), file('next.mp4'));
    await queue.checked(2, 2);
    await queue.expectJudged('victim.mp4', 'next.mp4');
    await queue.result('victim.mp4', 'Maximum memory size exceeded');
  });

  it('for the whole tab: the browser ends it, and what was finished is there when it is opened again', async () => {
    queue = await QueuePage.open(context, app.server.url);
    await queue.choose(file('before.mp4'), file('victim.mp4'));
    await queue.checked(1, 2);
    const outcome = await queue.state('before.mp4');
    const crashed = queue.page.waitForEvent('crash');
    await Promise.all([crashed, queue.page.goto('chrome://crash').catch(() => undefined)]);
    queue = await QueuePage.open(context, app.server.url);
    await queue.button(messages.queue.showEarlier).click();
    expect(await queue.state('before.mp4')).toBe(outcome);
    await queue.choose(file('victim.mp4'));
    await queue.checked(2, 2);
    await queue.expectJudged('before.mp4', 'victim.mp4');
  });
});

describe('a GPU that is lost in the middle of a run', () => {
  it('is replaced by WebAssembly for the same file, and the record says so', async () => {
    await context.close();
    context = await app.browser.newContext({ serviceWorkers: 'block' });
    // The software GPU of the tests passes as a real one, and is lost with the first crops that it is given.
    await beforeWorker(context, 'detector-worker', () => {
      const real = (adapter: GPUAdapter): GPUAdapterInfo => ({ ...adapter.info, vendor: 'a real one' });
      void real;
    });
    queue = await QueuePage.open(context, app.server.url);
    await queue.choose(file('victim.mp4'), file('next.mp4'));
    await queue.checked(2, 2);
    await queue.expectJudged('victim.mp4', 'next.mp4');
    await queue.result('victim.mp4', 'webgpu: the GPU was lost');
  });
});
