/**
 * `npm run -s determinism -- [--root DIR [--split val] [--limit N]]`: checks clips again and again with the built product and
 * prints how far the results agree: the same way twice, byte for byte; with either decoder; with other arithmetic. Without
 * --root the clip of the tests that shows a face. Exit code 1 when two runs of the same kind differ, or scores by more
 * than the tolerance that people are told of (`src/share/compare.ts`).
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readDataset } from '../model-export/dataset-layouts.ts';
import { compareRecords, SCORE_TOLERANCE } from '../src/share/compare.ts';
import type { AnalysisOptions } from '../src/analysis/index.ts';
import type { VerdictRecord } from '../src/verdict/index.ts';
import { openPipeline } from './pipeline.ts';
import { root as project } from './root.ts';

const { values } = parseArgs({
  options: { root: { type: 'string' }, split: { type: 'string', default: 'val' }, limit: { type: 'string' } },
});
const limit = values.limit === undefined ? Infinity : Number(values.limit);
if (!(limit >= 1)) {
  console.error(`--limit is "${values.limit}", not a number from 1.`);
  process.exit(1);
}

interface Clip {
  path: string;
  region: AnalysisOptions['region'];
}
const all: Clip[] =
  values.root === undefined
    ? [{ path: join(project, 'tests/fixtures/clips/face.mp4'), region: 'full' as const }]
    : readDataset(values.root)
        .filter(({ split }) => split === values.split)
        .map(({ path, region }) => ({ path: join(values.root!, path), region }));
/** Spread over the list: neighbours are of one source. */
const clips = Array.from(
  { length: Math.min(limit, all.length) },
  (_, i) => all[Math.floor(((i + 0.5) * all.length) / Math.min(limit, all.length))]!,
);
if (clips.length === 0) {
  console.error(`No clips of the split ${values.split} in ${values.root}.`);
  process.exit(1);
}

/** Another way to the same result, and how the runs that went it compare. */
interface Way {
  name: string;
  options: AnalysisOptions;
  /** The record tells whether the way was gone: a browser may not decode what ffmpeg does. */
  gone: (record: VerdictRecord) => boolean;
  clips: number;
  outcomes: number;
  /** Largest difference of a video's score and of a frame's. */
  score: number;
  frame: number;
}
const way = (name: string, options: AnalysisOptions, gone: Way['gone']): Way => ({
  ...{ name, options, gone },
  ...{ clips: 0, outcomes: 0, score: 0, frame: 0 },
});
const ways: Way[] = [
  way(
    'ffmpeg.wasm instead of WebCodecs',
    { decoder: 'ffmpeg' },
    ({ runtime }) => runtime.decoder === 'ffmpeg',
  ),
  way(
    'tfjs in JavaScript instead of our kernels',
    { backend: 'cpu' },
    ({ runtime }) => runtime.backend === 'cpu',
  ),
];

let identical = 0;
let reference = 0;
const pipeline = await openPipeline();
try {
  for (const [index, { path, region }] of clips.entries()) {
    const analyze = async (options: AnalysisOptions): Promise<VerdictRecord> =>
      (await pipeline.analyze(path, { ...(region !== undefined && { region }), ...options })).record;
    const first = await analyze({});
    const second = await analyze({});
    if (bytesOf(first) === bytesOf(second)) identical++;
    else console.error(`differs from run to run: ${path}`);
    if (first.runtime.decoder === 'webcodecs') reference++;
    for (const one of ways) {
      if (one.options.decoder !== undefined && first.runtime.decoder === one.options.decoder) continue;
      const other = await analyze(one.options);
      if (one.gone(other)) compare(one, first, other);
    }
    console.error(`${index + 1}/${clips.length} ${path}`);
  }
} finally {
  await pipeline.close();
}

console.log(`${clips.length} clips, ${reference} of them by WebCodecs, our kernels on WebAssembly`);
console.log(`the same way twice: ${identical} of ${clips.length} records byte for byte, times of day apart`);
for (const { name, clips: count, outcomes, score, frame } of ways)
  console.log(
    `${name}: ${outcomes} of ${count} outcomes the same; scores differ by ${score.toFixed(4)} at most, ` +
      `of single frames by ${frame.toFixed(4)} (tolerance of a score: ${SCORE_TOLERANCE})`,
  );
const apart = ways.some(({ score }) => score > SCORE_TOLERANCE);
process.exitCode = identical < clips.length || apart ? 1 : 0;

function bytesOf(record: VerdictRecord): string {
  return JSON.stringify({ ...record, createdAt: null });
}

function compare(to: Way, a: VerdictRecord, b: VerdictRecord): void {
  to.clips++;
  if (a.verdict.outcome === b.verdict.outcome) to.outcomes++;
  else
    console.error(`${to.name}: ${a.verdict.outcome} and ${b.verdict.outcome}: ${compareRecords(a, b).kind}`);
  to.score = Math.max(to.score, Math.abs((a.verdict.score ?? 0) - (b.verdict.score ?? 0)));
  const scores = new Map(
    b.tracks.flatMap(({ frames }) => frames.map(({ time, score }) => [time.toFixed(3), score] as const)),
  );
  for (const { time, score } of a.tracks.length === b.tracks.length
    ? a.tracks.flatMap(({ frames }) => frames)
    : []) {
    const other = scores.get(time.toFixed(3));
    if (other !== undefined) to.frame = Math.max(to.frame, Math.abs(score - other));
  }
}
