/**
 * `npm run -s long-run -- [--clips 500] [--page app|headless] [--save]`: checks many small clips in one tab of the built product
 * and prints what the tab holds, every tenth part of the way. Exit code 1 when memory does not stay flat or something is
 * left open.
 */
import { copyFileSync, cpSync, linkSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { ensureBuilt } from './build-stamp.ts';
import { ensureChromium } from './chromium.ts';
import { countInWorkers } from './long-run-counters.ts';
import { growth, HEADINGS, measure, row, type Sample } from './long-run-measure.ts';
import { openLongRunPage } from './long-run-page.ts';
import { CHROMIUM_FLAGS } from './pipeline.ts';
import { readArguments, refuse } from './refuse.ts';
import { saveRun } from './reliability-runs.ts';
import { root } from './root.ts';
import { startServer } from './serve.ts';

/** Both decoders, with a face and without, whole and broken; a third of them with a face. */
const MIX = [
  'face.mp4',
  'h264-bframes.mp4',
  'mpeg4.avi',
  'face.mp4',
  'truncated.mp4',
  'vp9.webm',
  'face.mp4',
  'no-moov.mp4',
  'h264-vfr.mp4',
  'audio-only.mp4',
];
const SAMPLES = 10;
/** The first fifth is left out: caches fill, code is compiled, heaps find their size. */
const SETTLED = 0.2;
/** Share of its mean by which memory may grow over the rest: what garbage collectors leave to chance. */
const ALLOWED_GROWTH = 0.1;
/** Megabytes per 100 clips that are no leak: the record and the row of every file in the list. */
const LIST_GROWTH = 3;
/** Descriptors per 100 clips that are no leak: the browser opens and closes some as it likes. One for every clip would be 100. */
const DESCRIPTOR_GROWTH = 10;

/** Otherwise the browser measures only after its next garbage collection, up to 20 s later. */
const MEASURE_AT_ONCE = '--enable-blink-features=ForceEagerMeasureMemory';

const { values } = readArguments({
  options: {
    clips: { type: 'string', default: '500' },
    page: { type: 'string', default: 'app' },
    save: { type: 'boolean', default: false },
  },
});
const clips = Number(values.clips);
if (!Number.isInteger(clips) || clips < 2 * SAMPLES)
  refuse(`--clips is "${values.clips}", not a number from ${2 * SAMPLES}.`);
if (values.page !== 'app' && values.page !== 'headless')
  refuse(`--page is "${values.page}", not app or headless.`);

await ensureBuilt();
const folder = mkdtempSync(join(tmpdir(), 'clearframe-long-run-'));
const dist = join(folder, 'dist');
cpSync(join(root, 'dist'), dist, { recursive: true });
countInWorkers(dist);
const server = await startServer({ root: dist });
const browser = await chromium.launch({
  executablePath: ensureChromium(),
  args: [...CHROMIUM_FLAGS, MEASURE_AT_ONCE],
});
const samples: Sample[] = [];
try {
  const tab = await openLongRunPage(browser, server.url, values.page);
  console.log(`${clips} clips in one tab (${values.page}), Chromium ${browser.version()}`);
  console.log(HEADINGS);
  const outcomes = new Map<string, number>();
  for (let sample = 0, done = 0; sample < SAMPLES; sample++) {
    const end = Math.round((clips * (sample + 1)) / SAMPLES);
    const paths = Array.from({ length: end - done }, (_, i) => clipCopy(done + i));
    for (const outcome of await tab.check(paths)) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    paths.forEach((path) => rmSync(path));
    done = end;
    samples.push(await measure(browser, tab.page, done));
    console.log(row(samples.at(-1)!));
  }
  console.log([...outcomes].map(([outcome, count]) => `${outcome}: ${count}`).join(', '));
  const flat = judge(samples, tab.unclosedFrames());
  process.exitCode = flat ? 0 : 1;
  if (values.save)
    saveRun(
      {
        kind: 'long-run',
        what: 'clips in one tab, after which memory has to be flat and nothing open',
        tried: clips,
        failures: flat ? 0 : 1,
        lost: clips - [...outcomes.values()].reduce((sum, count) => sum + count, 0),
        command: `npm run -s long-run -- --clips ${clips} --page ${values.page}`,
      },
      { Chromium: browser.version() },
    );
} finally {
  await browser.close();
  await server.close();
  rmSync(folder, { recursive: true });
}

/** A file of its own to the queue: the name differs, the bytes do not. */
function clipCopy(index: number): string {
  const kind = MIX[index % MIX.length]!;
  const source = join(root, 'tests/fixtures/clips', kind);
  const path = join(folder, `${String(index).padStart(4, '0')}-${kind}`);
  try {
    linkSync(source, path);
  } catch {
    copyFileSync(source, path); // another file system
  }
  return path;
}

function judge(samples: Sample[], unclosedFrames: number): boolean {
  const settled = samples.slice(Math.round(samples.length * SETTLED));
  let flat = true;
  for (const [name, of] of [
    ['JS heap of the page', (sample: Sample) => sample.pageHeap],
    ['the tab, as the browser counts it', (sample: Sample) => sample.tab],
    ['memory of WebAssembly', (sample: Sample) => sample.wasm],
    ['resident memory', (sample: Sample) => sample.resident],
  ] as const) {
    const { perHundred, share } = growth(settled.map((sample) => [sample.clips, of(sample)]));
    const fine = share <= ALLOWED_GROWTH || perHundred <= LIST_GROWTH;
    flat &&= fine;
    console.log(
      `${name}: ${perHundred.toFixed(1)} MB per 100 clips over the last 80 %, ${(share * 100).toFixed(1)} % of its mean: ${fine ? 'flat' : 'GROWS'}`,
    );
  }
  const [first, last] = [settled[0]!, settled.at(-1)!];
  for (const key of ['workers', 'tensors', 'frames', 'locks'] as const) {
    const same = last[key] <= first[key];
    flat &&= same;
    console.log(`${key}: ${first[key]} then ${last[key]}: ${same ? 'none left' : 'LEFT OPEN'}`);
  }
  const { perHundred } = growth(settled.map(({ clips, descriptors }) => [clips, descriptors]));
  const kept = perHundred <= DESCRIPTOR_GROWTH;
  flat &&= kept;
  console.log(`descriptors: ${perHundred.toFixed(1)} per 100 clips: ${kept ? 'none left' : 'LEFT OPEN'}`);
  console.log(`frames that the garbage collector had to close: ${unclosedFrames}`);
  return flat && unclosedFrames === 0;
}
