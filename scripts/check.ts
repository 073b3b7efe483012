/**
 * `npm run -s check -- [--json] FILE...`: analyses files with the built product.
 * One line per file, or with --json one VerdictRecord per line, in their order. Exit code 0 when all were analysed, 2 when some
 * could not be; a file that has gone by its turn has a line on stderr only.
 *
 * `npm run -s check -- --watch DIR`: analyses files as they arrive in a folder, until SIGINT or SIGTERM (exit code 0).
 * Exit code 1 for a wrong call, and for a watch that cannot write its output.
 */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { AnalysisOptions, Part } from '../src/analysis/index.ts';
import { refuse } from './refuse.ts';
import { summaryLine } from './summary-line.ts';
import { watchFolder } from './watch.ts';

const USAGE = `Usage: npm run -s check -- [--json] [--decoder webcodecs|ffmpeg] [--backend webgpu|wasm] [--part START-END] [--every-frame] FILE...
       npm run -s check -- --watch DIR [--out FILE] [--settle SECONDS] [--decoder ...] [--backend ...]
--part looks at these seconds of each file only, counted from its start, as closely as at a short video.
--every-frame looks at all frames, of up to ten minutes, instead of some of every second.
--watch checks the files in DIR and its subfolders, now and as they arrive, each once, until Ctrl+C, and appends a line of
JSON per file to --out (DIR/clearframe.jsonl). A file is complete when it has not changed for --settle seconds (5).`;
const DECODERS = ['webcodecs', 'ffmpeg'];
const BACKENDS = ['webgpu', 'wasm', 'cpu'];

const { values, positionals } = parsed();
const options = {
  ...(values.decoder !== undefined && { decoder: values.decoder }),
  ...(values.backend !== undefined && { backend: values.backend }),
  ...(values['every-frame'] && { everyFrame: true }),
  ...(values.part !== undefined && { part: seconds(values.part) }),
} as AnalysisOptions;

if (values.watch === undefined) await checkFiles(positionals);
else await checkArrivals(values.watch);

/** The pipeline brings much along (Playwright, Vite) and is loaded only when a call is right. */
async function checkFiles(paths: string[]): Promise<void> {
  const missing = paths.filter((path) => !existsSync(path) || !statSync(path).isFile());
  if (missing.length > 0)
    refuse(
      ...missing.map((path) =>
        existsSync(path)
          ? `Not a file (folders are for --watch): ${resolve(path)}`
          : `No such file: ${resolve(path)}`,
      ),
    );
  const { openPipeline } = await import('./pipeline.ts');
  const pipeline = await openPipeline();
  let someFailed = false;
  try {
    for (const path of paths) {
      // There may be hours between the call and a file's turn.
      if (!existsSync(path)) {
        console.error(`Not there any more: ${resolve(path)}`);
        someFailed = true;
        continue;
      }
      const result = await pipeline.analyze(resolve(path), options);
      someFailed ||= result.record.verdict.outcome === 'cannot-tell';
      console.log(values.json ? JSON.stringify(result.record) : summaryLine(path, result));
    }
  } finally {
    await pipeline.close();
  }
  process.exitCode = someFailed ? 2 : 0;
}

async function checkArrivals(folder: string): Promise<void> {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) refuse(`No such folder: ${folder}`);
  // A signal may come more than once: from the terminal, from npm and from bootstrap.mjs.
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop.abort());
  const { openPipeline } = await import('./pipeline.ts');
  const pipeline = await openPipeline({ ownSignals: true });
  try {
    await watchFolder(
      {
        folder,
        out: values.out ?? join(folder, 'clearframe.jsonl'),
        settleSeconds: Number(values.settle ?? 5),
        analyze: (path) => pipeline.analyze(path, options),
        describe: summaryLine,
        say: (line) => console.error(line),
      },
      stop.signal,
    );
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  } finally {
    await pipeline.close();
  }
}

function parsed() {
  try {
    const call = parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        decoder: { type: 'string' },
        backend: { type: 'string' },
        watch: { type: 'string' },
        out: { type: 'string' },
        settle: { type: 'string' },
        part: { type: 'string' },
        'every-frame': { type: 'boolean', default: false },
      },
    });
    const { watch, out, settle, json, decoder, backend, part } = call.values;
    if (decoder !== undefined && !DECODERS.includes(decoder))
      refuse(`--decoder is "${decoder}", not one of ${DECODERS.join(', ')}.`, USAGE);
    if (backend !== undefined && !BACKENDS.includes(backend))
      refuse(`--backend is "${backend}", not one of ${BACKENDS.join(', ')}.`, USAGE);
    if (part !== undefined && seconds(part) === null)
      refuse(`--part is "${part}", not two times in seconds such as 12.5-20.`, USAGE);
    if (watch === undefined) {
      if (call.positionals.length === 0) refuse(USAGE);
      if (out !== undefined || settle !== undefined) refuse('--out and --settle go with --watch.', USAGE);
    } else {
      if (call.positionals.length > 0 || json || part !== undefined)
        refuse('--watch takes neither files nor --json nor --part.', USAGE);
      if (settle !== undefined && !(Number(settle) >= 0 && settle.trim() !== ''))
        refuse(`--settle is "${settle}", not a number of seconds.`, USAGE);
    }
    return call;
  } catch (error) {
    return refuse((error as Error).message, USAGE);
  }
}

/** `12.5-20` as a part of a video; null when it is none. */
function seconds(part: string): Part | null {
  const [, start, end] = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(part) ?? [];
  return Number(start) < Number(end) ? { start: Number(start), end: Number(end) } : null;
}
