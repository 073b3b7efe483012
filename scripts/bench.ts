/**
 * `npm run -s bench -- [--json] [--turns 7] [--only detector|walk|stages] [--plots DIR]`: how fast, against a peer in the same run. Prints
 * medians with their spread; docs/performance.md says what each figure means.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { detectorContests } from '../tests/bench/detector.ts';
import type { StageRates } from '../tests/bench/stages.ts';
import type { NativeRun } from '../tests/bench/native.ts';
import { lengthPlot, stagePlot } from '../tests/bench/plots.ts';
import { CLIP_SECONDS, measureStages, measureWalk, type WalkFigures } from '../tests/bench/walk.ts';
import { median } from '../src/faces/quality.ts';
import { readArguments } from './refuse.ts';

const { values } = readArguments({
  options: {
    json: { type: 'boolean', default: false },
    turns: { type: 'string', default: '7' },
    only: { type: 'string' },
    plots: { type: 'string' },
  },
});

const round = (value: number): number => Number(value.toPrecision(3));
const spread = (list: readonly number[], unit: string): string =>
  `${round(median(list))} ${unit} (${round(Math.min(...list))} to ${round(Math.max(...list))}, ${list.length} turns)`;

const wanted = (name: string): boolean => values.only === undefined || values.only === name;
const turns = Number(values.turns);
const contests = wanted('detector') ? await detectorContests() : null;
const walk = wanted('walk') ? await measureWalk(turns) : null;
const stages = wanted('stages') ? await measureStages(turns) : null;

const ratio = (ours: readonly number[], theirs: readonly number[]): number =>
  round(median(ours) / median(theirs));
const nativeSeconds =
  walk !== null && typeof walk.native !== 'string' ? walk.native.map(({ seconds }) => seconds) : null;
const gpu = contests !== null && contests.webgpu.gpu !== null ? contests.webgpu : null;
const dispatches = contests && contests.webgpu.shipped.dispatches;
const result = {
  wasmVsOrt: contests && ratio(contests.shipped.ours, contests.shipped.ort),
  wasmVsOrtResNeXt50: contests && ratio(contests.resnext50.ours, contests.resnext50.ort),
  /** Null without a real GPU. */
  webgpuVsOrt: gpu && ratio(gpu.shipped.ours, gpu.shipped.ort),
  webgpuVsOrtResNeXt50: gpu && ratio(gpu.resnext50.ours, gpu.resnext50.ort),
  /** Largest difference of a logit from onnxruntime-web's WebGPU, as a share of the largest; also on a software adapter. */
  webgpuDifference: contests && Number(contests.webgpu.shipped.difference.toExponential(1)),
  /** Pieces of work that a GPU is given for the same crops, also counted on a software adapter. */
  webgpuDispatchesVsOrt: dispatches && round(dispatches.ours / dispatches.ort),
  clipWarm: walk && round(median(walk.warm) / CLIP_SECONDS),
  clipCold: walk && round(median(walk.cold) / CLIP_SECONDS),
  /** Null where onnxruntime-node cannot be had. */
  vsNative: walk && nativeSeconds && ratio(walk.warm, nativeSeconds),
  hourVsTenSeconds: walk && ratio(walk.hour, walk.tenSeconds),
  hourMemory:
    walk?.hourMemory && walk.tenSecondsMemory ? round(walk.hourMemory / walk.tenSecondsMemory) : null,
  firstVerdictBytes: walk && walk.firstVerdictBytes,
  shellGzipBytes: walk && walk.shellGzipBytes,
  /** Every frame: images per second of each stage alone, of the whole walk, and which stage limits it. */
  everyFrame: stages && {
    decode: round(median(stages.decode.webcodecs)),
    decodeFfmpeg: round(median(stages.decode.ffmpeg)),
    faces: round(median(stages.faces)),
    trunk: round(median(stages.trunk)),
    walk: walk && round(walk.everyFrame.frames / median(walk.everyFrame.seconds)),
    limit: slowest(stages),
  },
};

if (values.json) {
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`;
  console.log(JSON.stringify({ ...result, machine, runs: { detector: contests, walk, stages } }, null, 2));
} else {
  if (contests !== null) {
    const { shipped, resnext50, webgpu } = contests;
    const all = { shipped, resnext50, 'shipped, WebGPU': webgpu.shipped };
    for (const [name, turns] of Object.entries(gpu ? { ...all, 'resnext50, WebGPU': gpu.resnext50 } : all)) {
      const where =
        turns.adapter ??
        `${turns.threads} threads, onnxruntime-web ${turns.ortThreads}, ${turns.isolated ? '' : 'not '}isolated, kernels ${turns.kernels}`;
      console.log(
        `${name}: ${where}, logits of ${turns.crops} crops differ by ${turns.difference.toExponential(1)}`,
      );
      if (turns.dispatches !== null)
        console.log(
          `  the GPU is given ${turns.dispatches.ours} pieces of work, onnxruntime-web's ${turns.dispatches.ort}`,
        );
      if (turns.ours.length === 0) continue;
      console.log(`  ours            ${spread(turns.ours, 'ms per crop')}`);
      console.log(`  onnxruntime-web ${spread(turns.ort, 'ms per crop')}`);
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
    for (const { length, seconds } of walk.byLength.slice(1, -1))
      console.log(`  ${String(length).padStart(4)} s of it    ${spread(seconds, 's')}`);
    console.log(
      `  every frame     ${spread(walk.everyFrame.seconds, 's')}, ${walk.everyFrame.frames} frames`,
    );
    console.log(`  last warm run   ${JSON.stringify(walk.timings)}`);
  }
  if (stages !== null) {
    console.log(`each stage alone, every frame; the trunk on ${stages.trunkWorkers} worker(s)`);
    for (const [name, rates] of Object.entries({
      'decode, WebCodecs': stages.decode.webcodecs,
      'decode, ffmpeg   ': stages.decode.ffmpeg,
      'faces            ': stages.faces,
      'trunk            ': stages.trunk,
    }))
      console.log(`  ${name} ${spread(rates, 'images per second')}`);
    console.log(`  SHA-256           ${spread(stages.hash, 'MB per second')}`);
  }
  console.log(JSON.stringify(result, null, 2));
}
if (values.plots !== undefined) {
  if (walk !== null) writeFileSync(join(values.plots, 'performance-length.svg'), lengthPlot(walk.byLength));
  if (stages !== null) writeFileSync(join(values.plots, 'performance-stages.svg'), stagePlot(stages));
}
process.exit(0);

/** That both did the same, and where the native one's time went. */
function describeNative({ native, score }: WalkFigures): string {
  const last = (native as NativeRun[]).at(-1)!;
  return `${last.score.toFixed(3)} (ours ${score.toFixed(3)}) on ${last.crops} crops, ${JSON.stringify(last.stages)}`;
}

function slowest({ decode, faces, trunk }: StageRates): string {
  const rates = { decode: median(decode.webcodecs), faces: median(faces), trunk: median(trunk) };
  return Object.entries(rates).reduce((a, b) => (b[1] < a[1] ? b : a))[0];
}
