/** Makes batches beside the training thread; see `batch-queue.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { openAutoencoders } from './autoencoder/autoencoder.ts';
import { BatchMaker } from './batch-maker.ts';
import type { Recipe } from './recipe.ts';
import { openStores } from './workspace.ts';

export interface BatchOrder {
  cropsFolder: string;
  recipe: Recipe;
  length: number;
  pairs: number;
}

const { cropsFolder, recipe, length, pairs } = workerData as BatchOrder;
const stores = openStores(recipe.crops, { folder: cropsFolder });
const maker = BatchMaker.open(stores, recipe, length, pairs, await openAutoencoders(recipe));

// One batch at a time, in the order asked for.
let last = Promise.resolve();
parentPort?.on('message', (index: number) => {
  last = last.then(() => send(index));
});

async function send(index: number): Promise<void> {
  const batch = await maker.make(index);
  parentPort?.postMessage({ index, ...batch }, [
    batch.images.buffer as ArrayBuffer,
    batch.labels.buffer as ArrayBuffer,
    batch.places.buffer as ArrayBuffer,
  ]);
}
