/**
 * What networks would cost in the browser: weights, operations, and milliseconds per crop of the trunk on our own kernels,
 * on one thread of this machine, in turns with the default network:
 *
 *     npx tsx model-export/network-cost.ts [--recipe FILE.json ...] [--turns 15] [--webgpu]
 *
 * Needs no trained weights. Node may lack relaxed SIMD, which browsers have: then the build without it is timed. `--webgpu`
 * times this machine's GPU beside them, in batches, with our own kernel of grouped convolutions and without.
 */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { compileKernels } from '../scripts/kernels.ts';
import { readArguments } from '../scripts/refuse.ts';
import type { DetectorConfig } from '../src/detector/config.ts';
import { flops, paramCount } from '../src/detector/cost.ts';
import { foldBatchNorm } from '../src/detector/fold.ts';
import { integerParams } from '../src/detector/integer-fill.ts';
import { GROUPED_CONV_2D } from '../src/detector/grouped-conv.ts';
import { KernelsTrunk, TfjsTrunk, type Preprocessing } from '../src/detector/trunk.ts';
import { openBackend } from './backend.ts';
import { describeTrunk } from './describe-trunk.ts';
import { median } from './statistics.ts';
import { readRecipe } from './workspace.ts';

/** Runs per turn: one is too short for the clock. */
const RUNS = 5;
/** Crops that the app gives the network at once. */
const WEBGPU_BATCH = 16;
const GREY: Preprocessing = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };

const { values } = readArguments({
  options: {
    recipe: { type: 'string', multiple: true, default: [] },
    turns: { type: 'string', default: '15' },
    webgpu: { type: 'boolean', default: false },
  },
});
await tf.setBackend('cpu');
const module = await compiled();
const networks = await Promise.all(
  [undefined, ...values.recipe].map(async (file) => {
    const { detector } = readRecipe(file);
    return { detector, run: await trunkOf(detector), times: [] as number[] };
  }),
);
for (let turn = 0; turn < Number(values.turns); turn++)
  for (const { run, times } of networks) times.push(await run());
const milliseconds = networks.map(({ times }) => median(times));
for (const [index, { detector }] of networks.entries()) {
  console.log(
    `${describeTrunk(detector.trunk)}${detector.companion ? ' with a companion' : ''}, ${detector.inputSize} px: ${(paramCount(detector) / 1e6).toFixed(2)} million weights, ` +
      `${(flops(detector) / 1e6).toFixed(0)} million operations, ${milliseconds[index]!.toFixed(2)} ms per crop ` +
      `(${(milliseconds[index]! / milliseconds[0]!).toFixed(2)} x the default's, median of ${values.turns} turns)`,
  );
}

if (values.webgpu) await timeWebGpu();

/** Every network with our kernel and with tfjs's convolutions, in turns. */
async function timeWebGpu(): Promise<void> {
  await openBackend('webgpu');
  const own = tf.getKernel(GROUPED_CONV_2D, 'webgpu');
  const packed = { ...tf.getKernel(GROUPED_CONV_2D, 'cpu'), backendName: 'webgpu' };
  for (const [index, { detector }] of networks.entries()) {
    const folded = foldBatchNorm(integerParams(detector), detector);
    const trunk = new TfjsTrunk(folded, detector, GREY);
    const batch = madeCrops(WEBGPU_BATCH, detector.inputSize);
    const timed = async (kernel: tf.KernelConfig): Promise<number> => {
      tf.unregisterKernel(GROUPED_CONV_2D, 'webgpu');
      tf.registerKernel(kernel);
      const started = performance.now();
      for (let run = 0; run < RUNS; run++) await trunk.features(batch);
      return (performance.now() - started) / RUNS / WEBGPU_BATCH;
    };
    const times: { own: number[]; packed: number[] } = { own: [], packed: [] };
    for (let turn = -1; turn < Number(values.turns); turn++) {
      const [first, second] = [await timed(own), await timed(packed)];
      // In the first turn shaders are compiled.
      if (turn < 0) continue;
      times.own.push(first);
      times.packed.push(second);
    }
    const [ours, theirs] = [median(times.own), median(times.packed)];
    console.log(
      `${describeTrunk(detector.trunk)}, ${detector.inputSize} px, WebGPU in batches of ${WEBGPU_BATCH}: ${ours.toFixed(3)} ms per crop ` +
        `(own kernels on one thread take ${(milliseconds[index]! / ours).toFixed(1)} x that, ` +
        `tfjs's convolutions ${(theirs / ours).toFixed(2)} x; medians of ${values.turns} turns)`,
    );
    trunk.dispose();
    tf.dispose([...folded.values()]);
  }
}

async function compiled(): Promise<WebAssembly.Module> {
  for (const build of ['relaxed', 'simd'] as const) {
    const bytes = new Uint8Array(await compileKernels(build));
    if (WebAssembly.validate(bytes)) return new WebAssembly.Module(bytes);
  }
  throw new Error('this Node has no WebAssembly SIMD');
}

/** @returns times one turn, in milliseconds per crop */
async function trunkOf(config: DetectorConfig): Promise<() => Promise<number>> {
  const folded = foldBatchNorm(integerParams(config), config);
  const weights = new Map([...folded].map(([name, tensor]) => [name, tensor.dataSync<'float32'>()]));
  const trunk = new KernelsTrunk(module, weights, config, GREY);
  const crops = madeCrops(RUNS, config.inputSize);
  await trunk.features(crops);
  return async () => {
    const started = performance.now();
    await trunk.features(crops);
    return (performance.now() - started) / RUNS;
  };
}

/** The same crop, `count` times. */
function madeCrops(count: number, size: number): Uint8Array[] {
  const crop = new Uint8Array(size ** 2 * 3).map((_, at) => (at * 7919) % 256);
  return Array.from({ length: count }, () => crop);
}
