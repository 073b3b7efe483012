/** Files that change on the disk while they wait, or are damaged: what people see, and that the queue goes on. */
import { appendFileSync, copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messages } from '../../src/app/messages.ts';
import { clip, useBuiltApp } from './built-app.ts';
import { cannotTell, file, QueuePage } from './faults.ts';

const app = useBuiltApp('small');

let context: BrowserContext;
let queue: QueuePage;

beforeEach(async () => {
  context = await app.browser.newContext();
  queue = await QueuePage.open(context, app.server.url);
});
afterEach(() => context.close());

describe('a file that is not there any more when its turn comes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'clearframe-gone-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is told as such, the next is judged, and chosen again it takes its old place', async () => {
    const names = ['before.mp4', 'moved.mp4', 'changed.mp4', 'next.mp4'];
    const paths = names.map((name) => join(folder, name));
    for (const path of paths) copyFileSync(clip('face.mp4'), path);
    await queue.page.setInputFiles('input[multiple]', paths);
    const [, moved, changed] = paths as [string, string, string];
    renameSync(moved, `${moved}.away`);
    appendFileSync(changed, 'more');
    await queue.checked(4, 4);
    await queue.expectJudged('before.mp4', 'next.mp4');
    for (const name of ['moved.mp4', 'changed.mp4']) {
      expect(await queue.state(name)).toBe(cannotTell);
      await queue.result(name, messages.reasons.file_unreadable);
    }
    renameSync(`${moved}.away`, moved);
    await queue.button(messages.result.again).click();
    await queue.page.setInputFiles('input[multiple]', paths.slice(0, 2));
    await queue.row('moved.mp4').getByText(cannotTell).waitFor({ state: 'detached' });
    await queue.checked(4, 4);
    await queue.expectJudged('before.mp4', 'moved.mp4', 'next.mp4');
    expect(await queue.page.locator('.rows .name').allInnerTexts()).toEqual(names);
  });
});

describe('a file that is damaged in places', () => {
  it('is judged by the frames that are whole, and that is said', async () => {
    await queue.checkBefore();
    const { buffer, ...rest } = file('damaged.mp4');
    // A stretch in the middle of the pictures.
    const damaged = Buffer.from(buffer);
    for (let at = Math.round(0.5 * damaged.length); at < 0.6 * damaged.length; at += 50) damaged[at]! ^= 16;
    await queue.choose({ ...rest, buffer: damaged }, file('next.mp4'));
    await queue.checked(3, 3);
    await queue.expectJudged('damaged.mp4', 'next.mp4');
    const sentence = messages.result.damagedFrames(1, 2).split(/\d+/)[0]!;
    await queue.result('damaged.mp4', sentence);
    const left = queue.page.locator('dt', { hasText: messages.result.facts.damaged }).locator('+ dd');
    expect(Number(await left.innerText())).toBeGreaterThan(0);
    await queue.row('next.mp4').locator('.open').click();
    await queue.page.getByText(messages.result.limitsTitle).waitFor();
    expect(await queue.page.getByText(sentence).count()).toBe(0);
    await queue.expectBeforeKept();
  });
});
