/** The library in somebody else's page: the example that is built beside the app. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { root } from '../../scripts/root.ts';
import { messages } from '../../src/app/messages.ts';
import { parseRecord } from '../../src/verdict/index.ts';
import { tooWide, violations } from './axe.ts';
import { useBuiltApp } from './built-app.ts';

const app = useBuiltApp();

let page: Page;

beforeAll(async () => {
  page = await app.browser.newPage();
  await page.goto(`${app.server.url}embed/`);
});

const choose = (name: string): Promise<void> =>
  page.setInputFiles('input', join(root, 'tests/fixtures/clips', name));

it('gives the example page a record that the app can read', async () => {
  await choose('face.mp4');
  await page.locator('pre').waitFor({ timeout: 60_000 });
  const record = parseRecord(JSON.parse(await page.locator('pre').innerText()));
  expect(record.sampling.framesWithFace).toBeGreaterThan(5);
  const said = await page.getByRole('status').innerText();
  const { outcome, score } = record.verdict;
  // In words, and no score that could be read as a probability.
  expect(said.startsWith(messages.outcomes[outcome].title)).toBe(true);
  expect(said).not.toContain(score!.toFixed(2));
});

it('fits a phone, and breaks no rule of accessibility', async () => {
  expect(await violations(page)).toEqual([]);
  expect(await tooWide(page, [360])).toEqual([]);
});

it('gives a reason for what cannot be judged, and goes on', async () => {
  await choose('audio-only.mp4');
  await page.getByText('Cannot tell: no_video_track').waitFor({ timeout: 60_000 });
});

it('ends at once when it is cancelled', async () => {
  await choose('long-gop.mp4');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('Cannot tell: cancelled').waitFor({ timeout: 60_000 });
});

it('has types', () => {
  expect(existsSync(join(root, 'dist/types/analysis/library.d.ts'))).toBe(true);
});
