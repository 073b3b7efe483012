import {
  copyFileSync,
  mkdtempSync,
  openSync,
  closeSync,
  ftruncateSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { messages } from '../../src/app/messages.ts';
import { clip, useBuiltApp } from './built-app.ts';

const app = useBuiltApp();
const folder = mkdtempSync(join(tmpdir(), 'clearframe-large-'));
afterAll(() => rmSync(folder, { recursive: true }));

const GIGABYTE = 2 ** 30;

/** A clip with so much after its video, in a box that players skip. The disk keeps no room for zeros. */
function padded(name: string, bytes: number): string {
  const path = join(folder, 'large.mp4');
  copyFileSync(clip(name), path);
  const { size } = statSync(path);
  const box = Buffer.alloc(16);
  box.writeUInt32BE(1); // the size follows as 64 bits
  box.write('free', 4, 'latin1');
  box.writeBigUInt64BE(BigInt(bytes), 8);
  const file = openSync(path, 'r+');
  writeSync(file, box, 0, box.length, size);
  ftruncateSync(file, size + bytes);
  closeSync(file);
  return path;
}

it('shows the verdict of a file of 3 GB before its fingerprint is computed, and lets pass it on after', async () => {
  const page = await app.browser.newPage();
  await page.goto(app.server.url);
  await page.getByRole('button', { name: messages.start.choose }).waitFor();
  await page.setInputFiles('input[multiple]', padded('face.mp4', 3 * GIGABYTE));
  await page.locator('.verdict').waitFor({ timeout: 120_000 });
  const title = await page.locator('.verdict h1').innerText();
  expect(await page.getByText(messages.passOn.notYet).isVisible()).toBe(true);
  expect(await page.getByRole('button', { name: messages.passOn.save }).count()).toBe(0);
  await page.getByRole('button', { name: messages.passOn.save }).waitFor({ timeout: 240_000 });
  expect(await page.getByText(messages.passOn.notYet).count()).toBe(0);
  expect(await page.locator('.verdict h1').innerText()).toBe(title);
  const facts = page.locator('details').filter({ hasText: messages.result.runTitle });
  await facts.locator('summary').click();
  expect(await facts.innerText()).not.toContain(messages.result.unknown);
  await page.close();
});
