/**
 * Carries a checkpoint over to a larger network, so that it begins with the smaller one's function: more channels after the
 * stem, or more blocks at the end of a stage (Net2Net's idea, Chen et al. 2016, with zeros instead of copies). With whole
 * stages added it has the old trunk, and begins everything behind it anew.
 */
import type { Checkpoint } from './checkpoint.ts';
import type { ParameterShape } from './flat-parameters.ts';
import { Optimizer } from './optimizer.ts';
import { Trainable } from './trainable.ts';

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

/** Number of the trunk's stages. */
function stages(layout: readonly ParameterShape[]): number {
  return new Set(layout.flatMap(({ name }) => /^trunk\.layer\d+/.exec(name) ?? [])).size;
}

/** Values by name of a flat vector. */
function byName(layout: readonly ParameterShape[], vector: Float32Array): Map<string, Float32Array> {
  const values = new Map<string, Float32Array>();
  let at = 0;
  for (const { name, shape } of layout) {
    values.set(name, vector.subarray(at, at + sizeOf(shape)));
    at += sizeOf(shape);
  }
  return values;
}

/**
 * A larger tensor with a smaller one's values in its leading corner. New outputs (last axis) keep their start values; what
 * old outputs would take from new inputs (last axis but one) is zero.
 */
function enlarged(
  name: string,
  start: Float32Array,
  to: readonly number[],
  old: Float32Array,
  from: readonly number[],
): Float32Array {
  if (to.length !== from.length || from.some((side, axis) => side > to[axis]!))
    throw new Error(`${name}: [${from.join()}] does not fit into [${to.join()}]`);
  const outputs = to.at(-1)!;
  const oldOutputs = from.at(-1)!;
  const inputs = to.at(-2) ?? 1;
  const oldInputs = from.at(-2) ?? 1;
  // Its outputs are four gates behind one another: more of them would not stay beside their own.
  if (name.startsWith('lstm.') && outputs !== oldOutputs)
    throw new Error(
      `${name}: [${from.join()}] and [${to.join()}] are LSTMs of other units, which cannot grow`,
    );
  if (sizeOf(to) / outputs / inputs !== sizeOf(from) / oldOutputs / oldInputs)
    throw new Error(`${name}: [${from.join()}] and [${to.join()}] differ in more than channels`);
  const values = start.slice();
  for (let at = 0; at < values.length; at++) {
    const output = at % outputs;
    const input = Math.floor(at / outputs) % inputs;
    const place = Math.floor(at / outputs / inputs);
    if (output >= oldOutputs) continue;
    values[at] = input < oldInputs ? old[(place * oldInputs + input) * oldOutputs + output]! : 0;
  }
  return values;
}

/**
 * @param network what the checkpoint is carried over to; its backend is open
 * @returns a checkpoint of `network` with the averaged weights of the old one
 * @throws when the old network has what the new one lacks
 */
export function grow(checkpoint: Checkpoint, network: Trainable, seed: number): Checkpoint {
  const start = network.initial(seed);
  const longer = stages(network.parameters) > stages(checkpoint.layout);
  const over = (
    to: readonly ParameterShape[],
    startVector: Float32Array,
    from: readonly ParameterShape[],
    oldVector: Float32Array,
  ): Float32Array => {
    const shapes = new Map(from.map(({ name, shape }) => [name, shape]));
    const old = byName(from, oldVector);
    const fresh = byName(to, startVector);
    for (const name of shapes.keys()) {
      if (!fresh.has(name)) throw new Error(`the network has no ${name}`);
      if (longer && !name.startsWith('trunk.')) shapes.delete(name);
    }
    const grown = new Float32Array(startVector.length);
    let at = 0;
    for (const { name, shape } of to) {
      const known = shapes.get(name);
      const values = fresh.get(name)!;
      grown.set(known === undefined ? values : enlarged(name, values, shape, old.get(name)!, known), at);
      at += values.length;
    }
    return grown;
  };
  const { layout, stateLayout, stateValues, optimizer, progress } = checkpoint;
  return {
    layout: network.parameters,
    stateLayout: network.statistics,
    stateValues: over(network.statistics, start.statistics, stateLayout, stateValues),
    optimizer: Optimizer.begin(over(network.parameters, start.weights, layout, optimizer.average)),
    progress,
  };
}
