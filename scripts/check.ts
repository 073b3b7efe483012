/**
 * `npm run -s check -- [--json] FILE...`: analyses files with the built product.
 * One line per file, or with --json one VerdictRecord per line. Exit code 0 when all were analysed, 2 when some could not be.
 */
import { existsSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { AnalysisOptions, AnalysisResult } from '../src/analysis/index.ts';
import { openPipeline } from './pipeline.ts';

const USAGE =
  'Usage: npm run -s check -- [--json] [--decoder webcodecs|ffmpeg] [--backend webgpu|wasm] FILE...';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    decoder: { type: 'string' },
    backend: { type: 'string' },
  },
});
if (positionals.length === 0) {
  console.error(USAGE);
  process.exit(1);
}
const missing = positionals.filter((path) => !existsSync(path) || !statSync(path).isFile());
if (missing.length > 0) {
  for (const path of missing) console.error(`No such file: ${path}`);
  process.exit(1);
}

const options = {
  ...(values.decoder !== undefined && { decoder: values.decoder }),
  ...(values.backend !== undefined && { backend: values.backend }),
} as AnalysisOptions;

const pipeline = await openPipeline();
let someFailed = false;
try {
  for (const path of positionals) {
    const result = await pipeline.analyze(resolve(path), options);
    someFailed ||= result.record.verdict.outcome === 'cannot-tell';
    console.log(values.json ? JSON.stringify(result.record) : line(path, result));
  }
} finally {
  await pipeline.close();
}
process.exitCode = someFailed ? 2 : 0;

function line(path: string, { record, timings }: AnalysisResult): string {
  const { outcome, score, reasons } = record.verdict;
  return [
    basename(path),
    outcome + (reasons.length > 0 ? ` (${reasons.join(', ')})` : ''),
    score === null ? '-' : `score ${score.toFixed(3)}`,
    `${record.tracks.length} tracks`,
    `${record.runtime.decoder ?? 'no decoder'}, ${record.runtime.backend ?? 'no backend'}`,
    `${timings.total.toFixed(1)} s`,
  ].join('\t');
}
