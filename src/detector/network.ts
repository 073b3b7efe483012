import * as tf from '@tensorflow/tfjs-core';
import type { DetectorConfig } from './config.ts';
import { lstm } from './lstm.ts';
import {
  paramsOf,
  parts,
  period,
  reads,
  sharesOf,
  viewOfLevels,
  type Member,
  type Part,
  type View,
} from './members.ts';
import { param, trunkSpec, type Params } from './params.ts';
import { trunkFeatures, type Mode } from './resnext.ts';

export { pooled, trunkActivations, trunkFeatures, type Mode } from './resnext.ts';

/**
 * Length of a crop's feature vector: of all parts, one after the other, and before them, where members take turns, whose turn it was.
 */
export function featureCount(config: DetectorConfig): number {
  return parts(config).reduce<number>((sum, part) => sum + partFeatures(part), turnCount(config));
}

/** Length of what a part has in a crop's feature vector. */
const partFeatures = ([member]: Part): number => trunkSpec(member!.config).features;

/** 1 where a feature vector begins with whose turn it was. */
export const turnCount = (config: DetectorConfig): 0 | 1 => (period(config) > 1 ? 1 : 0);

/** Numbers of crops among those of a face, from its first one on. */
export const fromFirst = (count: number): number[] => Array.from({ length: count }, (_, turn) => turn);

/** The turns that feature vectors were made in. @param features `[T * F]` */
export function turnsIn(features: Float32Array, config: DetectorConfig): number[] {
  const length = featureCount(config);
  return turnCount(config) === 0
    ? fromFirst(features.length / length)
    : Array.from({ length: features.length / length }, (_, row) => features[row * length]!);
}

/**
 * Features of crops: of every part those of the member whose turn it is.
 * @param levels `[N, S, S, 3]`, 0..255
 * @param normalise levels to a network's input
 * @param turns the crops' numbers among those of their face
 * @returns `[N, F]`
 */
export function cropFeatures(
  params: Params,
  levels: tf.Tensor4D,
  config: DetectorConfig,
  mode: Mode,
  normalise: (levels: tf.Tensor4D) => tf.Tensor4D,
  turns: readonly number[] = fromFirst(levels.shape[0]),
): tf.Tensor2D {
  return tf.tidy(() => {
    const features = parts(config).map((part) => {
      const read = part.flatMap((member): tf.Tensor2D[] => {
        const rows = turns.flatMap((turn, row) => (reads(member, turn) ? [row] : []));
        if (rows.length === 0) return [];
        const own = paramsOf(params, member);
        const crops = rows.length === turns.length ? levels : tf.gather(levels, rows);
        const seen = (view: View): tf.Tensor2D =>
          trunkFeatures(own, normalise(viewOfLevels(crops, { view })), member.config, mode);
        const whole = seen(member.view);
        const { coarse } = member;
        const left = coarse ? tf.sub<tf.Tensor2D>(whole, tf.mul(coarse.weight, seen(coarse.view))) : whole;
        return [rows.length === turns.length ? left : tf.matMul(chosen(rows, turns.length), left, true)];
      });
      return tf.addN(read);
    });
    const begun = turns.map((turn) => turn % period(config));
    if (turnCount(config) === 1) features.unshift(tf.tensor2d(begun, [turns.length, 1]));
    return features.length === 1 ? features[0]! : tf.concat2d(features, 1);
  });
}

/** `[rows, count]`: times `[count, ...]` those rows of it. */
function chosen(rows: readonly number[], count: number): tf.Tensor2D {
  const ones = new Float32Array(rows.length * count);
  for (const [at, row] of rows.entries()) ones[at * count + row] = 1;
  return tf.tensor2d(ones, [rows.length, count]);
}

/**
 * Logits of all frames of sequences: the weighted sum of the parts'. A part that takes turns says the mean of its members, and each
 * of them holds what it said until its next turn.
 * @param features `[B, T, F]`
 * @param faceSize side of the face in source pixels, for what a companion weighs
 * @param turns the frames' numbers among the crops of their face, as `turnsIn` gives them
 * @returns logits `[B, T]`; positive speaks for a manipulation
 */
export function sequenceLogits(
  params: Params,
  features: tf.Tensor3D,
  config: DetectorConfig,
  faceSize: number,
  turns: readonly number[] = fromFirst(features.shape[1]),
): tf.Tensor2D {
  const all = parts(config);
  if (all.length === 1 && all[0]!.length === 1) return memberLogits(params, features, config);
  return tf.tidy(() => {
    const lengths = all.map(partFeatures);
    const vectors: tf.Tensor3D[] = tf
      .split(features, turnCount(config) === 0 ? lengths : [1, ...lengths], 2)
      .slice(turnCount(config)) as tf.Tensor3D[];
    const shares = sharesOf(config, faceSize);
    const logits = all.flatMap((part, at) => {
      const said = part.flatMap((member) => heldLogits(params, vectors[at]!, member, turns));
      return said.map((own) => tf.mul<tf.Tensor2D>(own, shares[at]! / said.length));
    });
    return tf.addN(logits);
  });
}

/** What a member says in its turns, each held until the next, and the first from the beginning on: `[B, T]`, or none without a turn. */
function heldLogits(
  params: Params,
  features: tf.Tensor3D,
  member: Member,
  turns: readonly number[],
): tf.Tensor2D[] {
  const own = paramsOf(params, member);
  if (member.of === 1) return [memberLogits(own, features, member.config)];
  const rows = turns.flatMap((turn, row) => (reads(member, turn) ? [row] : []));
  if (rows.length === 0) return [];
  const [batch] = features.shape;
  // Products with ones and zeros: their gradients are there on every backend, those of gathering are not.
  const pick = tf.tile(tf.expandDims(chosen(rows, turns.length), 0), [batch, 1, 1]);
  const logits = memberLogits(own, tf.matMul(pick, features) as tf.Tensor3D, member.config);
  const latest = turns.map((_, row) => Math.max(0, rows.filter((read) => read <= row).length - 1));
  return [tf.matMul(logits, chosen(latest, rows.length), false, true)];
}

/**
 * Logits of all frames of sequences, of a network without a companion: (Bi)LSTM over the features, then one linear layer per step.
 * @param features `[B, T, F]`
 * @returns logits `[B, T]`
 */
export function memberLogits(params: Params, features: tf.Tensor3D, config: DetectorConfig): tf.Tensor2D {
  return tf.tidy(() => {
    const outputs = lstm(params, features, config.lstm);
    const [batch, steps, units] = outputs.shape;
    const flat = tf.matMul(
      tf.reshape(outputs, [batch * steps, units]),
      param<tf.Tensor2D>(params, 'head.weight'),
    );
    return tf.reshape(tf.add(flat, param<tf.Tensor1D>(params, 'head.bias')), [batch, steps]);
  });
}

/**
 * A whole network without a companion.
 * @param x normalised crops of B sequences of T frames each, `[B * T, S, S, 3]`
 * @param steps T
 * @returns logits `[B, T]`
 */
export function forward(
  params: Params,
  x: tf.Tensor4D,
  steps: number,
  config: DetectorConfig,
  mode: Mode,
): tf.Tensor2D {
  return tf.tidy(() => {
    const features = trunkFeatures(params, x, config, mode);
    return memberLogits(params, tf.reshape(features, [-1, steps, features.shape[1]]), config);
  });
}
