/** A run that begins with weights from elsewhere: another tool's, or an exported model's. */
import * as tf from '@tensorflow/tfjs-core';
import { beginWith } from './checkpoint.ts';
import type { RunFolder } from './checkpoint.ts';
import { Optimizer } from './optimizer.ts';
import type { Recipe } from './recipe.ts';
import { Trainable } from './trainable.ts';

/**
 * Writes recipe and checkpoint `last`. The backend has to be open.
 * @throws when there is a run of this name
 * @param params by our names, batch norm not folded; what is missing starts at random
 */
export function beginRun(folder: RunFolder, recipe: Recipe, params: ReadonlyMap<string, Float32Array>): void {
  const network = new Trainable(recipe.detector);
  const start = network.initial(recipe.seed);
  folder.beginNew(recipe);
  folder.writeCheckpoint(
    'last',
    beginWith({
      layout: network.parameters,
      stateLayout: network.statistics,
      stateValues: overlay(network.statistics, start.statistics, params),
      optimizer: Optimizer.begin(overlay(network.parameters, start.weights, params)),
      progress: { stage: 0, stepInStage: 0, secondsInStage: 0, step: 0, best: 0 },
    }),
  );
}

/** Puts what there is over the start weights. */
function overlay(
  layout: Trainable['parameters'],
  vector: Float32Array,
  params: ReadonlyMap<string, Float32Array>,
): Float32Array {
  let at = 0;
  for (const { name, shape } of layout) {
    const values = params.get(name);
    if (values !== undefined) vector.set(values, at);
    at += tf.util.sizeFromShape(shape);
  }
  return vector;
}
