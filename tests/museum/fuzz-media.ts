/** Mutated videos through the whole walk of the built product, in one page that has to stay alive. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { chromium, type Browser, type Page } from 'playwright-core';
import { ensureBuilt } from '../../scripts/build-stamp.ts';
import { ensureChromium } from '../../scripts/chromium.ts';
import { peakResidentBytes } from '../../scripts/long-run-measure.ts';
import { CHROMIUM_FLAGS } from '../../scripts/pipeline.ts';
import { root } from '../../scripts/root.ts';
import { startServer } from '../../scripts/serve.ts';
import type {} from '../../src/app/headless.ts';
import { parseRecord, type VerdictRecord } from '../../src/verdict/index.ts';
import { mediaMutation, mutated, type MediaMutation } from './mutations.ts';
import type { Bytes } from './surgery.ts';

const PIECES = join(root, 'tests/museum/pieces');
const CLIPS = join(root, 'tests/fixtures/clips');
/** With a face, so that what is left of it may still be judged. */
const FACE = join(CLIPS, 'face.mp4');
/** Where inputs that break a rule are put, to become pieces of the museum. */
export const FOUND = join(root, 'tests/museum/found');
/** Seconds: both decoders may stall for ten, and a slow machine takes its time. */
const MAX_SECONDS = 90;
/** After so many mutations a sound clip has to get its verdict as at first. */
const CHECK_EVERY = 10;
/** Of the tab's process; it takes a quarter of that with a sound clip. */
export const MAX_BYTES = 3e9;

export interface MediaFigures {
  runs: number;
  /** By outcome, or by reason where there is none. */
  outcomes: Record<string, number>;
  slowestSeconds: number;
  peakBytes: number | null;
  soundChecks: number;
  /** What broke a rule: the file it was saved as, and the rule. */
  failures: { file: string; rule: string }[];
}

/**
 * @param options.stop is asked before each mutation
 * @param options.say gets a line now and then
 */
export async function fuzzMedia(options: {
  count: number;
  seed: number;
  stop?: () => boolean;
  say?: (line: string) => void;
}): Promise<MediaFigures> {
  const { count, seed, stop = () => false, say = () => undefined } = options;
  const pieces = [FACE, ...readdirSync(PIECES).map((name) => join(PIECES, name))].map(
    (path) => new Uint8Array(readFileSync(path)) as Bytes,
  );
  const orders = fc.sample(mediaMutation(pieces.length), { seed, numRuns: count });
  const figures: MediaFigures = {
    runs: 0,
    outcomes: {},
    slowestSeconds: 0,
    peakBytes: null,
    soundChecks: 0,
    failures: [],
  };
  const lab = await Lab.open();
  try {
    const sound = await lab.analyze(readFileSync(FACE));
    const expected = typeof sound === 'string' ? sound : sound.verdict.outcome;
    for (const [index, order] of orders.entries()) {
      if (stop()) break;
      const bytes = mutated(pieces, order);
      const started = performance.now();
      const result = await lab.analyze(bytes);
      const rule = broken(result);
      figures.runs++;
      figures.slowestSeconds = Math.max(figures.slowestSeconds, (performance.now() - started) / 1000);
      const name = typeof result === 'string' ? result : nameOf(result);
      figures.outcomes[name] = (figures.outcomes[name] ?? 0) + 1;
      if (rule !== undefined) figures.failures.push({ file: save(bytes, seed, index, order), rule });
      if (rule !== undefined || (index + 1) % CHECK_EVERY === 0) {
        const again = await lab.analyze(readFileSync(FACE));
        const outcome = typeof again === 'string' ? again : again.verdict.outcome;
        figures.soundChecks++;
        if (outcome !== expected)
          figures.failures.push({
            file: save(bytes, seed, index, order),
            rule: `a sound clip behind it: ${outcome}, not ${expected}`,
          });
        const peak = await lab.peakBytes();
        if (peak !== null) figures.peakBytes = Math.max(figures.peakBytes ?? 0, peak);
        if (peak !== null && peak > MAX_BYTES)
          figures.failures.push({ file: save(bytes, seed, index, order), rule: `${peak} bytes of memory` });
        say(
          `${figures.runs} mutations, ${figures.failures.length} failures, ${JSON.stringify(figures.outcomes)}`,
        );
      }
    }
    return figures;
  } finally {
    await lab.close();
  }
}

/** Runs what was found before, and tells what breaks a rule again. */
export async function replayFound(): Promise<{ files: number; failures: MediaFigures['failures'] }> {
  const files = readdirSync(FOUND).filter((name) => !name.endsWith('.json'));
  const failures: MediaFigures['failures'] = [];
  const lab = await Lab.open();
  try {
    for (const file of files) {
      const rule = broken(await lab.analyze(readFileSync(join(FOUND, file))));
      if (rule !== undefined) failures.push({ file, rule });
      const sound = await lab.analyze(readFileSync(FACE));
      if (typeof sound === 'string' || sound.verdict.outcome === 'cannot-tell')
        failures.push({
          file,
          rule: `a sound clip behind it: ${typeof sound === 'string' ? sound : nameOf(sound)}`,
        });
    }
    return { files: files.length, failures };
  } finally {
    await lab.close();
  }
}

/** The rule that a result breaks; undefined for none. */
function broken(result: VerdictRecord | string): string | undefined {
  if (typeof result === 'string') return result;
  const { verdict, sampling } = result;
  if (verdict.reasons.includes('internal_error')) return 'an error that nobody foresaw';
  if (verdict.outcome !== 'cannot-tell' && sampling.framesWithFace === 0) return 'a verdict without a face';
  return undefined;
}

const nameOf = ({ verdict }: VerdictRecord): string =>
  verdict.outcome === 'cannot-tell' ? verdict.reasons.join(' ') : verdict.outcome;

function save(bytes: Bytes, seed: number, index: number, order: MediaMutation): string {
  mkdirSync(FOUND, { recursive: true });
  const name = `seed-${seed}-${index}`;
  writeFileSync(join(FOUND, `${name}.bin`), bytes);
  writeFileSync(join(FOUND, `${name}.json`), `${JSON.stringify(order, null, 2)}\n`);
  return `${name}.bin`;
}

/** One page of the built product, opened anew when it dies. */
class Lab {
  private page: Page | undefined;
  private crashed = false;

  private constructor(
    private readonly browser: Browser,
    private readonly server: Awaited<ReturnType<typeof startServer>>,
  ) {}

  static async open(): Promise<Lab> {
    await ensureBuilt();
    const server = await startServer({ root: join(root, 'dist') });
    return new Lab(await chromium.launch({ executablePath: ensureChromium(), args: CHROMIUM_FLAGS }), server);
  }

  /** The record of a file; one sentence when the page did not give any. */
  async analyze(bytes: Uint8Array): Promise<VerdictRecord | string> {
    const page = await this.ready();
    await page.setInputFiles('#files', {
      name: 'file.mp4',
      mimeType: 'video/mp4',
      buffer: Buffer.from(bytes),
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(`no answer in ${MAX_SECONDS} s`), 1000 * MAX_SECONDS);
    });
    const run = page
      .evaluate(() => window.clearframe.analyze({}))
      .then(({ record }) => parseRecord(record))
      .catch((error: unknown) =>
        this.crashed ? 'the page crashed' : `the page threw: ${(error as Error).message.split('\n')[0]}`,
      );
    const result = await Promise.race([run, late]);
    clearTimeout(timer);
    if (typeof result === 'string') {
      await page.close().catch(() => undefined);
      this.page = undefined;
    }
    return result;
  }

  /** See `peakResidentBytes`. */
  peakBytes(): Promise<number | null> {
    return peakResidentBytes(this.browser);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.close();
  }

  private async ready(): Promise<Page> {
    if (this.page !== undefined) return this.page;
    const page = await this.browser.newPage();
    this.crashed = false;
    page.on('crash', () => {
      this.crashed = true;
      void page.close().catch(() => undefined);
    });
    await page.goto(`${this.server.url}headless.html`);
    await page.waitForFunction(() => 'clearframe' in window);
    this.page = page;
    return page;
  }
}
