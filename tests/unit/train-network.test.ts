import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeSide } from '../../model-export/auxiliary-heads.ts';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../model-export/backend.ts';
import type { Batch } from '../../model-export/batch-maker.ts';
import { beginWith, RunFolder } from '../../model-export/checkpoint.ts';
import type { Checkpoint } from '../../model-export/checkpoint.ts';
import { Random } from '../../model-export/pseudo-fake/random.ts';
import { DEFAULT_RECIPE, type Recipe, type Stage } from '../../model-export/recipe.ts';
import { crossEntropy, pairLoss, Trainer } from '../../model-export/trainer.ts';

const SIZE = 16;
const stages: Stage[] = [
  { name: 'trunk', input: 'frames', train: 'all', steps: 30, batchImages: 8, rate: 2e-2, warmUp: 0.1 },
  {
    name: 'lstm',
    input: 'sequences',
    train: 'sequence-head',
    steps: 10,
    batchImages: 8,
    rate: 5e-3,
    warmUp: 0.1,
  },
  { name: 'together', input: 'sequences', train: 'all', steps: 5, batchImages: 8, rate: 1e-3, warmUp: 0.1 },
];
const recipe: Recipe = {
  ...DEFAULT_RECIPE,
  averageHalfLife: 5,
  stages,
  detector: {
    inputSize: SIZE,
    sequenceLength: 2,
    trunk: { depths: [1, 1], cardinality: 2, widthPerGroup: 2, stem: 'compact', stemChannels: 4 },
    lstm: { units: 4, bidirectional: true },
  },
};

/** Reals are noise around grey, fakes have a bright square. `length` frames per sequence. */
function batch(seed: number, length: number): Batch {
  const random = new Random(seed);
  const count = 8;
  const images = new Float32Array(count * SIZE * SIZE * 3);
  const labels = new Float32Array(count / length).map((_, sequence) => sequence % 2);
  for (let i = 0; i < images.length; i++) {
    const [x, y] = [Math.floor(i / 3) % SIZE, Math.floor(i / (3 * SIZE)) % SIZE];
    const fake = labels[Math.floor(i / (3 * SIZE * SIZE * length))] === 1;
    images[i] = 110 + random.normal(0, 15) + (fake && x > 4 && x < 11 && y > 4 && y < 11 ? 70 : 0);
  }
  const side = placeSide(recipe.detector);
  const places = new Float32Array(count * side * side).map((_, place) => {
    const fake = labels[Math.floor(place / (side * side * length))];
    const middle = (at: number): number => ((at + 0.5) * SIZE) / side;
    const [x, y] = [middle(place % side), middle(Math.floor(place / side) % side)];
    return fake === 1 && x > 4 && x < 11 && y > 4 && y < 11 ? 1 : 0;
  });
  return { images, labels, places };
}

/** First parts of the names of the weights that differ. */
function partsMoved(before: Checkpoint, after: Checkpoint): string[] {
  const moved = new Set<string>();
  let at = 0;
  for (const { name, shape } of before.layout) {
    const end = at + tf.util.sizeFromShape(shape);
    const same = before.optimizer.weights
      .slice(at, end)
      .every((value, i) => value === after.optimizer.weights[at + i]);
    if (!same) moved.add(name.split('.')[0]!);
    at = end;
  }
  return [...moved].sort();
}

beforeAll(async () => {
  await openBackend('wasm');
});

describe('the loss', () => {
  it('is the cross-entropy of the smoothed labels', () => {
    const loss = crossEntropy(tf.tensor1d([2, -1]), tf.tensor1d([1, 0]), 0.1).dataSync()[0]!;
    const of = (logit: number, target: number): number => {
      const p = 1 / (1 + Math.exp(-logit));
      return -(target * Math.log(p) + (1 - target) * Math.log(1 - p));
    };
    expect(loss).toBeCloseTo((of(2, 0.95) + of(-1, 0.05)) / 2, 5);
  });

  it('of a pair falls with the distance of the fake above its own real', () => {
    const of = (...logits: number[]): number => pairLoss(tf.tensor1d(logits)).dataSync()[0]!;
    expect(of(1, 1, -2, -2)).toBeCloseTo(Math.log(2), 5);
    expect(of(0, 3)).toBeCloseTo(Math.log(1 + Math.exp(-3)), 5);
    expect(of(3, 0)).toBeCloseTo(Math.log(1 + Math.exp(3)), 5);
  });
});

describe('training', () => {
  it('learns a plain task, keeps what is frozen, goes on from a checkpoint, and leaks nothing', async () => {
    const trainer = new Trainer(recipe, undefined);
    const [trunk, lstm] = [stages[0]!, stages[1]!];
    const losses: number[] = [];
    losses.push(await trainer.step(trunk, batch(0, 1)));
    const { numTensors } = tf.memory();
    while (trainer.stageProgress(trunk) < 1) losses.push(await trainer.step(trunk, batch(losses.length, 1)));
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(losses[0]).toBeGreaterThan(0.5);
    expect(losses[losses.length - 1]).toBeLessThan(0.4);

    trainer.nextStage(false);
    const before = await trainer.checkpoint();
    await trainer.step(lstm, batch(50, 2));
    const after = await trainer.checkpoint();
    expect(partsMoved(before, after)).toEqual(['head', 'lstm']);
    expect(after.stateValues).toEqual(before.stateValues);

    // A run that was stopped and one that was not make the same next step.
    const folder = mkdtempSync(join(tmpdir(), 'run-'));
    try {
      const run = new RunFolder(folder, 'test');
      run.writeCheckpoint('last', after);
      const resumed = new Trainer(recipe, run.readCheckpoint('last'));
      expect(resumed.progress).toEqual(trainer.progress);
      const next = batch(60, 2);
      const [one, two] = [await trainer.step(stages[2]!, next), await resumed.step(stages[2]!, next)];
      expect(two).toBeCloseTo(one, 6);
      const [a, b] = [await trainer.checkpoint(), await resumed.checkpoint()];
      expect(b.optimizer.weights).toEqual(a.optimizer.weights);

      // A run that begins with another one's weights has them, and nothing else of it.
      const follower = new Trainer(recipe, beginWith(a));
      expect(follower.progress).toMatchObject({ stage: 0, step: 0 });
      const start = await follower.checkpoint();
      expect(start.optimizer.weights).toEqual(a.optimizer.average);
      expect(start.optimizer.first.every((value) => value === 0)).toBe(true);
      expect(start.stateValues).toEqual(a.stateValues);
      expect(
        () =>
          new Trainer(
            {
              ...recipe,
              detector: { ...recipe.detector, inputSize: 16, lstm: { units: 5, bidirectional: true } },
            },
            a,
          ),
      ).toThrow(/another network/);
    } finally {
      rmSync(folder, { recursive: true });
    }

    const network = trainer.averagedNetwork();
    const scores = await network.score(Uint8Array.from(batch(70, 1).images), 8, 'frames');
    network.dispose();
    const [reals, fakes] = [0, 1].map((side) => [...scores].filter((_, i) => i % 2 === side));
    expect(Math.min(...fakes!)).toBeGreaterThan(Math.max(...reals!));
  });

  it('takes the gradient at the highest loss nearby where the recipe asks for it', async () => {
    const steps = async (changes: Partial<Recipe>): Promise<Checkpoint> => {
      const trainer = new Trainer({ ...recipe, ...changes }, undefined);
      await trainer.step(stages[0]!, batch(0, 1));
      const { numTensors } = tf.memory();
      await trainer.step(stages[0]!, batch(1, 1));
      expect(tf.memory().numTensors).toBe(numTensors);
      return trainer.checkpoint();
    };
    const [plain, near, far] = [
      await steps({}),
      await steps({ sharpnessRadius: 1e-7 }),
      await steps({ sharpnessRadius: 0.5 }),
    ];
    const distance = (run: Checkpoint): number =>
      Math.max(...run.optimizer.first.map((value, i) => Math.abs(value - plain.optimizer.first[i]!)));
    expect(distance(near)).toBeLessThan(1e-4);
    expect(distance(far)).toBeGreaterThan(0.01);
  });

  it('gives averaged weights the statistics of pictures as they see them', async () => {
    const trainer = new Trainer({ ...recipe, averageHalfLife: 1e6 }, undefined);
    for (let i = 0; i < 12; i++) await trainer.step(stages[0]!, batch(i, 1));
    const pictures = [20, 21, 22, 23].map((seed) => Uint8Array.from(batch(seed, 1).images));
    const { numTensors } = tf.memory();
    const statistics = trainer.averagedStatistics(pictures);
    expect(tf.memory().numTensors).toBe(numTensors + Object.keys(statistics).length);
    // Those of single batches differ, and their mean is that of all.
    const single = pictures.map((one) => trainer.averagedStatistics([one]));
    const name = Object.keys(statistics).find((key) => key.endsWith('running_mean'))!;
    const means = single.map((one) => [...one[name]!.dataSync()]);
    expect(means[0]).not.toEqual(means[1]);
    expect([...statistics[name]!.dataSync()]).toEqual(
      means[0]!.map((_, channel): unknown =>
        expect.closeTo(means.reduce((sum, one) => sum + one[channel]!, 0) / means.length, 4),
      ),
    );
    // What training kept belongs to the current weights, and is 12 steps old at most.
    const before = await trainer.checkpoint();
    trainer.settle(statistics);
    const after = await trainer.checkpoint();
    expect(after.optimizer).toEqual(before.optimizer);
    expect(after.stateValues).not.toEqual(before.stateValues);
    tf.dispose(single);
  });

  it('of the auxiliary heads alone leaves the trunk and its statistics as they are', async () => {
    const heads: Stage = { ...stages[0]!, name: 'heads', train: 'auxiliary-heads' };
    const trainer = new Trainer({ ...recipe, stages: [heads] }, undefined);
    const before = await trainer.checkpoint();
    const first = await trainer.step(heads, batch(0, 1));
    let last = first;
    for (let i = 0; i < 15; i++) last = await trainer.step(heads, batch(0, 1));
    const after = await trainer.checkpoint();
    expect(partsMoved(before, after)).toEqual(['aux']);
    expect(after.stateValues).toEqual(before.stateValues);
    expect(last).toBeLessThan(first);
  });
});

describe('a run', () => {
  it('tells what its weights began with, the nearest first, and after how many steps', async () => {
    const project = mkdtempSync(join(tmpdir(), 'run-'));
    try {
      new RunFolder(project, 'imported').writeRecipe({ ...recipe, origin: ['a model 6', 'weights.pt'] });
      const first = new RunFolder(project, 'first');
      first.writeRecipe({ ...recipe, startFrom: 'imported' });
      const trained = await new Trainer(recipe, undefined).checkpoint();
      first.writeCheckpoint('trunk', { ...trained, progress: { ...trained.progress, step: 7 } });
      const second = new RunFolder(project, 'second');
      second.writeRecipe({ ...recipe, startFrom: 'first/trunk' });
      expect(second.history(project)).toEqual([
        'first/trunk (7 steps)',
        'imported',
        'a model 6',
        'weights.pt',
      ]);
    } finally {
      rmSync(project, { recursive: true });
    }
  });
});
