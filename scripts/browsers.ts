/**
 * `npm run -s browsers -- [--save] [FILE ...]`: checks files with the built product in every other browser that this machine has
 * (Firefox, WebKitGTK), and prints how far its records agree with Chromium's. Without files it takes the clips of the tests.
 * Exit code 1 when an outcome differs, or a score by more than people are told of.
 */
import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { SCORE_TOLERANCE } from '../src/share/compare.ts';
import type { VerdictRecord } from '../src/verdict/index.ts';
import { add, describeAgreement, figure, nothingCompared } from './agreement.ts';
import { openFirefox, openWebKit } from './other-browsers.ts';
import { openPipeline } from './pipeline.ts';
import { readArguments } from './refuse.ts';
import { saveRun } from './reliability-runs.ts';
import { root } from './root.ts';
import { startServer } from './serve.ts';

const { values, positionals } = readArguments({
  options: { save: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const CLIPS = join(root, 'tests/fixtures/clips');
const files =
  positionals.length > 0
    ? positionals.map((path) => resolve(path))
    : readdirSync(CLIPS).map((name) => join(CLIPS, name));

const pipeline = await openPipeline();
const usual: VerdictRecord[] = [];
for (const file of files) usual.push((await pipeline.analyze(file)).record);
await pipeline.close();

const server = await startServer({ root: join(root, 'dist') });
const versions: Record<string, string> = {};
let tried = 0;
let failures = 0;
let worst = 0;
for (const open of [openFirefox, openWebKit]) {
  const browser = await open(`${server.url}headless.html`);
  if (browser === null) continue;
  let found = nothingCompared();
  const decoders = new Map<string, number>();
  for (const [index, file] of files.entries()) {
    tried++;
    try {
      const record = await browser.analyze(file);
      const first = usual[index]!;
      const decoder = record.runtime.decoder ?? 'none';
      decoders.set(decoder, (decoders.get(decoder) ?? 0) + 1);
      const alone = add(nothingCompared(), first, record);
      found = add(found, first, record);
      if (alone.outcomes === 1 && alone.score <= SCORE_TOLERANCE) continue;
      failures++;
      console.error(
        `${browser.name}: ${basename(file)}: ${said(first)} in Chromium, ${said(record)} here; ${record.runtime.fallbacks.join('; ')}`,
      );
    } catch (error) {
      failures++;
      console.error(`${browser.name}: ${basename(file)}: ${(error as Error).message}`);
    }
  }
  await browser.close();
  versions[browser.name] = browser.version;
  worst = Math.max(worst, found.score);
  console.log(
    `${browser.name} ${browser.version} beside Chromium: ${describeAgreement(found)}; ` +
      `decoded by ${[...decoders].map(([decoder, count]) => `${decoder} ${count}`).join(', ')}`,
  );
}
await server.close();
if (tried === 0)
  console.log('no other browser is installed (Debian: firefox-esr, webkit2gtk-driver with xvfb)');
process.exitCode = failures > 0 ? 1 : 0;
if (values.save && tried > 0)
  saveRun(
    {
      kind: 'browsers',
      what: 'clips checked in other browsers, to have the outcome that they have in Chromium',
      note: `scores differ by ${figure(worst)} at most`,
      tried,
      failures,
      lost: null,
      command: 'npm run -s browsers',
    },
    versions,
  );

function said({ verdict }: VerdictRecord): string {
  return [verdict.outcome, ...verdict.reasons, verdict.score?.toFixed(3) ?? ''].join(' ').trim();
}
