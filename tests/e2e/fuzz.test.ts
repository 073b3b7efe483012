import fc from 'fast-check';
import { expect, it } from 'vitest';
import { messages } from '../../src/app/messages.ts';
import { verdictLink } from '../../src/share/link.ts';
import { linkInputs } from '../museum/fuzz-links.ts';
import { fuzzMedia } from '../museum/fuzz-media.ts';
import { record } from '../unit/share-record.ts';
import { useBuiltApp } from './built-app.ts';

const app = useBuiltApp();

it('mutated videos end in a verdict or a reason, and leave the page able to work', async () => {
  const { runs, outcomes, soundChecks, failures } = await fuzzMedia({ count: 50, seed: 2 });
  expect(failures).toEqual([]);
  expect(runs).toBe(50);
  expect(soundChecks).toBe(5);
  // Not all of them fail at the door.
  expect(Object.keys(outcomes).length).toBeGreaterThan(2);
});

it('mutated links and records leave the page without an error and without foreign markup, able to open a sound one', async () => {
  const page = await app.browser.newPage();
  const trouble: string[] = [];
  page.on('pageerror', (error) => trouble.push(error.message));
  page.on('dialog', (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(app.server.url);
  await page.getByRole('button', { name: messages.start.choose }).waitFor();
  const [links, packed, records] = await linkInputs();
  const inputs = [links!, packed!, records!].flatMap((kind) => fc.sample(kind, { seed: 3, numRuns: 67 }));
  const seen = { claim: 0, refused: 0, other: 0 };
  for (const { reader, text } of inputs) {
    if (reader === 'link') await page.evaluate((fragment) => (location.hash = fragment), text);
    else
      await page.setInputFiles('input[multiple]', {
        name: 'record.json',
        mimeType: 'application/json',
        buffer: Buffer.from(text),
      });
    const state = await page.evaluate(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (document.querySelector('[onerror], img[src=x]') !== null) return 'foreign markup';
      if (document.querySelector('.claim') !== null) return 'claim';
      return document.querySelector('[role=alert]') !== null ? 'refused' : 'other';
    });
    if (state === 'foreign markup') trouble.push(`${state}: ${text}`);
    else seen[state]++;
  }
  expect(trouble).toEqual([]);
  expect(seen.claim).toBeGreaterThan(0);
  expect(seen.refused).toBeGreaterThan(0);

  const sound = record(12);
  await page.evaluate(
    (link) => (location.hash = new URL(link).hash),
    await verdictLink(sound, app.server.url),
  );
  const title = messages.claim.title(messages.outcomes[sound.verdict.outcome].title);
  await page.getByRole('heading', { name: title }).waitFor();
  await page.close();
});
