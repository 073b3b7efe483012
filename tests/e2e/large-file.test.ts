import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { messages } from '../../src/app/messages.ts';
import { behindGap, type Bytes } from '../museum/surgery.ts';
import { clip, useBuiltApp } from './built-app.ts';
import { judged } from './faults.ts';

const app = useBuiltApp('small');
const folder = mkdtempSync(join(tmpdir(), 'clearframe-large-'));
afterAll(() => rmSync(folder, { recursive: true }));

let page: Page;
beforeEach(async () => {
  page = await app.browser.newPage();
  await page.goto(app.server.url);
  await page.getByRole('button', { name: messages.start.choose }).waitFor();
});
afterEach(() => page.close());

const GIGABYTE = 2 ** 30;

/** A clip whose pictures, and the index behind them, lie behind 3 GB. The disk keeps no room for zeros. */
function largeFile(): string {
  const path = join(folder, 'large.mp4');
  const gap = 3 * GIGABYTE;
  const { before, behind } = behindGap(new Uint8Array(readFileSync(clip('face.mp4'))) as Bytes, gap);
  const file = openSync(path, 'w');
  writeSync(file, before);
  const start = before.length - 16 + gap; // the gap counts its own head
  ftruncateSync(file, start);
  writeSync(file, behind, 0, behind.length, start);
  closeSync(file);
  return path;
}

const facts = () => page.locator('details').filter({ hasText: messages.result.runTitle });

it('shows the verdict of a file of 3 GB before its fingerprint is computed, and lets pass it on after', async () => {
  await page.setInputFiles('input[multiple]', largeFile());
  await page.locator('.verdict').waitFor({ timeout: 120_000 });
  const title = await page.locator('.verdict h1').innerText();
  expect(judged).toContain(title);
  expect(await page.getByText(messages.passOn.notYet).isVisible()).toBe(true);
  expect(await page.getByRole('button', { name: messages.passOn.save }).count()).toBe(0);
  await page.getByRole('button', { name: messages.passOn.save }).waitFor({ timeout: 240_000 });
  expect(await page.getByText(messages.passOn.notYet).count()).toBe(0);
  expect(await page.locator('.verdict h1').innerText()).toBe(title);
  await facts().locator('summary').click();
  expect(await facts().innerText()).not.toContain(messages.result.unknown);
});

it('judges it with the built-in decoder too, where the browser cannot decode it', async () => {
  const isVideo = (one: { url(): string }): boolean => one.url().includes('/assets/video-worker-');
  const worker = page.workers().find(isVideo) ?? (await page.waitForEvent('worker', { predicate: isVideo }));
  await worker.evaluate(() => {
    VideoDecoder.isConfigSupported = (config) => Promise.resolve({ supported: false, config });
  });
  await page.setInputFiles('input[multiple]', largeFile());
  await page.locator('.verdict').waitFor({ timeout: 120_000 });
  expect(judged).toContain(await page.locator('.verdict h1').innerText());
  await facts().locator('summary').click();
  expect(await facts().innerText()).toContain('ffmpeg');
});
