/**
 * Trains the detector:
 *
 *     npx tsx model-export/train.ts --run NAME [--recipe FILE.json] [--backend auto] [--workers 1]
 *
 * The same command goes on where a run stopped; it refuses another recipe than the run was begun with. Everything lands in `.cache/runs/NAME`: recipe, checkpoints, a log and
 * its curves (`curves.html`). Nothing of the val split is trained on; it is measured every few minutes.
 */
import { setImmediate } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import { readArguments } from '../scripts/refuse.ts';
import { root } from '../scripts/root.ts';
import { placeSide } from './auxiliary-heads.ts';
import { openBackend, parseBackend } from './backend.ts';
import { BatchQueue } from './batch-queue.ts';
import { beginWith, findCheckpoint, firstTrained, RunFolder } from './checkpoint.ts';
import type { Checkpoint, RunScores } from './checkpoint.ts';
import { claim } from './claim.ts';
import { grow } from './grow.ts';
import { writePlot } from './plot.ts';
import { Replay } from './replay.ts';
import type { Stage } from './recipe.ts';
import { relaunchKeepingMemory } from './relaunch.ts';
import { Trainable } from './trainable.ts';
import { STATISTICS_PICTURES, Trainer } from './trainer.ts';
import type { Statistics } from './trainer.ts';
import { countGroups, openTrainingSet } from './training-set.ts';
import { printFigures, QUICK_SEQUENCES, validationClips, validationFigures } from './validation.ts';
import type { ValidationClip } from './validation.ts';
import { cropsFolder, openStores, readRecipe } from './workspace.ts';

/** Seconds between lines of progress. */
const REPORT_SECONDS = 20;

const relaunched = await relaunchKeepingMemory();
if (relaunched !== undefined) process.exit(relaunched);

const { values } = readArguments({
  options: {
    run: { type: 'string' },
    recipe: { type: 'string' },
    backend: { type: 'string', default: 'auto' },
    workers: { type: 'string', default: '1' },
  },
});
const workers = Number(values.workers);
if (values.run === undefined || !(Number.isInteger(workers) && workers >= 1)) {
  console.error(
    'Usage: npx tsx model-export/train.ts --run NAME [--recipe FILE.json] [--backend auto] [--workers 1]',
  );
  process.exit(1);
}
const folder = new RunFolder(root, values.run);
const begun = values.recipe === undefined ? folder.readRecipe() : undefined;
const recipe = begun ?? readRecipe(values.recipe);
const backend = await openBackend(parseBackend(values.backend));
const stores = openStores(recipe.crops);
const set = openTrainingSet(stores, recipe, recipe.detector.sequenceLength);
console.log(
  `stills: ${countGroups(set.stills)} groups; clips: ${countGroups(set.clips)}; pairs: ${countGroups(set.pairs)}`,
);
if (recipe.landmarkShare > 0 && !stores.some(({ hasLandmarks }) => hasLandmarks)) {
  console.error(
    'The recipe asks for landmarks, and no crop store has any: add them with landmarks.ts, or set landmarkShare to 0.',
  );
  process.exit(1);
}
const clips = clipsToMeasure(QUICK_SEQUENCES);
const start = folder.readCheckpoint('last') ?? startingPoint();
claim(folder.path);
// What could not even begin leaves no recipe that a corrected one would differ from.
folder.begin(recipe);
const trainer = new Trainer(recipe, start);
console.log(`backend ${backend}; ${trainer.describe()}; ${clips.length} clips to measure on`);
for (const label of ['real', 'fake'])
  if (!clips.some((clip) => clip.label === label))
    console.error(
      `No ${label} clip to measure on: training works, but export.ts cannot calibrate its network. Give some the split val, and prepare them.`,
    );

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => (stopping = true));

while (trainer.progress.stage < recipe.stages.length && !stopping) {
  const stage = recipe.stages[trainer.progress.stage]!;
  await runStage(stage);
  if (!stopping) {
    await save(stage.name);
    trainer.nextStage(recipe.stages[trainer.progress.stage + 1]?.input === stage.input);
  }
  await save('last');
}
writePlot(folder.file('log.jsonl'), folder.file('curves.html'));
if (!stopping) await writeScores();
console.log(stopping ? 'stopped; the same command goes on' : 'finished');
process.exit(0);

/** What the split `test` holds is not looked at before the end. @param sequences per face, at most */
function clipsToMeasure(sequences: number): ValidationClip[] {
  const { sequenceLength } = recipe.detector;
  const options = { ...recipe, sequenceLength, sequencesPerTrack: sequences };
  return validationClips(stores, options).filter(({ test }) => !test);
}

/** `scores.json`: of the finished run, every clip, by the auxiliary head's average and by LSTM and head. */
async function writeScores(): Promise<void> {
  const weights = trainer.averagedNetwork();
  const all = clipsToMeasure(Infinity);
  const scores: RunScores = {
    frames: await weights.scoreClips(all, 'frames'),
    sequences: await weights.scoreClips(all, 'sequences'),
  };
  weights.dispose();
  folder.writeScores(scores);
}

/** @throws when the weights have been trained with clips that this recipe would hold out */
function startingPoint(): Checkpoint | undefined {
  if (recipe.startFrom === undefined) return undefined;
  const { checkpoint, recipe: before } = findCheckpoint(root, recipe.startFrom);
  if (recipe.holdOut > before.holdOut && firstTrained(root, recipe.startFrom) !== undefined)
    throw new Error(
      `holdOut is ${recipe.holdOut}, and ${recipe.startFrom} was trained with ${before.holdOut}: it knows clips that would be held out. Set it to ${before.holdOut} or less.`,
    );
  return grow(beginWith(checkpoint), new Trainable(recipe.detector), recipe.seed);
}

async function runStage(stage: Stage): Promise<void> {
  const length = stage.input === 'frames' ? 1 : recipe.detector.sequenceLength;
  const order = { cropsFolder, recipe, length, pairs: stage.batchImages / 2 / length };
  const reuse = stage.reuse ?? 1;
  const queue = new BatchQueue(order, Math.ceil(trainer.progress.step / reuse), workers);
  const { inputSize } = recipe.detector;
  const replay = new Replay(
    () => queue.next(),
    reuse,
    inputSize,
    placeSide(recipe.detector),
    recipe.seed,
    STATISTICS_PICTURES,
  );
  const started = performance.now();
  let reported = started;
  let measured = started;
  let steps = 0;
  let loss = 0;
  let waited = 0;
  /** Of the step before, which may still be running. */
  let ordered: Promise<number> | undefined;
  try {
    while (!stopping && trainer.stageProgress(stage) < 1) {
      // Lets signals in, also where neither data nor the backend makes this loop wait.
      await setImmediate();
      const before = performance.now();
      const batch = await replay.take(trainer.progress.step);
      waited += performance.now() - before;
      const next = trainer.step(stage, batch);
      loss += (await ordered) ?? 0;
      ordered = next;
      trainer.progress.secondsInStage += (performance.now() - before) / 1000;
      steps++;
      const now = performance.now();
      if (now - reported > REPORT_SECONDS * 1000) {
        const seconds = (now - reported) / 1000;
        const rate = trainer.rate(stage);
        const imagesPerSecond = (steps * stage.batchImages) / seconds;
        const { step } = trainer.progress;
        folder.log({ step, stage: stage.name, loss: loss / steps, rate, imagesPerSecond });
        console.log(
          `${new Date().toISOString().slice(11, 19)} ${stage.name} ${(100 * trainer.stageProgress(stage)).toFixed(1)} % step ${step}` +
            ` loss ${(loss / steps).toFixed(4)} rate ${rate.toExponential(1)} ${imagesPerSecond.toFixed(1)} images/s` +
            ` (${((100 * waited) / 1000 / seconds).toFixed(0)} % waiting for data)`,
        );
        steps = loss = waited = 0;
        reported = performance.now();
      }
      if (now - measured > recipe.validateMinutes * 60_000) {
        const statistics = averagedStatistics(stage, replay);
        await measure(stage, statistics);
        tf.dispose(statistics ?? []);
        await save('last');
        measured = reported = performance.now();
        steps = loss = waited = 0;
      }
    }
    await ordered;
    // Stopped while it was measured at its end, and started again: no picture has been made since.
    if (!stopping && replay.isEmpty && needsStatistics(stage)) await replay.fill(STATISTICS_PICTURES);
  } finally {
    await queue.close();
  }
  const statistics = averagedStatistics(stage, replay);
  await measure(stage, statistics);
  if (statistics === undefined) return;
  if (stopping) tf.dispose(statistics);
  else trainer.settle(statistics);
}

/** Whether a stage moves what batch normalisation's statistics are of. */
function needsStatistics({ input, train }: Stage): boolean {
  return input === 'frames' && train === 'all';
}

/** Those of batch normalisation for the averaged weights. */
function averagedStatistics(stage: Stage, replay: Replay): Statistics | undefined {
  const batches = needsStatistics(stage) ? replay.recent(STATISTICS_PICTURES) : [];
  return batches.length === 0 ? undefined : trainer.averagedStatistics(batches);
}

/** Figures of the averaged weights on clips that are not trained on. */
async function measure(stage: Stage, statistics: Statistics | undefined): Promise<void> {
  if (clips.length === 0) return;
  const started = performance.now();
  const weights = trainer.averagedNetwork(statistics);
  try {
    const figures = validationFigures(await weights.scoreClips(clips, stage.input));
    const { step } = trainer.progress;
    folder.log({ step, stage: stage.name, validation: { ...figures.auc, paired: figures.paired } });
    console.log(`  val (${((performance.now() - started) / 1000).toFixed(0)} s): ${printFigures(figures)}`);
    const overall = figures.auc['all'] ?? 0;
    if (overall > trainer.progress.best) {
      trainer.progress.best = overall;
      await save(`best-${stage.input}`, statistics);
    }
  } finally {
    weights.dispose();
  }
  writePlot(folder.file('log.jsonl'), folder.file('curves.html'));
}

async function save(name: string, statistics?: Statistics): Promise<void> {
  folder.writeCheckpoint(name, await trainer.checkpoint(statistics));
}
