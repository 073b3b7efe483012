/** What the fuzzer does to sound files, links and records; seeded by fast-check, so that a seed repeats it. */
import fc from 'fast-check';
import { join, type Bytes } from './surgery.ts';

/** Numbers at which counters, sizes and signs turn over. */
const EXTREMES = [0, 1, 7, 8, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** One change; places are shares of the file's length, 0..1. */
export type Change =
  | { kind: 'bit'; at: number; bit: number }
  | { kind: 'number'; at: number; value: number }
  | { kind: 'fill'; at: number; length: number; value: number }
  | { kind: 'cut'; at: number }
  | { kind: 'remove'; at: number; length: number }
  | { kind: 'repeat'; at: number; length: number }
  | { kind: 'splice'; at: number; from: number; length: number };

/** A piece by its place in the list, another one to splice from, and what is done to it. */
export interface MediaMutation {
  piece: number;
  donor: number;
  changes: Change[];
}

/** Anywhere alike: left to itself fast-check prefers the ends, where most changes undo a file at the door. */
const share = fc.noBias(fc.integer({ min: 0, max: 1e6 })).map((millionths) => millionths / 1e6);
/** Heads and indexes are where a change is felt: half of all changes lie in the first tenth. */
const place = fc.oneof(
  share,
  share.map((value) => value / 10),
);
const length = fc.integer({ min: 1, max: 400 });

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('bit' as const), at: place, bit: fc.integer({ min: 0, max: 7 }) }),
  fc.record({ kind: fc.constant('number' as const), at: place, value: fc.constantFrom(...EXTREMES) }),
  fc.record({ kind: fc.constant('fill' as const), at: place, length, value: fc.constantFrom(0, 0xff) }),
  // Most of what lies behind a cut would have been changed for nothing.
  fc.record({ kind: fc.constant('cut' as const), at: share.map((value) => 1 - value ** 2 / 2) }),
  fc.record({ kind: fc.constant('remove' as const), at: place, length }),
  fc.record({ kind: fc.constant('repeat' as const), at: place, length }),
  fc.record({ kind: fc.constant('splice' as const), at: place, from: share, length }),
);

export const mediaMutation = (pieces: number): fc.Arbitrary<MediaMutation> =>
  fc.record({
    piece: fc.integer({ min: 0, max: pieces - 1 }),
    donor: fc.integer({ min: 0, max: pieces - 1 }),
    changes: fc.array(change, { minLength: 1, maxLength: 6 }),
  });

export function mutated(pieces: readonly Bytes[], { piece, donor, changes }: MediaMutation): Bytes {
  return changes.reduce((bytes, one) => changed(bytes, one, pieces[donor]!), pieces[piece]!);
}

function changed(bytes: Bytes, change: Change, donor: Bytes): Bytes {
  const at = Math.floor(change.at * bytes.length);
  switch (change.kind) {
    case 'bit': {
      const copy = bytes.slice();
      if (at < copy.length) copy[at]! ^= 1 << change.bit;
      return copy;
    }
    case 'number': {
      const copy = bytes.slice();
      if (at + 4 <= copy.length) new DataView(copy.buffer).setUint32(at, change.value);
      return copy;
    }
    case 'fill':
      return bytes.slice().fill(change.value, at, at + change.length);
    case 'cut':
      return bytes.slice(0, at);
    case 'remove':
      return join(bytes.subarray(0, at), bytes.subarray(at + change.length));
    case 'repeat':
      return join(bytes.subarray(0, at + change.length), bytes.subarray(at));
    case 'splice': {
      const from = Math.floor(change.from * donor.length);
      return join(bytes.subarray(0, at), donor.subarray(from, from + change.length), bytes.subarray(at));
    }
  }
}

/** Changes to a text: signs replaced, taken out, put in, doubled; or its end cut off. */
export const textMutation = (text: string): fc.Arbitrary<string> =>
  fc
    .array(
      fc.tuple(
        share,
        fc.integer({ min: 0, max: 12 }),
        fc.oneof(fc.string({ unit: 'binary', maxLength: 6 }), fc.base64String({ maxLength: 12 })),
      ),
      {
        minLength: 1,
        maxLength: 5,
      },
    )
    .map((edits) =>
      edits.reduce((result, [at, removed, put]) => {
        const start = Math.floor(at * result.length);
        return removed === 12
          ? result.slice(0, start)
          : result.slice(0, start) + put + result.slice(start + removed);
      }, text),
    );

/** Changes to a value as JSON holds it: parts replaced by something else, or taken away. */
export const jsonMutation = (value: unknown): fc.Arbitrary<unknown> => {
  const paths = pathsOf(value);
  const strange = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom<unknown>(
      null,
      -1,
      1e308,
      -0,
      2 ** 53,
      '',
      '<img src=x onerror=alert(1)>',
      'a'.repeat(10_000),
      [],
      {},
      undefined,
    ),
  );
  return fc
    .array(fc.tuple(fc.constantFrom(...paths), strange), { minLength: 1, maxLength: 4 })
    .map((edits) => edits.reduce((result, [path, put]) => replaced(result, path, put), value));
};

type Path = readonly (string | number)[];

/** Of every part of a value, itself included; of long lists the first items. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const keys = Array.isArray(value) ? [...value.keys()].slice(0, 3) : Object.keys(value);
  return [path, ...keys.flatMap((key) => pathsOf((value as Record<string, unknown>)[key], [...path, key]))];
}

function replaced(value: unknown, [key, ...rest]: Path, put: unknown): unknown {
  if (key === undefined) return put;
  if (typeof value !== 'object' || value === null) return value;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<
    string | number,
    unknown
  >;
  copy[key] = replaced(copy[key], rest, put);
  return copy;
}
