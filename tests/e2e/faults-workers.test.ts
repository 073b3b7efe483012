/** Workers that die, and decoders that stand still: what people see, and that the queue goes on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { messages } from '../../src/app/messages.ts';
import { root } from '../../scripts/root.ts';
import { useBuiltApp } from './built-app.ts';
import {
  cannotTell,
  fallSilent,
  file,
  holdBack,
  hurry,
  isWorker,
  silence,
  useCheckedQueue,
  type WorkerName,
} from './faults.ts';

const use = useCheckedQueue(useBuiltApp('small'));

/** One file has been checked by the workers that run now; the answers of one of them stop with the first of two more. */
async function standStill(name: WorkerName): Promise<void> {
  const { queue } = use;
  await queue.choose(file('first.mp4'));
  await queue.checked(2, 2);
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
    const { queue } = use;
    await standStill(silenced);
    await queue.page.getByText(messages.running.title('victim.mp4')).waitFor();
    await queue.kill(await queue.worker(victim));
    await queue.checked(4, 4);
    expect(await queue.state('victim.mp4')).toBe(cannotTell);
    await queue.expectJudged('first.mp4', 'next.mp4');
    await queue.result('victim.mp4', messages.reasons.out_of_memory);
    await queue.act(messages.queue.retry, 'victim.mp4');
    await queue.checked(4, 4);
    await queue.expectJudged('victim.mp4', 'next.mp4');
    await queue.expectBeforeKept();
  });

  it('while faces are searched: the same', async () => {
    const { copy, queue } = use;
    copy.beforeWorker(
      'worker',
      (searches) => {
        let left = searches;
        // Every search of a picture makes one.
        self.ImageData = class extends ImageData {
          constructor(width: number, height: number) {
            super(width, height);
            if (--left > 0) return;
            self.postMessage = () => undefined;
            self.close();
            throw new Error('the end');
          }
        } as typeof ImageData;
      },
      5,
    );
    await queue.reload();
    await queue.worker('worker');
    await queue.worker('detector-worker'); // started by the other, which has taken the fault in by now
    copy.mend();
    await queue.choose(file('victim.mp4'), file('next.mp4'));
    await queue.checked(3, 3);
    expect(await queue.state('victim.mp4')).toBe(cannotTell);
    await queue.expectJudged('next.mp4');
    await queue.result('victim.mp4', messages.reasons.out_of_memory);
    await queue.expectBeforeKept();
  });

  it('while the built-in decoder reads the file: the same', async () => {
    const { queue } = use;
    const started = queue.page.waitForEvent('worker', { predicate: (one) => isWorker('ffmpeg-worker', one) });
    const read = started.then(async (worker) => {
      await silence(worker);
      return worker;
    });
    await queue.choose(file('victim.avi', 'mpeg4.avi'), file('next.mp4'));
    await queue.kill(await read);
    await queue.checked(3, 3);
    expect(await queue.state('victim.avi')).toBe(cannotTell);
    await queue.expectJudged('next.mp4');
    await queue.result('victim.avi', messages.reasons.out_of_memory);
    await queue.act(messages.queue.retry, 'victim.avi');
    await queue.page.getByText(messages.reasons.no_face).first().waitFor({ timeout: 60_000 });
    await queue.expectBeforeKept();
  });

  it('while Content Credentials are read costs nothing but them, and they are read when the result is opened again', async () => {
    const { copy, queue } = use;
    // From its first line on: on a slow day it would be done before it could be silenced.
    copy.beforeWorker('credentials-worker', fallSilent, undefined);
    const dead = queue.worker('credentials-worker').then((worker) => queue.kill(worker));
    const signed = readFileSync(join(root, 'tests/fixtures/credentials/signed.mp4'));
    await queue.choose({ ...file('signed.mp4'), buffer: signed });
    await dead;
    copy.mend();
    await queue.page.getByText(messages.credentials.unreadable['reader-failed']).waitFor();
    await queue.checked(2, 2);
    await queue.row('before.mp4').locator('.open').click();
    await queue.row('signed.mp4').locator('.open').click();
    await queue.page.locator('[data-credentials=present]').waitFor({ timeout: 60_000 });
    await queue.button(messages.result.again).click();
    await queue.choose(file('next.mp4'));
    await queue.checked(3, 3);
    await queue.expectJudged('next.mp4');
    await queue.expectBeforeKept();
  });

  it('while the file is fingerprinted costs the fingerprint only', async () => {
    const { queue } = use;
    await standStill('hash-worker');
    await queue.page.getByText(messages.running.title('victim.mp4')).waitFor();
    await queue.kill(await queue.worker('hash-worker'));
    await queue.checked(4, 4);
    await queue.expectJudged('victim.mp4', 'next.mp4');
    await queue.result('victim.mp4', messages.result.facts.file);
    const fingerprint = queue.page.locator('dt', { hasText: messages.result.facts.file });
    expect(await fingerprint.locator('+ dd').innerText()).toBe(messages.result.unknown);
    // No link that nobody could check, and a way to one.
    await queue.page.getByText(messages.passOn.noFingerprint).waitFor();
    expect(await queue.button(messages.passOn.copy).count()).toBe(0);
    await queue.act(messages.queue.retry, 'victim.mp4');
    await queue.button(messages.passOn.copy).waitFor({ timeout: 60_000 });
    await queue.expectBeforeKept();
  });

  it('while the file is fingerprinted, by a reload of the page, keeps the verdict', async () => {
    const { queue } = use;
    await standStill('hash-worker');
    await queue.page.getByText(messages.passOn.notYet).waitFor({ timeout: 60_000 });
    const outcome = await queue.state('victim.mp4');
    await queue.page.reload();
    await queue.row('victim.mp4').waitFor();
    expect(await queue.state('victim.mp4')).toBe(outcome);
    expect(Object.values(messages.outcomes).map(({ title }) => title)).toContain(outcome);
  });

  it.each<WorkerName>(['detector-worker', 'worker'])('while it is loaded (%s): the same', async (victim) => {
    const { queue } = use;
    const { page } = queue;
    const silenced = new Promise<void>((resolve) => {
      page.once('worker', function watch(worker) {
        if (isWorker('detector-worker', worker)) resolve(silence(worker));
        else page.once('worker', watch);
      });
    });
    await queue.reload();
    await silenced;
    await queue.choose(file('victim.mp4'), file('next.mp4'));
    await page.getByText(messages.running.title('victim.mp4')).waitFor();
    await queue.kill(await queue.worker(victim));
    await queue.checked(3, 3);
    expect(await queue.state('victim.mp4')).toBe(cannotTell);
    await queue.expectJudged('next.mp4');
    await queue.result('victim.mp4', messages.reasons.out_of_memory);
    await queue.expectBeforeKept();
  });
});

describe('a decoder that stands still', () => {
  it('is given up after ten seconds, and the other one goes on; people are told', async () => {
    const { queue } = use;
    const video = await queue.worker('video-worker');
    await video.evaluate(() => {
      VideoDecoder.prototype.decode = () => undefined;
      VideoDecoder.prototype.flush = () => new Promise(() => undefined);
    });
    await queue.choose(file('victim.mp4'), file('next.mp4', 'audio-only.mp4'));
    await queue.checked(3, 3);
    await queue.expectJudged('victim.mp4');
    await queue.result('victim.mp4', messages.result.givenUp.browserDecoder);
    expect(await queue.state('next.mp4')).toBe(cannotTell);
    await queue.expectBeforeKept();
  });

  it('like the other one ends the file in “stopped”, and the next is judged', async () => {
    const { copy, queue } = use;
    copy.beforeWorker('ffmpeg-worker', holdBack, '.wasm');
    const video = await queue.worker('video-worker');
    await video.evaluate(() => {
      const { decode, flush } = VideoDecoder.prototype;
      VideoDecoder.prototype.decode = () => undefined;
      VideoDecoder.prototype.flush = () => new Promise(() => undefined);
      setTimeout(() => Object.assign(VideoDecoder.prototype, { decode, flush }), 15_000);
    });
    await queue.choose(file('victim.mp4'), file('next.mp4'));
    await queue.checked(3, 3);
    expect(await queue.state('victim.mp4')).toBe(cannotTell);
    await queue.expectJudged('next.mp4');
    await queue.result('victim.mp4', messages.reasons.decoder_failed);
    await queue.expectBeforeKept();
  });
});

describe('a part that lives, and does not get on', () => {
  /** The minute and a half that it is given pass in ten seconds. */
  const HURRY = 9;

  it('the loading of the detector: the file ends in “stood still”, and is judged when the rest comes', async () => {
    const { copy, queue } = use;
    copy.beforeWorker('detector-worker', holdBack, '.bin');
    await queue.reload();
    await (await queue.worker('worker')).evaluate(hurry, HURRY);
    await queue.choose(file('victim.mp4'));
    await queue.checked(2, 2);
    await queue.result('victim.mp4', messages.result.givenUp.loading);
    await queue.page.getByText(messages.reasons.stalled).first().waitFor();
    copy.mend();
    await queue.act(messages.queue.retry, 'victim.mp4');
    await queue.checked(2, 2);
    await queue.expectJudged('victim.mp4');
    await queue.expectBeforeKept();
  });

  it('the detector: the same, and the next file has a new one', async () => {
    const { queue } = use;
    await standStill('detector-worker');
    await (await queue.worker('worker')).evaluate(hurry, HURRY);
    await queue.checked(4, 4);
    expect(await queue.state('victim.mp4')).toBe(cannotTell);
    await queue.expectJudged('next.mp4');
    await queue.result('victim.mp4', messages.result.givenUp.detector);
    await queue.expectBeforeKept();
  });

  it('the search for faces: the same', async () => {
    const { queue } = use;
    await standStill('video-worker');
    await queue.page.evaluate(hurry, HURRY);
    await (
      await queue.worker('worker')
    ).evaluate(() => {
      setTimeout(() => {
        for (;;);
      });
    });
    await queue.page.getByText(messages.running.still).waitFor();
    await queue.checked(4, 4);
    expect(await queue.state('victim.mp4')).toBe(cannotTell);
    await queue.expectJudged('next.mp4');
    await queue.result('victim.mp4', messages.result.givenUp.search);
    await queue.expectBeforeKept();
  });
});
