/** Workers that die, and memory and GPUs that are gone: what people see, and that the queue goes on. */
import type { BrowserContext } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messages } from '../../src/app/messages.ts';
import { useBuiltApp } from './built-app.ts';
import { cannotTell, file, isWorker, kill, QueuePage, silence, type WorkerName } from './faults.ts';

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
    await queue.result('victim.mp4', messages.result.facts.file);
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
      VideoDecoder.prototype.flush = () => new Promise(() => undefined);
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
      const { decode, flush } = VideoDecoder.prototype;
      VideoDecoder.prototype.decode = () => undefined;
      VideoDecoder.prototype.flush = () => new Promise(() => undefined);
      setTimeout(() => Object.assign(VideoDecoder.prototype, { decode, flush }), 15_000);
    });
    await queue.choose(file('victim.mp4'), file('next.mp4'));
    await queue.checked(2, 2);
    expect(await queue.state('victim.mp4')).toBe(cannotTell);
    await queue.expectJudged('next.mp4');
    await queue.result('victim.mp4', messages.reasons.decoder_failed);
  });
});
