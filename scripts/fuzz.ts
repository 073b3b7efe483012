/**
 * `npm run -s fuzz -- [--minutes 5] [--seed 1] [--media N] [--links 100000] [--save]`: mutated videos through the built product, and
 * mutated links and records through their readers. The same seed and counts give the same inputs. What breaks a rule is
 * saved in tests/museum/found. `--save` leaves the figures in docs/reliability. Exit code 1 when something did.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fuzzLinks, LinkFailure } from '../tests/museum/fuzz-links.ts';
import { readArguments } from './refuse.ts';
import { saveRun } from './reliability-runs.ts';
import { FOUND, fuzzMedia } from '../tests/museum/fuzz-media.ts';

/** Seconds that a link may take: reading a sound one takes a hundredth of it. Only here: a test must not depend on the machine. */
const LINK_SECONDS = 5;
/** More than any number of minutes here would take. */
const UNBOUNDED = 100_000;

const { values } = readArguments({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    media: { type: 'string' },
    links: { type: 'string', default: '100000' },
    save: { type: 'boolean', default: false },
  },
});
const [minutes, seed, links] = [values.minutes, values.seed, values.links].map(Number) as [
  number,
  number,
  number,
];
const media = values.media === undefined ? UNBOUNDED : Number(values.media);
if (![minutes, seed, links, media].every((value) => Number.isFinite(value) && value >= 0)) {
  console.error('--minutes, --seed, --media and --links take numbers from 0.');
  process.exit(1);
}

let failed = false;
if (links > 0) {
  const started = performance.now();
  try {
    const { runs, read, refused, slowestSeconds } = await fuzzLinks(links, seed, LINK_SECONDS);
    console.log(
      `links and records: ${runs} mutations (seed ${seed}), ${read} read, ${refused} refused in a sentence, ` +
        `slowest ${(1000 * slowestSeconds).toFixed(0)} ms, ${((performance.now() - started) / 1000).toFixed(0)} s`,
    );
    if (values.save)
      saveRun({
        kind: 'mutated-links',
        what: 'mutated links and records',
        note: `${read} read, ${refused} refused in a sentence`,
        tried: runs,
        failures: 0,
        lost: null,
        command: `npm run -s fuzz -- --minutes 0 --links ${links} --seed ${seed}`,
      });
  } catch (error) {
    if (!(error instanceof LinkFailure)) throw error;
    failed = true;
    const path = join(FOUND, `link-seed-${seed}.json`);
    mkdirSync(FOUND, { recursive: true });
    writeFileSync(path, `${JSON.stringify({ hostile: error.input }, null, 2)}\n`);
    console.log(`links and records: FAILED ${path}: ${error.message}`);
  }
}
if (media > 0 && minutes > 0) {
  const end = performance.now() + 60_000 * minutes;
  const figures = await fuzzMedia({
    count: media,
    seed,
    stop: () => performance.now() > end,
    say: (line) => console.error(line),
  });
  const { runs, outcomes, slowestSeconds, peakBytes, soundChecks, failures } = figures;
  console.log(
    `videos: ${runs} mutations (seed ${seed}), slowest ${slowestSeconds.toFixed(1)} s, peak memory of the tab ` +
      `${peakBytes === null ? 'unknown' : `${(peakBytes / 1e6).toFixed(0)} MB`}, ` +
      `${soundChecks} sound clips in between, ${failures.length} failures`,
  );
  if (values.save)
    saveRun({
      kind: 'mutated-videos',
      what: 'mutated videos',
      note: `slowest ${slowestSeconds.toFixed(1)} s, a sound clip judged after every 10`,
      tried: runs,
      failures: failures.length,
      lost: null,
      command: `npm run -s fuzz -- --minutes ${minutes} --links 0 --media ${media} --seed ${seed}`,
    });
  for (const [name, count] of Object.entries(outcomes).sort((a, b) => b[1] - a[1]))
    console.log(`  ${count} ${name}`);
  for (const { file, rule } of failures) console.log(`  FAILED ${file}: ${rule}`);
  failed ||= failures.length > 0;
}
process.exitCode = failed ? 1 : 0;
