/** What the tests of faults share: a page with a queue, and hands that reach into its workers. */
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import type { BrowserContext, Locator, Page, Worker } from 'playwright-core';
import { messages } from '../../src/app/messages.ts';
import type { ModelManifest } from '../../src/detector/manifest.ts';
import { startServer, type Server } from '../../scripts/serve.ts';
import { clip, type BuiltApp } from './built-app.ts';

export const cannotTell = messages.outcomes['cannot-tell'].title;
/** The outcomes of a file that was judged. */
export const judged = [
  messages.outcomes.strong.title,
  messages.outcomes.some.title,
  messages.outcomes.none.title,
];

/** Workers by the file that they run; `worker` is the analysis worker, which starts the others. */
export type WorkerName =
  'worker' | 'detector-worker' | 'hash-worker' | 'video-worker' | 'ffmpeg-worker' | 'credentials-worker';

export const isWorker = (name: WorkerName, worker: { url(): string }): boolean =>
  worker.url().includes(`/assets/${name}-`);

/** A copy of a clip under another name: a file of its own to the queue. */
export function file(name: string, from = 'face.mp4'): { name: string; mimeType: string; buffer: Buffer } {
  return { name, mimeType: 'video/mp4', buffer: readFileSync(clip(from)) };
}

const BEFORE = 'before.mp4';

/** Milliseconds for an analysis, with another test beside it. */
const WAITED = 120_000;

export class QueuePage {
  /** The outcome of `before.mp4`. */
  #before = '';
  /** Workers of the page before it was loaded anew, and dead ones: Chromium may list them for good. */
  readonly #gone = new Set<Worker>();

  constructor(readonly page: Page) {}

  static async open(context: BrowserContext, url: string): Promise<QueuePage> {
    const page = await context.newPage();
    await page.goto(url);
    await page.getByRole('button', { name: messages.start.choose }).waitFor();
    return new QueuePage(page);
  }

  /** Has `before.mp4` checked, and is ready for more. Nothing that comes later may take its result away. */
  async checkBefore(): Promise<void> {
    await this.choose(file(BEFORE));
    await this.#comes(this.page.locator('.verdict').waitFor({ timeout: WAITED }));
    await this.button(messages.result.again).click();
    this.#before = await this.state(BEFORE);
    expect(judged).toContain(this.#before);
  }

  /** What was finished before is as it was, also after the page is loaded anew. */
  async expectBeforeKept(): Promise<void> {
    expect(await this.state(BEFORE)).toBe(this.#before);
    await this.#reload();
    await this.row(BEFORE).waitFor();
    expect(await this.state(BEFORE)).toBe(this.#before);
  }

  /** Loads the page anew: it gets new workers. */
  async reload(): Promise<void> {
    await this.#reload();
    await this.button(messages.start.choose).waitFor();
  }

  async #reload(): Promise<void> {
    for (const worker of this.page.workers()) this.#gone.add(worker);
    await this.page.reload();
  }

  /** Leaves nothing in the queue but `before.mp4`, and gets new workers. */
  async startOver(): Promise<void> {
    await this.#reload();
    await this.row(BEFORE).waitFor();
    const names = this.page.locator('.rows .name');
    for (const name of await names.allInnerTexts())
      if (name !== BEFORE) await this.act(messages.queue.remove, name);
    await this.page.getByRole('link', { name: messages.name }).click();
    await this.button(messages.start.choose).waitFor();
    await expect.poll(() => names.allInnerTexts()).toEqual([BEFORE]);
  }

  choose(...files: ReturnType<typeof file>[]): Promise<void> {
    return this.page.setInputFiles('input[multiple]', files);
  }

  row(name: string): Locator {
    return this.page.locator('.rows li').filter({ hasText: name });
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** Something to do with one file, by the name that a screen reader says. */
  act(action: string, name: string): Promise<void> {
    return this.button(messages.queue.of(action, name)).click();
  }

  state(name: string): Promise<string> {
    return this.row(name).locator('.state').innerText();
  }

  /** Waits until so many of all files have an outcome. Looks often: the next file may have one soon after. */
  async checked(done: number, all: number): Promise<void> {
    const says = (text: string): boolean => document.body.textContent.includes(text);
    const timeout = { timeout: WAITED, polling: 50 };
    await this.#comes(this.page.waitForFunction(says, messages.queue.summary(done, all), timeout));
  }

  /** Waits for what an analysis leads to; when it does not come, the error says how far the page has got. */
  async #comes(outcome: Promise<unknown>): Promise<void> {
    try {
      await outcome;
    } catch (error) {
      const text = await this.page.locator('body').innerText();
      const workers = this.page
        .workers()
        .map((worker) => `${this.#gone.has(worker) ? 'gone: ' : ''}${worker.url()}`);
      throw new Error([String(error), text, ...workers].join('\n'), { cause: error });
    }
  }

  /** Opens a file's result, with all that was run, and waits for a sentence in it. */
  async result(name: string, sentence: string): Promise<void> {
    await this.row(name).locator('.open').click();
    await this.page.locator('summary', { hasText: messages.result.runTitle }).click();
    await this.page.getByText(sentence).first().waitFor({ timeout: 10_000 });
  }

  async expectJudged(...names: string[]): Promise<void> {
    for (const name of names) expect(judged).toContain(await this.state(name));
  }

  async worker(name: WorkerName): Promise<Worker> {
    for (;;) {
      const worker =
        this.page.workers().find((one) => isWorker(name, one) && !this.#gone.has(one)) ??
        (await this.page.waitForEvent('worker', { predicate: (one) => isWorker(name, one) }));
      if (await runs(worker, () => undefined)) return worker;
      this.#gone.add(worker);
    }
  }

  /** Runs this in the page, and in every worker that lives on. */
  async everywhere(code: () => void): Promise<void> {
    await this.page.evaluate(code);
    await Promise.all(this.page.workers().map((worker) => runs(worker, code)));
  }

  /**
   * Ends a worker as a browser does that has no memory for it: at once, and no event tells its owner. What Chromium then
   * says of it is not waited for: it may take the page's end for that.
   */
  async kill(worker: Worker): Promise<void> {
    this.#gone.add(worker);
    await worker.evaluate(untilItLives);
    worker.evaluate(() => self.close()).catch(() => undefined);
  }
}

/** What a worker runs that is to give its owner no answers from then on: the stage that it serves stands still. */
export function fallSilent(): void {
  const post = self.postMessage.bind(self) as (message: unknown) => void;
  const onlyLife = (message: object): void => ('life' in message ? post(message) : undefined);
  Object.assign(self, { postMessage: onlyLife });
}

export function silence(worker: Worker): Promise<void> {
  return worker.evaluate(fallSilent);
}

/** Keeps a worker's answers back. @returns gives them, and lets go */
export async function holdAnswers(worker: Worker): Promise<() => Promise<void>> {
  const handle = await worker.evaluateHandle(() => {
    const post = self.postMessage.bind(self) as (...message: unknown[]) => void;
    const held: unknown[][] = [];
    Object.assign(self, { postMessage: (...message: unknown[]) => held.push(message) });
    return () => {
      Object.assign(self, { postMessage: post });
      for (const message of held) post(...message);
    };
  });
  return () => handle.evaluate((release) => release());
}

/** Whether it has run this: a worker that ends meanwhile, or is of a page that is no more, gives no answer. */
function runs(worker: Worker, code: () => void): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(resolve, 10_000, false));
  const run = worker.evaluate(code).then(
    () => true,
    () => false,
  );
  return Promise.race([run, late]);
}

/** In a worker: resolves when it holds its life (`src/workers/lifetime.ts`), which is some time after its start. */
async function untilItLives(): Promise<void> {
  const probe = crypto.randomUUID();
  const lives = (): Promise<boolean> =>
    navigator.locks.request(probe, async () => {
      const { held = [] } = await navigator.locks.query();
      const mine = held.find(({ name }) => name === probe)?.clientId;
      return held.some(({ name, clientId }) => clientId === mine && name !== probe);
    });
  while (!(await lives())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** In a worker: what it fetches from an address with this ending never comes. */
export function holdBack(ending: string): void {
  const usual = self.fetch.bind(self);
  self.fetch = (...asked) =>
    String(asked[0]).endsWith(ending) ? new Promise<never>(() => undefined) : usual(...asked);
}

/** In a worker or a page: its clock runs so many times as fast from then on, and what waits for long has less to wait. */
export function hurry(times: number): void {
  const later = self.setTimeout.bind(self) as (work: () => void, milliseconds: number) => number;
  const now = performance.now.bind(performance);
  Object.assign(self, {
    setTimeout: (work: () => void, milliseconds = 0) => later(work, milliseconds / times),
  });
  performance.now = () => times * now();
}

/** A copy of the built app that can be changed while it is served. */
export class AppCopy {
  /** What was changed, as it was. */
  readonly #whole = new Map<string, Buffer>();

  private constructor(
    readonly folder: string,
    readonly server: Server,
  ) {}

  static async serve(app: BuiltApp): Promise<AppCopy> {
    const folder = mkdtempSync(join(tmpdir(), 'clearframe-faults-'));
    cpSync(app.folder, folder, { recursive: true });
    return new AppCopy(folder, await startServer({ root: folder, changing: true }));
  }

  /**
   * Runs code in every worker of that name before the worker's own, in workers that start from now on until `mend`.
   * @param value what the code needs to know
   */
  beforeWorker<T>(name: WorkerName, code: (value: T) => void, value: T): void {
    const call = `(${code.toString()})(${JSON.stringify(value)});\n`;
    for (const file of readdirSync(join(this.folder, 'assets')).filter((one) => one.startsWith(`${name}-`)))
      this.change(`assets/${file}`, (whole) => Buffer.concat([Buffer.from(call), whole]));
  }

  /** @param edit of a copy of the file's bytes; null takes the file away */
  change(path: string, edit: (whole: Buffer) => Buffer | null): void {
    const file = join(this.folder, path);
    const whole = readFileSync(file);
    if (!this.#whole.has(path)) this.#whole.set(path, whole);
    const changed = edit(Buffer.from(whole));
    if (changed === null) rmSync(file);
    else replace(file, changed);
  }

  /** From now on the host has this model, by its files' names. */
  serveModel(files: ReadonlyMap<string, Uint8Array>): void {
    for (const name of readdirSync(join(this.folder, 'model'))) this.change(`model/${name}`, () => null);
    for (const [name, bytes] of files) writeFileSync(join(this.folder, 'model', name), bytes);
  }

  /**
   * From now on the host has a newer version of the app, with another model: the same network in other bytes.
   * @param more bytes that its file has
   */
  renew(more = 1): void {
    let model: Buffer;
    this.change('model/model.json', (whole) => (model = Buffer.concat([whole, Buffer.alloc(more, ' ')])));
    let revision: string;
    this.change('model/manifest.json', (whole) => {
      const manifest = JSON.parse(whole.toString()) as ModelManifest;
      const listed = manifest.files.find(({ path }) => path === 'model.json')!;
      Object.assign(listed, { sha256: hashOf('sha256', model), bytes: model.length });
      const changed = Buffer.from(JSON.stringify(manifest));
      revision = hashOf('md5', changed);
      return changed;
    });
    this.change('sw.js', (whole) => {
      const listed = /(?<="revision":")\w+(?=","url":"model\/manifest\.json")/;
      return Buffer.from(whole.toString().replace(listed, revision));
    });
  }

  /** All files are as they were. */
  mend(): void {
    for (const [path, whole] of this.#whole) replace(join(this.folder, path), whole);
    this.#whole.clear();
  }

  async close(): Promise<void> {
    await this.server.close();
    rmSync(this.folder, { recursive: true });
  }
}

const hashOf = (algorithm: 'sha256' | 'md5', bytes: Buffer): string =>
  createHash(algorithm).update(bytes).digest('hex');

/** Writes a file as a new one: who is reading the old one reads it to its end. */
function replace(file: string, bytes: Buffer): void {
  writeFileSync(`${file}.new`, bytes);
  renameSync(`${file}.new`, file);
}

/**
 * A page where one file has been checked, of an app whose files can be changed, for all tests of a file: each begins with
 * that file alone in the queue, new workers and a whole app, without a service worker.
 */
export function useCheckedQueue(app: BuiltApp): { copy: AppCopy; context: BrowserContext; queue: QueuePage } {
  const use = {} as ReturnType<typeof useCheckedQueue>;
  beforeAll(async () => {
    use.copy = await AppCopy.serve(app);
    use.context = await app.browser.newContext({ serviceWorkers: 'block' });
    use.queue = await QueuePage.open(use.context, use.copy.server.url);
    await use.queue.checkBefore();
  });
  beforeEach(async () => {
    use.copy.mend();
    await use.queue.startOver();
  });
  afterAll(async () => {
    await use.context.close();
    await use.copy.close();
  });
  return use;
}
