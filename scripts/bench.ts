/**
 * `npm run -s bench -- [--json] [--turns 7] [--only detector|walk]`: how fast, against a peer in the same run. Prints
 * medians with their spread; docs/performance.md says what each figure means.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { detectorContests } from '../tests/bench/detector.ts';
import type { NativeRun } from '../tests/bench/native.ts';
import { CLIP_SECONDS, measureWalk, type WalkFigures } from '../tests/bench/walk.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    turns: { type: 'string', default: '7' },
    only: { type: 'string' },
  },
});

const median = (list: readonly number[]): number => {
  const sorted = [...list].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
};
const round = (value: number): number => Number(value.toPrecision(3));
const spread = (list: readonly number[], unit: string): string =>
  `${round(median(list))} ${unit} (${round(Math.min(...list))} to ${round(Math.max(...list))}, ${list.length} turns)`;

const contests = values.only === 'walk' ? null : await detectorContests();
const walk = values.only === 'detector' ? null : await measureWalk(Number(values.turns));

/** That both did the same, and where the native one's time went. */
function describeNative({ native, score }: WalkFigures): string {
  const last = (native as NativeRun[]).at(-1)!;
  return `${last.score.toFixed(3)} (ours ${score.toFixed(3)}) on ${last.crops} crops, ${JSON.stringify(last.stages)}`;
}

const ratio = (ours: readonly number[], theirs: readonly number[]): number =>
  round(median(ours) / median(theirs));
const nativeSeconds =
  walk !== null && typeof walk.native !== 'string' ? walk.native.map(({ seconds }) => seconds) : null;
const result = {
  wasmVsOrt: contests && ratio(contests.shipped.ours, contests.shipped.ort),
  wasmVsOrtResNeXt50: contests && ratio(contests.resnext50.ours, contests.resnext50.ort),
  /** Needs a real GPU in the browser. */
  webgpuVsOrt: null,
  clipWarm: walk && round(median(walk.warm) / CLIP_SECONDS),
  clipCold: walk && round(median(walk.cold) / CLIP_SECONDS),
  /** Null where onnxruntime-node cannot be had. */
  vsNative: walk && nativeSeconds && ratio(walk.warm, nativeSeconds),
  hourVsTenSeconds: walk && ratio(walk.hour, walk.tenSeconds),
  hourMemory:
    walk?.hourMemory && walk.tenSecondsMemory ? round(walk.hourMemory / walk.tenSecondsMemory) : null,
  firstVerdictBytes: walk && walk.firstVerdictBytes,
  shellGzipBytes: walk && walk.shellGzipBytes,
};

if (values.json) {
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`;
  console.log(JSON.stringify({ ...result, machine, runs: { detector: contests, walk } }, null, 2));
} else {
  if (contests !== null) {
    for (const [name, { ours, ort, threads, kernels, difference }] of Object.entries(contests)) {
      console.log(
        `${name}: ${threads} threads each, kernels ${kernels}, logits differ by ${difference.toExponential(1)}`,
      );
      console.log(`  ours            ${spread(ours, 'ms per crop')}`);
      console.log(`  onnxruntime-web ${spread(ort, 'ms per crop')}`);
    }
  }
  if (walk !== null) {
    console.log(`whole walk, clip of ${CLIP_SECONDS} s, outcome ${walk.outcome}`);
    console.log(
      `  first visit     ${spread(walk.cold, 's')}, ${(walk.firstVerdictBytes / 1e6).toFixed(1)} MB`,
    );
    console.log(`  warm            ${spread(walk.warm, 's')}`);
    console.log(
      nativeSeconds === null
        ? `  native          ${String(walk.native)}`
        : `  native          ${spread(nativeSeconds, 's')}, score ${describeNative(walk)}`,
    );
    console.log(`  an hour of it   ${spread(walk.hour, 's')}`);
    console.log(`  last warm run   ${JSON.stringify(walk.timings)}`);
  }
  console.log(JSON.stringify(result, null, 2));
}
process.exit(0);
