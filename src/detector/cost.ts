/** What a network costs: weights and operations. */
import { util } from '@tensorflow/tfjs-core';
import type { DetectorConfig } from './config.ts';
import { members } from './members.ts';
import { convWeightShape, isTrainable, paramSpecs, trunkSpec, type ConvSpec } from './params.ts';

/** Numbers that are learnt (running statistics do not count). */
export function paramCount(config: DetectorConfig): number {
  return paramSpecs(config)
    .filter(isTrainable)
    .reduce((sum, { shape }) => sum + util.sizeFromShape(shape), 0);
}

/** Floating-point operations for one frame, an addition and a multiplication each counted; convolutions and matrices only. */
export function flops(config: DetectorConfig): number {
  return members(config).reduce((sum, member) => sum + memberFlops(member.config), 0);
}

function memberFlops(config: DetectorConfig): number {
  const { stem, pool, stages, features } = trunkSpec(config);
  let side = Math.ceil(config.inputSize / 2);
  const work = (spec: ConvSpec, outSide: number): number =>
    2 * outSide ** 2 * util.sizeFromShape(convWeightShape(spec));
  let sum = work(stem, side);
  if (pool) side = Math.ceil(side / 2);
  for (const { conv1, conv2, conv3, shortcut } of stages.flat()) {
    const outSide = Math.ceil(side / conv2.stride);
    if (conv1 !== undefined) sum += work(conv1, side);
    sum += work(conv2, outSide) + work(conv3, outSide);
    if (typeof shortcut !== 'string') sum += work(shortcut, outSide);
    side = outSide;
  }
  const { units, bidirectional } = config.lstm;
  const directions = bidirectional ? 2 : 1;
  return sum + 2 * directions * (4 * units * (features + units) + units);
}
