/**
 * LSTM and head without tfjs. Their work is small next to the trunk's, but as a graph (`lstm.ts`, with the formulas) it is more than
 * a dozen operations for every step, direction and member, and a GPU is handed them one by one.
 */
import type { DetectorConfig } from './config.ts';
import { members, networks, paramsOf, sharesOf } from './members.ts';
import { param, trunkSpec, type Params } from './params.ts';

interface Direction {
  /** `[F, 4 * units]`; gates in PyTorch's order i, f, g, o. */
  inputWeight: Float32Array;
  /** `[units, 4 * units]`. */
  stateWeight: Float32Array;
  /** `[4 * units]`, both of PyTorch's. */
  bias: Float32Array;
  reverse: boolean;
}

/** Of one network. */
interface NetworkHead {
  /** Length F of a feature vector. */
  features: number;
  units: number;
  directions: Direction[];
  /** `[units]`, or `[2 * units]` with forward before backward. */
  weight: Float32Array;
  bias: number;
}

export class SequenceHead {
  private constructor(
    private readonly config: DetectorConfig,
    /** In the order of `members`. */
    private readonly heads: readonly NetworkHead[],
  ) {}

  /** Reads the weights, which stay the caller's. */
  static async of(params: Params, config: DetectorConfig): Promise<SequenceHead> {
    const heads = new Map<string, NetworkHead>();
    for (const network of networks(config))
      heads.set(network.prefix, await readHead(paramsOf(params, network), network.config));
    return new SequenceHead(
      config,
      members(config).map(({ prefix }) => heads.get(prefix)!),
    );
  }

  /**
   * The same as `sequenceLogits` gives for one sequence.
   * @param features `[T * F]`, of all members one after the other at every step
   * @param faceSize side of the face in pixels of the decoded frame, for what a companion weighs
   * @returns one logit per frame
   * @throws RangeError when the sequence is not whole
   */
  logits(features: Float32Array, faceSize: number): Float32Array {
    const length = this.heads.reduce((sum, head) => sum + head.features, 0);
    const steps = features.length / length;
    if (!Number.isInteger(steps))
      throw new RangeError(`${features.length} is no sequence of ${length} features`);
    const shares = sharesOf(this.config, faceSize);
    const logits = new Float64Array(steps);
    let from = 0;
    for (const [at, head] of this.heads.entries()) {
      const own = Array.from({ length: steps }, (_, step) =>
        features.subarray(step * length + from, step * length + from + head.features),
      );
      const share = shares[at]!;
      if (share !== 0)
        for (const [step, logit] of frameLogits(head, own).entries()) logits[step]! += share * logit;
      from += head.features;
    }
    return Float32Array.from(logits);
  }
}

async function readHead(params: Params, config: DetectorConfig): Promise<NetworkHead> {
  const read = (name: string): Promise<Float32Array> => param(params, name).data<'float32'>();
  const { units, bidirectional } = config.lstm;
  const directions: Direction[] = [];
  for (const suffix of bidirectional ? ['', '_reverse'] : ['']) {
    const other = await read(`lstm.bias_hh_l0${suffix}`);
    directions.push({
      inputWeight: await read(`lstm.weight_ih_l0${suffix}`),
      stateWeight: await read(`lstm.weight_hh_l0${suffix}`),
      bias: (await read(`lstm.bias_ih_l0${suffix}`)).map((value, gate) => value + other[gate]!),
      reverse: suffix !== '',
    });
  }
  const [weight, [bias]] = [await read('head.weight'), await read('head.bias')];
  return { features: trunkSpec(config).features, units, directions, weight, bias: bias! };
}

/** One logit per step. */
function frameLogits(
  { units, directions, weight, bias }: NetworkHead,
  sequence: Float32Array[],
): Float64Array {
  const logits = new Float64Array(sequence.length).fill(bias);
  for (const [number, direction] of directions.entries()) {
    const order = direction.reverse ? [...sequence.keys()].reverse() : [...sequence.keys()];
    const gates = new Float64Array(4 * units);
    const hidden = new Float32Array(units);
    const cell = new Float64Array(units);
    for (const step of order) {
      gates.set(direction.bias);
      addProduct(gates, sequence[step]!, direction.inputWeight);
      addProduct(gates, hidden, direction.stateWeight);
      let logit = 0;
      for (let unit = 0; unit < units; unit++) {
        const added = sigmoid(gates[unit]!) * Math.tanh(gates[2 * units + unit]!);
        cell[unit] = sigmoid(gates[units + unit]!) * cell[unit]! + added;
        const output = sigmoid(gates[3 * units + unit]!) * Math.tanh(cell[unit]);
        hidden[unit] = output;
        logit += output * weight[number * units + unit]!;
      }
      logits[step]! += logit;
    }
  }
  return logits;
}

/** `sums += vector * matrix`, four rows at a time. @param matrix `[vector.length, sums.length]` */
function addProduct(sums: Float64Array, vector: Float32Array, matrix: Float32Array): void {
  const width = sums.length;
  let row = 0;
  for (; row + 4 <= vector.length; row += 4) {
    const [a, b, c, d] = [vector[row]!, vector[row + 1]!, vector[row + 2]!, vector[row + 3]!];
    const [first, second, third, fourth] = [
      row * width,
      (row + 1) * width,
      (row + 2) * width,
      (row + 3) * width,
    ];
    for (let at = 0; at < width; at++) {
      sums[at]! +=
        a * matrix[first + at]! +
        b * matrix[second + at]! +
        c * matrix[third + at]! +
        d * matrix[fourth + at]!;
    }
  }
  for (; row < vector.length; row++) {
    const value = vector[row]!;
    for (let at = 0; at < width; at++) sums[at]! += value * matrix[row * width + at]!;
  }
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
