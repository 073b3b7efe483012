/** Which samples of a row or column, and how much of each, make one of another length. */
export interface ScalingTable {
  /** Samples that count for each. */
  taps: number;
  /** For each sample of the new length: the first that counts, and `taps` weights. */
  entries: Uint32Array;
  /** Each is the mean of two samples of its own. */
  halved: boolean;
}

/** The weights of a sample add up to this: see `planes.as`. */
const ONE = 2 ** 12;

/** Fewer samples are means over the stretch that each covers, more lie between their two neighbours. */
export function scalingTable(from: number, to: number): ScalingTable {
  const shares = Array.from({ length: to }, (_, i) =>
    to < from ? covered(i, from / to) : between(i, from, to),
  );
  const taps = Math.max(...shares.map(({ weights }) => weights.length));
  const entries = new Uint32Array(to * (taps + 1));
  shares.forEach(({ first, weights }, i) => {
    // Those that have fewer begin earlier, so that none reads behind the row's end.
    const start = Math.min(first, from - taps);
    entries[i * (taps + 1)] = start;
    entries.set(rounded(weights), i * (taps + 1) + 1 + first - start);
  });
  return { taps, entries, halved: from === 2 * to };
}

/** Samples from the first that counts on. */
interface Shares {
  first: number;
  /** Add up to 1. */
  weights: number[];
}

function covered(i: number, ratio: number): Shares {
  const [start, end] = [i * ratio, (i + 1) * ratio];
  const first = Math.floor(start);
  const weights: number[] = [];
  // What is a millionth of a sample or less comes of rounding the ends.
  for (let sample = first; sample < end - 1e-6; sample++)
    weights.push((Math.min(sample + 1, end) - Math.max(sample, start)) / ratio);
  return { first, weights };
}

function between(i: number, from: number, to: number): Shares {
  const centre = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
  const first = Math.min(Math.floor(centre), Math.max(0, from - 2));
  return from === 1 ? { first, weights: [1] } : { first, weights: [1 - (centre - first), centre - first] };
}

/** In whole parts of `ONE`; the largest takes what rounding leaves. */
function rounded(weights: readonly number[]): number[] {
  const parts = weights.map((weight) => Math.round(weight * ONE));
  const largest = parts.indexOf(Math.max(...parts));
  parts[largest]! += ONE - parts.reduce((sum, part) => sum + part, 0);
  return parts;
}
