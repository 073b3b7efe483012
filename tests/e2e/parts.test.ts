import { readFileSync } from 'node:fs';
import type { BrowserContext, Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messages } from '../../src/app/messages.ts';
import { parseRecord, type VerdictRecord } from '../../src/verdict/index.ts';
import { clip, useBuiltApp } from './built-app.ts';
import { DESKTOP, DEVICES, type Device } from './devices.ts';

const app = useBuiltApp();
const words = messages.result.coverage;
/** A minute: longer than what is walked from start to end. */
const LONG = clip('long-gop.mp4');

let context: BrowserContext;
let page: Page;
afterEach(() => context.close());

async function verdict(of: RegExp): Promise<void> {
  await page.locator('.verdict .file').filter({ hasText: of }).waitFor({ timeout: 120_000 });
  await page.getByRole('button', { name: messages.passOn.save }).waitFor();
}

async function savedRecord(): Promise<VerdictRecord> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: messages.passOn.save }).click();
  return parseRecord(JSON.parse(readFileSync(await (await download).path(), 'utf8')));
}

async function lookAtMinutesEnd(): Promise<void> {
  const slider = page.getByRole('slider', { name: words.choose });
  await slider.focus();
  await page.keyboard.press('End');
  expect(await slider.getAttribute('aria-valuetext')).toContain('1:00');
  await page.getByRole('button', { name: words.look }).click();
}

/** Opens the link to what is shown as somebody else does who has the file, and has it repeated there. */
async function repeatedByLink(path: string): Promise<Page> {
  await page.getByRole('button', { name: messages.passOn.copy }).click();
  const link = await page.getByLabel(messages.passOn.label).inputValue();
  const receiver = await context.newPage();
  await receiver.goto(link);
  await receiver.getByRole('heading', { level: 1 }).waitFor();
  await receiver.setInputFiles('input[multiple]', path);
  await receiver.getByText(messages.comparison.repeated.title).waitFor({ timeout: 120_000 });
  return receiver;
}

async function open(device: Device): Promise<void> {
  context = await app.browser.newContext({ acceptDownloads: true, ...device });
  page = await context.newPage();
  await page.goto(app.server.url);
  await page.getByRole('button', { name: messages.start.choose }).waitFor();
}

describe.each(DEVICES)('a video of a minute, on %s', (_, device) => {
  beforeEach(() => open(device));

  it('is looked at in another part on request, beside the first result, and a link repeats just that', async () => {
    await page.setInputFiles('input[multiple]', LONG);
    await verdict(/^long-gop\.mp4$/);
    await lookAtMinutesEnd();
    await verdict(/^long-gop\.mp4 · /);
    const { sampling } = await savedRecord();
    expect(sampling.part!.end).toBeCloseTo(60, 0);
    expect(sampling.part!.end - sampling.part!.start).toBeCloseTo(
      (sampling.framesPerSegment * sampling.maxSegments) / sampling.framesPerSecond,
    );
    expect(await page.locator('.rows li').count()).toBe(2);
    // Asked for again, it is shown again.
    await page.locator('.rows button.open').first().click();
    await verdict(/^long-gop\.mp4$/);
    await lookAtMinutesEnd();
    await verdict(/^long-gop\.mp4 · /);
    expect(await page.locator('.rows li').count()).toBe(2);

    const receiver = await repeatedByLink(LONG);
    expect(await receiver.locator('.verdict .file').innerText()).toMatch(/ · /);
  });
});

describe('on any device', () => {
  beforeEach(() => open(DESKTOP));

  it('says of a video of a minute that only parts of it were looked at', async () => {
    await page.setInputFiles('input[multiple]', LONG);
    await verdict(/^long-gop\.mp4$/);
    const { sampling, media } = await savedRecord();
    expect(media!.duration).toBeCloseTo(60, 0);
    expect(sampling.framesDecoded).toBe(sampling.framesPerSegment * sampling.maxSegments);
    const said = await page.getByRole('region', { name: words.title }).innerText();
    expect(said).toContain(`${sampling.maxSegments} parts`);
    expect(said).toContain('1:00');
    expect(said).toContain(words.rateInParts(String(sampling.framesPerSecond)));
    expect(said).not.toContain(words.rate(String(sampling.framesPerSecond)));
  });

  describe('a short video', () => {
    it('says so, and offers no other part', async () => {
      await page.setInputFiles('input[multiple]', clip('h264-bframes.mp4'));
      await verdict(/bframes/);
      const section = page.getByRole('region', { name: words.title });
      expect(await section.innerText()).toContain(words.whole);
      expect(await section.getByRole('slider').count()).toBe(0);
    });

    it('is looked at frame by frame on request, and a link repeats just that', async () => {
      await page.setInputFiles('input[multiple]', clip('face.mp4'));
      await verdict(/^face\.mp4$/);
      const some = await savedRecord();
      await page.getByRole('button', { name: words.lookAtEvery }).click();
      await verdict(/^face\.mp4 · /);
      const every = await savedRecord();
      const { duration, frameRate } = every.media!;
      expect(frameRate).toBeGreaterThan(2 * some.sampling.framesPerSecond);
      expect(every.sampling).toMatchObject({ everyFrame: true, framesPerSecond: frameRate });
      expect(every.sampling.framesDecoded).toBe(Math.round(duration * frameRate));
      // No frame twice, each with a score of its own.
      const [track] = every.tracks;
      expect(new Set(track!.frames.map(({ time }) => time)).size).toBe(track!.frames.length);
      expect(track!.frames.length).toBeGreaterThan(0.9 * every.sampling.framesWithFace);
      expect(track!.score).toBeCloseTo(some.tracks[0]!.score, 1);
      expect(await page.getByRole('region', { name: words.title }).innerText()).toContain(
        words.every(String(every.sampling.framesDecoded)),
      );
      expect(await page.getByRole('button', { name: words.lookAtEvery }).count()).toBe(0);
      // Faces to look at are there, though not all are kept.
      expect(await page.locator('figure canvas').count()).toBeGreaterThan(0);

      await repeatedByLink(clip('face.mp4'));
    });
  });
});
