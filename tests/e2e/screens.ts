/** Every screen of the page, and how to come to it: for the tests, and for the pictures in the documentation. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { root } from '../../scripts/root.ts';
import { messages as english, type Messages } from '../../src/app/messages.ts';
import type { VerdictRecord } from '../../src/verdict/index.ts';
import { clip } from './built-app.ts';
import { giveCamera } from './canvas-camera.ts';
import { DatedFiles, keepResults, keptRecord, ofAMinute, withPeople } from './made-results.ts';

/** A screen that can be come to from the one before it in the list. */
export interface Screen {
  name: string;
  reach: (messages: Messages) => Promise<unknown>;
}

/** Walks through a page on which one clip has been checked, and on which results of others are made of that one. */
export class Walk {
  readonly #dated = new DatedFiles();
  readonly #face = this.#dated.copy(clip('face.mp4'), 'face.mp4');
  readonly #people = this.#dated.copy(clip('face.mp4'), 'people.mp4');
  readonly #minute = this.#dated.copy(clip('long-gop.mp4'), 'minute.mp4');
  readonly #signed = this.#dated.copy(join(root, 'tests/fixtures/credentials/signed.mp4'), 'signed.mp4');
  #record!: VerdictRecord;

  private constructor(
    readonly page: Page,
    readonly url: string,
  ) {}

  /** @param page in English, and not opened yet */
  static async begin(page: Page, url: string): Promise<Walk> {
    const walk = new Walk(page, url);
    await giveCamera(page);
    await page.goto(url);
    await walk.#choose(walk.#face);
    await walk.#verdictOf('face.mp4');
    await page.getByRole('heading', { name: english.passOn.title }).waitFor();
    walk.#record = await keptRecord(page, 'face.mp4');
    const made = (path: string, name: string, record: VerdictRecord) => ({
      name,
      bytes: statSync(path).size,
      record,
    });
    await keepResults(page, 'face.mp4', [
      made(walk.#people, 'people.mp4', withPeople(walk.#record)),
      made(walk.#minute, 'minute.mp4', ofAMinute(walk.#record)),
      made(walk.#signed, 'signed.mp4', walk.#record),
    ]);
    return walk;
  }

  end(): void {
    this.#dated.remove();
  }

  home(): Promise<void> {
    return this.page.getByRole('link', { name: english.name }).click();
  }

  #choose(...paths: string[]): Promise<void> {
    return this.page.setInputFiles('input[multiple]', paths);
  }

  #button(name: string): Promise<void> {
    return this.page.getByRole('button', { name, exact: true }).click();
  }

  async #verdictOf(name: string): Promise<void> {
    await this.page.locator('.verdict .file', { hasText: name }).waitFor({ timeout: 120_000 });
  }

  /** Opens a result with its file at hand: of several files that are known none is checked again. */
  async #open(name: string): Promise<void> {
    await this.home();
    await this.#choose(this.#face, this.#people, this.#minute, this.#signed);
    await this.page.locator('.rows .open', { hasText: name }).click();
    await this.#verdictOf(name);
  }

  readonly screens: Screen[] = [
    {
      name: 'queue',
      reach: async ({ queue }) => {
        await this.home();
        await this.page.getByText(queue.summary(4, 4)).waitFor();
      },
    },
    {
      name: 'storage',
      reach: async ({ storage }) => {
        await this.page.getByText(storage.title, { exact: true }).click();
        await this.page.getByText(storage.evictable).waitFor();
      },
    },
    {
      name: 'delete',
      reach: async ({ queue }) => {
        await this.#button(queue.deleteAll);
        await this.page.getByText(queue.deleteSure).waitFor();
      },
    },
    {
      name: 'live',
      reach: async ({ live, queue }) => {
        await this.#button(queue.deleteNo);
        await this.#button(live.open);
        await this.page.getByText(live.intro).waitFor();
      },
    },
    {
      name: 'live-running',
      reach: async ({ live }) => {
        await this.#button(live.camera);
        await this.page.locator('.person').first().waitFor({ timeout: 120_000 });
      },
    },
    {
      name: 'live-ended',
      reach: async ({ live }) => {
        await this.#button(live.end);
        await this.page.getByText(live.ended).waitFor();
      },
    },
    {
      name: 'running',
      reach: async ({ running }) => {
        await this.home();
        await this.#choose(clip('long-gop.mp4'));
        await this.page.getByRole('heading', { name: running.title('long-gop.mp4') }).waitFor();
      },
    },
    {
      name: 'cannot-tell',
      reach: async ({ running, reasons }) => {
        await this.#button(running.cancel);
        await this.page.locator('.verdict').getByText(reasons.cancelled).waitFor();
      },
    },
    {
      name: 'part',
      reach: async ({ result, queue }) => {
        await this.home();
        await this.#button(queue.of(queue.remove, 'long-gop.mp4'));
        await this.#open('minute.mp4');
        await this.page.getByRole('slider', { name: result.coverage.choose }).waitFor();
      },
    },
    {
      name: 'credentials',
      reach: async () => {
        await this.#open('signed.mp4');
        await this.page.locator('[data-credentials=present]').waitFor({ timeout: 60_000 });
      },
    },
    {
      name: 'people',
      reach: async ({ outcomes }) => {
        await this.#open('people.mp4');
        await this.page.getByRole('heading', { name: outcomes.strong.title }).waitFor();
        await this.page.locator('.box').waitFor({ timeout: 60_000 });
      },
    },
    {
      name: 'people-table',
      reach: async ({ result }) => {
        await this.page.locator('.people summary').click();
        await this.page.getByRole('columnheader', { name: result.outcomeColumn }).waitFor();
      },
    },
    {
      name: 'result',
      reach: async () => {
        await this.#open('face.mp4');
        await this.page.locator('.box').waitFor({ timeout: 60_000 });
      },
    },
    {
      name: 'map',
      reach: async ({ map }) => {
        await this.#button(map.show);
        await this.page.locator('canvas.overlay').waitFor({ timeout: 60_000 });
      },
    },
    {
      name: 'details',
      reach: async ({ passOn, result }) => {
        await this.page
          .locator('main details')
          .evaluateAll((all) => all.forEach((one) => one.setAttribute('open', '')));
        await this.page.getByText(result.facts.modelHash).waitFor();
        await this.#button(passOn.qr);
        await this.page.getByRole('img', { name: passOn.qrLabel }).waitFor();
      },
    },
    {
      name: 'link',
      reach: async ({ passOn }) => {
        await this.#button(passOn.copy);
        await this.page.getByLabel(passOn.label).waitFor();
      },
    },
    {
      name: 'claim',
      reach: async ({ passOn, claim }) => {
        const link = await this.page.getByRole('textbox', { name: passOn.label }).inputValue();
        await this.page.goto('about:blank');
        await this.page.goto(link);
        await this.page.getByText(claim.kicker).waitFor();
      },
    },
    {
      name: 'repeated',
      reach: async () => {
        await this.#choose(this.#face, this.#people);
        await this.page.locator('[data-comparison=repeated]').waitFor();
      },
    },
    {
      name: 'differs',
      reach: async ({ claim }) => {
        await this.home();
        const content = JSON.stringify(withPeople(this.#record));
        const file = { name: 'claim.json', mimeType: 'application/json', buffer: Buffer.from(content) };
        await this.page.setInputFiles('input[multiple]', file);
        await this.page.getByText(claim.kicker).waitFor();
        await this.#choose(this.#face, this.#people);
        await this.page.locator('.rows .open', { hasText: 'face.mp4' }).click();
        await this.page.locator('[data-comparison=differs]').waitFor();
      },
    },
    {
      name: 'damaged-link',
      reach: async () => {
        await this.page.goto('about:blank');
        await this.page.goto(`${this.url}#verdict=1.damaged`);
        await this.page.getByRole('alert').waitFor();
      },
    },
  ];
}
