/** A record that somebody passed on: all that it says is shown, and the same file is held against it. */
import { readFileSync } from 'node:fs';
import { type BrowserContext, type Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dateText } from '../../src/app/format.ts';
import { LANGUAGES, messages } from '../../src/app/messages.ts';
import { verdictLink } from '../../src/share/link.ts';
import { parseRecord, type VerdictRecord } from '../../src/verdict/index.ts';
import { record } from '../unit/share-record.ts';
import { clip, useBuiltApp } from './built-app.ts';
import { DESKTOP, DEVICES } from './devices.ts';

const app = useBuiltApp('small');
const words = messages.claim;

let context: BrowserContext;
let page: Page;

afterEach(() => context.close());

async function open(): Promise<void> {
  await page.goto(app.server.url);
  await page.getByRole('button', { name: messages.start.choose }).waitFor();
}

/** Opens a saved record, as one that came by mail would be. */
async function openRecord(saved: VerdictRecord): Promise<void> {
  await page.setInputFiles('input[multiple]', {
    name: 'saved.json',
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(parseRecord(saved))),
  });
  await page.getByText(words.kicker).waitFor();
}

async function check(path: string): Promise<void> {
  await page.setInputFiles('input[multiple]', path);
  await page.locator('.verdict').waitFor({ timeout: 120_000 });
  await page.getByRole('button', { name: messages.passOn.save }).waitFor();
}

async function savedRecord(): Promise<VerdictRecord> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: messages.passOn.save }).click();
  return parseRecord(JSON.parse(readFileSync(await (await download).path(), 'utf8')));
}

/** Two people; the first is in view twice. Between the runs of a long video nothing was looked at. */
function ofTwoPeople(): VerdictRecord {
  const whole = record(24);
  const [first] = whole.tracks;
  const run = (id: number, person: number, start: number): VerdictRecord['tracks'][number] => ({
    ...first!,
    id,
    person,
    start,
    end: start + 4,
    frames: first!.frames.map((frame, i) => ({ ...frame, time: start + i / 6 })),
  });
  return {
    ...whole,
    media: { ...whole.media!, duration: 60 },
    sampling: {
      ...whole.sampling,
      runs: [10, 30, 50].map((start) => ({ start, end: start + 4 })),
    },
    // As a record has them: the longest first.
    tracks: [
      { ...run(2, 0, 50), outcome: 'cannot-tell', reasons: ['too_blurred'] },
      { ...run(1, 1, 30), outcome: 'some', score: 0.7 },
      run(0, 0, 10),
    ],
    verdict: { outcome: 'some', score: 0.7, reasons: [], trackId: 1 },
  };
}

/** The same of a recorded broadcast, whose clock does not begin at 0. */
function at(start: number, { media, sampling, tracks, ...rest }: VerdictRecord): VerdictRecord {
  const moved = <One extends { start: number; end: number }>(one: One): One => ({
    ...one,
    start: one.start + start,
    end: one.end + start,
  });
  return {
    ...rest,
    media: { ...media!, start },
    sampling: { ...sampling, runs: sampling.runs!.map(moved) },
    tracks: tracks.map((track) => ({
      ...moved(track),
      frames: track.frames.map((frame) => ({ ...frame, time: frame.time + start })),
    })),
  };
}

describe.each(DEVICES)('on %s', (_, device) => {
  beforeEach(async () => {
    context = await app.browser.newContext({ acceptDownloads: true, locale: 'en-US', ...device });
    page = await context.newPage();
  });

  describe('a claim', () => {
    it('says when it was made, with what score, by which build, and how much was looked at', async () => {
      await open();
      const claim = ofTwoPeople();
      claim.app.sha256 = claim.file.sha256!;
      await openRecord(claim);
      const text = await page.locator('main').innerText();
      // In the browser's time zone, which is that of the tests.
      expect(text).toContain(dateText(claim.createdAt).split(' at ')[0]);
      expect(text).toContain(messages.result.scoreOf('0.70', '0.66', '0.82'));
      expect(text).toContain(messages.result.facts.appHash);
      expect(text).toContain(words.coverageTitle);
      expect(await page.locator('.claim').getAttribute('data-outcome')).toBe('some');
      // A finger drops nothing.
      expect(await page.getByText(words.drop).isVisible()).toBe(device === DESKTOP);
    });

    it('that nothing could be told says why as its own words, not as the page’s', async () => {
      await open();
      const verdict = { outcome: 'cannot-tell' as const, score: null, trackId: null };
      await openRecord({ ...record(), tracks: [], verdict: { ...verdict, reasons: ['no_face'] } });
      const said = await page.locator('.claim').innerText();
      expect(said).toContain(`${words.reason} ${messages.reasons.no_face}`);
      // There is nothing to look at without the video.
      expect(said).not.toContain(messages.result.coverage.furtherDown);
    });

    it('shows its people on a line with times and gaps, each run by a click, and as a table', async () => {
      await open();
      await openRecord(ofTwoPeople());
      const lines = page.locator('.line');
      expect(await lines.count()).toBe(2);
      expect(await lines.first().locator('.looked').count()).toBe(3);
      expect(await lines.first().locator('.run').count()).toBe(2);
      await page.getByText(messages.result.peopleGaps).waitFor();
      expect(await page.locator('.people .axis').innerText()).toMatch(/0:00\.0\s+0:30\.0\s+1:00\.0/);
      // The run that decides comes first; the others are a click away.
      const heading = page.getByRole('heading', { level: 3 });
      expect(await heading.innerText()).toBe('Person B · 0:30.0 to 0:34.0');
      await page.getByRole('button', { name: /0:50\.0/ }).click();
      expect(await heading.innerText()).toBe('Person A · 0:50.0 to 0:54.0');
      await page.getByText(messages.reasons.too_blurred).waitFor();
      await page.getByText(messages.result.tableTitle).first().click();
      const people = await page.locator('.people tbody').allInnerTexts();
      expect(people).toHaveLength(2);
      // Of a run that was not judged there is no score.
      expect(people[0]).toMatch(/^Person A\s+0:10\.0 to .*\s0\.22\s+0:50\.0 to .*\s–\s*$/s);
      expect(people[1]).toMatch(
        /^Person B\s+0:30\.0 to 0:34\.0\s+Some signs.*decides the verdict\s+0\.70\s*$/,
      );
    });
  });
});

describe('a claim on any device', () => {
  beforeEach(async () => {
    context = await app.browser.newContext({ acceptDownloads: true, locale: 'en-US', ...DESKTOP });
    page = await context.newPage();
  });

  it('has its people where they are in the video, wherever its own clock begins', async () => {
    const shown = async (claim: VerdictRecord): Promise<unknown> => {
      await open();
      await openRecord(claim);
      const bars = page.locator('.line > span');
      const places = await bars.evaluateAll((all) => all.map((bar) => bar.getAttribute('style')));
      expect(places).toHaveLength(9);
      return [places, await page.locator('section[aria-labelledby="claimed-scores"]').innerText()];
    };
    expect(await shown(at(30_000, ofTwoPeople()))).toEqual(await shown(ofTwoPeople()));
  });

  it('of a link stays beside its result in another language, and is left by going back', async () => {
    await open();
    await check(clip('face.mp4'));
    await page.getByRole('button', { name: messages.passOn.copy }).click();
    const link = await page.getByLabel(messages.passOn.label).inputValue();
    await page.goto(link);
    await page.getByText(words.kicker).waitFor();
    await page.reload();
    await check(clip('face.mp4'));
    await page.getByText(messages.comparison.repeated.title).waitFor();
    await page.locator('header select').selectOption('es');
    await page.getByText(LANGUAGES.es.messages.comparison.repeated.title).waitFor();
    await page.locator('header select').selectOption('en');
    await page.goBack();
    await page.getByText(words.kicker).waitFor();
    await page.goBack();
    await page.locator('.verdict').waitFor();
    expect(await page.locator('[data-comparison]').count()).toBe(0);
  });

  it('of a link is gone, from the address too, once everything is deleted', async () => {
    await open();
    await page.goto(await verdictLink(record(), app.server.url));
    await page.getByText(words.kicker).waitFor();
    await check(clip('audio-only.mp4'));
    await page.getByRole('button', { name: words.back }).click();
    await page.getByText(words.kicker).waitFor();
    await page.getByRole('button', { name: messages.queue.deleteAll }).click();
    await page.getByRole('button', { name: messages.queue.deleteYes }).click();
    await page.getByText(messages.queue.deleted).waitFor();
    await page.getByRole('button', { name: messages.start.choose }).waitFor();
    expect(await page.getByText(words.kicker).count()).toBe(0);
    expect(new URL(page.url()).hash).toBe('');
  });

  it('is left for another video, before a check and after one', async () => {
    await open();
    const start = page.getByRole('button', { name: messages.start.choose });
    const leave = page.getByRole('button', { name: words.leave });
    await openRecord(record());
    await leave.click();
    await start.waitFor();
    await openRecord(record());
    await check(clip('audio-only.mp4'));
    await page.locator('[data-comparison]').waitFor();
    await page.getByRole('button', { name: messages.result.again }).click();
    await start.waitFor();
    await check(clip('no-moov.mp4'));
    expect(await page.locator('[data-comparison]').count()).toBe(0);
  });

  it('that comes together with its video is held against it at once', async () => {
    await open();
    await check(clip('face.mp4'));
    const own = await savedRecord();
    await page.getByRole('button', { name: messages.result.again }).click();
    const buffer = Buffer.from(JSON.stringify(own));
    await page.setInputFiles('input[multiple]', [
      { name: 'saved.json', mimeType: 'application/json', buffer },
      { name: 'face.mp4', mimeType: 'video/mp4', buffer: readFileSync(clip('face.mp4')) },
    ]);
    await page.getByText(messages.comparison.repeated.title).waitFor({ timeout: 120_000 });
  });

  it('of one half of the picture says so, and so does its repetition', async () => {
    const { halves, whole } = messages.result.coverage;
    await open();
    await openRecord({ ...record(), sampling: { ...record().sampling, region: 'left-half' } });
    await page.getByText(`${whole} ${halves['left-half']}`).waitFor();
    await check(clip('face.mp4'));
    expect(await page.locator('.verdict .file').innerText()).toContain(
      messages.comparison.regions['left-half'],
    );
    await page.getByText(halves['left-half']).waitFor();
  });

  it('of several saved records is the first, and the page says so', async () => {
    await open();
    const named = (name: string): { name: string; mimeType: string; buffer: Buffer } => {
      const saved = parseRecord({ ...record(), file: { ...record().file, name } });
      return {
        name: `${name}.json`,
        mimeType: 'application/json',
        buffer: Buffer.from(JSON.stringify(saved)),
      };
    };
    await page.setInputFiles('input[multiple]', [named('first'), named('second')]);
    await page.getByText(words.named).locator('bdi', { hasText: 'first' }).waitFor();
    await page.getByRole('status').getByText(messages.queue.moreRecords).waitFor();
  });

  it('shows the name that it gives the file apart from the page’s own sentences', async () => {
    await open();
    const name = 'gpj.4”. This device agrees. “';
    await openRecord({ ...record(), file: { ...record().file, name: `\u202E${name}` } });
    // What would turn the name around is shown as a character of its own.
    expect(await page.locator('.claim p', { has: page.locator('bdi') }).innerText()).toBe(
      `${words.named} \uFFFD${name}`,
    );
    expect(await page.getByText('This device agrees').evaluate((it) => it.localName)).toBe('bdi');
  });

  it('is not spoken of by a check that was cancelled', async () => {
    await open();
    await openRecord(record());
    await page.setInputFiles('input[multiple]', clip('long-gop.mp4'));
    await page.getByRole('button', { name: messages.running.cancel }).click();
    const note = page.locator('[data-comparison]');
    await note.getByText(messages.comparison['not-compared'].text).waitFor();
    expect(await note.getByRole('table').count()).toBe(0);
  });

  it('stays in another language', async () => {
    await open();
    await openRecord(ofTwoPeople());
    await page.locator('header select').selectOption('es');
    await page.getByText(LANGUAGES.es.messages.claim.kicker).waitFor();
    await page.locator('header select').selectOption('en');
  });

  it('that was changed is held against what this device finds, value by value', async () => {
    await open();
    await check(clip('face.mp4'));
    const own = await savedRecord();
    expect(own.app.sha256).toMatch(/^[0-9a-f]{64}$/);
    const claim: VerdictRecord = {
      ...own,
      app: { version: '0.0.1' },
      verdict: { ...own.verdict, outcome: 'strong', score: 0.99 },
    };
    await page.getByRole('button', { name: messages.result.again }).click();
    await openRecord(claim);
    await check(clip('face.mp4'));
    const note = page.locator('[data-comparison]');
    expect(await note.getAttribute('data-comparison')).toBe('differs');
    const { differences } = messages.comparison;
    const row = (name: string): Promise<string> =>
      note.getByRole('row').filter({ hasText: name }).innerText();
    expect(await row(differences.app)).toContain(`0.0.1\t0.1.0 (${own.app.sha256!.slice(0, 12)}`);
    expect(await row(differences.outcome)).toMatch(
      new RegExp(`${messages.outcomes.strong.title}\\t${messages.outcomes[own.verdict.outcome].title}`),
    );
    expect(await row(differences.score)).toContain('0.99');
  });

  describe('without a network', () => {
    it('a link opens, and the same file repeats it', async () => {
      await open();
      await check(clip('face.mp4'));
      await page.getByRole('button', { name: messages.passOn.copy }).click();
      const link = await page.getByLabel(messages.passOn.label).inputValue();
      await page.getByText(messages.offline).waitFor({ timeout: 60_000 });
      await context.setOffline(true);
      page = await context.newPage();
      await page.goto(link);
      await page.getByText(words.kicker).waitFor();
      await check(clip('face.mp4'));
      await page.getByText(messages.comparison.repeated.title).waitFor({ timeout: 60_000 });
    });
  });

  describe('where the system cannot share after all', () => {
    it('the link is there to copy', async () => {
      await context.addInitScript(() => {
        const share = () => Promise.reject(new DOMException('no target', 'NotAllowedError'));
        Object.assign(navigator, { share });
      });
      await open();
      await check(clip('face.mp4'));
      await page.getByRole('button', { name: messages.passOn.share, exact: true }).click();
      expect(await page.getByLabel(messages.passOn.label).inputValue()).toMatch(/#verdict=1\./);
      await page.getByText(messages.passOn.byHand).waitFor();
    });
  });

  describe('where the system can share', () => {
    it('hands over the link, without the file’s name, and bears being dismissed', async () => {
      await context.addInitScript(() => {
        Object.assign(navigator, {
          share: (data: ShareData) => {
            document.documentElement.dataset.shared = JSON.stringify(data);
            return Promise.reject(new DOMException('dismissed', 'AbortError'));
          },
        });
      });
      const errors: Error[] = [];
      page.on('pageerror', (error) => errors.push(error));
      await open();
      await check(clip('face.mp4'));
      await page.getByRole('button', { name: messages.passOn.share, exact: true }).click();
      const shared = await page.waitForFunction(() => document.documentElement.dataset.shared);
      const data = JSON.parse((await shared.jsonValue())!) as ShareData;
      expect(data.title).toBe(messages.passOn.shareTitle);
      expect(data.url).toMatch(/#verdict=1\./);
      const receiver = await context.newPage();
      await receiver.goto(data.url!);
      await receiver.getByText(words.kicker).waitFor();
      expect(await receiver.getByText('face.mp4').count()).toBe(0);
      expect(errors).toEqual([]);
    });
  });
});
