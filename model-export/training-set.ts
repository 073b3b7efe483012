/** What may be trained on, by origin, and how it is drawn: sources and groups evenly, whatever their number of frames. */
import { tooPoor } from '../src/verdict/decide.ts';
import { CropStore } from './crop-store.ts';
import type { TrackEntry } from './crop-store.ts';
import { imageFromBytes } from './pseudo-fake/image.ts';
import type { Random } from './pseudo-fake/random.ts';
import { betweenCrops, warp } from './pseudo-fake/warp.ts';
import type { Affine } from './pseudo-fake/warp.ts';

export interface StoredTrack {
  store: CropStore;
  track: TrackEntry;
}

/** A real manipulation beside its original: `frames` are pairs of indices [fake, real] of the same moments. */
export interface ManipulatedPair {
  fake: StoredTrack;
  real: StoredTrack;
  frames: [number, number][];
}

/** Source, then group, then items: drawing walks down and so weighs every source and group alike. */
export type Pool<T> = Map<string, Map<string, T[]>>;

export interface TrainingSet {
  stills: Pool<StoredTrack>;
  clips: Pool<StoredTrack>;
  pairs: Pool<ManipulatedPair>;
}

/** Two frames are of one moment when their times differ by less than this many seconds. */
const SAME_MOMENT = 0.02;

/** A stable number in [0, 1) for a name (FNV-1a, then mixed). */
export function hashShare(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++)
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return ((hash ^ (hash >>> 15)) >>> 0) / 4294967296;
}

/** What decides the part that a track has in a run; the keys of a recipe. */
export interface Division {
  holdOut: number;
  leaveOut?: readonly string[];
  fold?: { index: number; count: number };
}

/** What the division looks at: tracks of a store, or rows of a manifest. */
type Labelled = Pick<TrackEntry, 'label' | 'kind' | 'group' | 'source'> & { split: string };

/** `calibration`: real footage that is neither trained on nor part of val's figures; `test`: what sets nothing at all. */
export type Part = 'train' | 'val' | 'calibration' | 'test' | 'none';

/**
 * The part of each track. The manifest's split decides; with a fold, groups of clips of the training split are measured in
 * place of val, and val is left alone. Stills always train.
 */
export function divide(
  stores: readonly { tracks: readonly Labelled[] }[],
  { holdOut, leaveOut = [], fold }: Division,
): (track: Labelled) => Part {
  const manipulated = pairedGroups(stores);
  return ({ split, kind, label, group, source }) => {
    if (split === 'test') return 'test';
    if (split === 'val') return fold === undefined ? 'val' : 'none';
    if (kind === 'still') return 'train';
    if (fold !== undefined && Math.floor(hashShare(`fold of ${group}`) * fold.count) === fold.index)
      return 'val';
    if (label === 'fake' && leaveOut.includes(source)) return 'none';
    return !manipulated.has(group) && hashShare(group) < holdOut ? 'calibration' : 'train';
  };
}

/** Whether the verdict would judge such pictures of a face; what it refuses teaches nothing. Stills always. */
export const isJudgeable = ({ kind, bitsPerPixel = 0, ...track }: TrackEntry): boolean =>
  kind === 'still' || tooPoor({ ...track, bitsPerPixel }).length === 0;

/** Groups with manipulations: their reals are worth more in pairs than for calibration. */
function pairedGroups(stores: readonly { tracks: readonly Labelled[] }[]): Set<string> {
  return new Set(
    stores.flatMap((store) => store.tracks.filter(({ label }) => label === 'fake').map(({ group }) => group)),
  );
}

/** Family of data; stills lie in folders of their own inside an archive, so the archive's name counts. */
function sourceOf({ kind, path, source }: TrackEntry): string {
  return kind === 'still' ? (path.split('/')[0] ?? source) : source;
}

function put<T>(pool: Pool<T>, track: TrackEntry, item: T): void {
  const source = sourceOf(track);
  const groups = pool.get(source) ?? new Map<string, T[]>();
  pool.set(source, groups);
  const items = groups.get(track.group);
  if (items === undefined) groups.set(track.group, [item]);
  else items.push(item);
}

/** Matches the frames of two tracks by time. */
function sameMoments(fake: TrackEntry, real: TrackEntry): [number, number][] {
  const frames: [number, number][] = [];
  let index = 0;
  for (const [at, time] of fake.times.entries()) {
    while (index < real.count && real.times[index]! < time - SAME_MOMENT) index++;
    if (index < real.count && Math.abs(real.times[index]! - time) <= SAME_MOMENT) frames.push([at, index]);
  }
  return frames;
}

/** What may not lie on both sides of a split: the group, the file, and the file that a fake was made of. */
const footageOf = ({ group, path, original = '' }: TrackEntry): string[] =>
  [`group ${group}`, `file ${path}`, original && `file ${original}`].filter((name) => name !== '');

/**
 * @param clipFrames frames a clip's track needs to be used
 * @throws when a group of the training split, a file or what a fake was made of, also appears in another split
 */
export function openTrainingSet(
  stores: readonly CropStore[],
  division: Division,
  clipFrames: number,
): TrainingSet {
  const all = stores.flatMap((store) => store.tracks.map((track) => ({ store, track })));
  const others = new Set(
    all.filter(({ track }) => track.split !== 'train').flatMap(({ track }) => footageOf(track)),
  );
  const partOf = divide(stores, division);
  const usable = all.filter(({ track }) => partOf(track) === 'train' && isJudgeable(track));
  for (const { track } of usable) {
    const both = footageOf(track).find((name) => others.has(name));
    if (both !== undefined) throw new Error(`${both} is in train and in another split (${track.path})`);
  }
  const set: TrainingSet = { stills: new Map(), clips: new Map(), pairs: new Map() };
  const reals = usable.filter(({ track }) => track.label === 'real');
  for (const item of reals) {
    if (item.track.kind === 'still') put(set.stills, item.track, item);
    else if (item.track.count >= clipFrames) put(set.clips, item.track, item);
  }
  // A real manipulation lies beside its original in one file, or names the file it was made of.
  const byFile = together(reals, ({ path }) => path);
  const fakes = usable.filter(({ track }) => track.label === 'fake');
  const runs = together(fakes, ({ segment, region, path }) => `${segment} ${region} ${path}`);
  for (const faces of runs.values()) {
    const { path, original = '' } = faces[0]!.track;
    const originals = byFile.get(path) ?? byFile.get(original) ?? [];
    for (const pair of pairsOf(faces, originals, clipFrames)) put(set.pairs, pair.fake.track, pair);
  }
  return set;
}

function together(
  items: readonly StoredTrack[],
  name: (track: TrackEntry) => string,
): Map<string, StoredTrack[]> {
  const all = new Map<string, StoredTrack[]>();
  for (const item of items) {
    const known = all.get(name(item.track));
    if (known === undefined) all.set(name(item.track), [item]);
    else known.push(item);
  }
  return all;
}

/** Moments of a pair at which two faces are held against each other. */
const COMPARED = 3;
/** Of several faces in one picture, one that differs from its original by less than this share of what the most changed does is untouched. */
const UNTOUCHED = 1 / 3;

/**
 * Every face of a manipulated clip beside its own original: that of the faces in view at the same moments which looks most alike.
 * Where there are several, those that nobody has touched are left out.
 * @param fakes faces of one run of one manipulated clip
 */
function pairsOf(
  fakes: readonly StoredTrack[],
  originals: readonly StoredTrack[],
  clipFrames: number,
): ManipulatedPair[] {
  const found = fakes.flatMap((fake) => {
    const inView = originals
      .map((real) => ({ fake, real, frames: sameMoments(fake.track, real.track) }))
      .filter(({ frames }) => frames.length >= clipFrames);
    if (fakes.length === 1 && inView.length === 1) return [{ pair: inView[0]!, change: 1 }];
    const measured = inView.map((pair) => ({ pair, change: changeOf(pair) }));
    return measured.sort((a, b) => a.change - b.change).slice(0, 1);
  });
  const most = Math.max(...found.map(({ change }) => change));
  return found.filter(({ change }) => change > UNTOUCHED * most).map(({ pair }) => pair);
}

/**
 * Where the fake's stored crop has what the real's shows: each was cut by its own key points.
 * @param moment as in `frames`
 */
export function fromRealToFake({ fake, real }: ManipulatedPair, [inFake, inReal]: [number, number]): Affine {
  const [from, to] = [real.track.maps?.[inReal], fake.track.maps?.[inFake]];
  if (from === undefined || to === undefined)
    throw new Error(
      `${fake.store.directory} does not say where its crops were cut: delete it and prepare it again`,
    );
  return betweenCrops(from, to);
}

/** Mean difference of the crops, in levels, over some moments of a pair. */
function changeOf(pair: ManipulatedPair): number {
  const { fake, real, frames } = pair;
  const moments = Array.from(
    { length: COMPARED },
    (_, at) => frames[Math.floor((at * frames.length) / COMPARED)]!,
  );
  const changes = moments.map(([inFake, inReal]) => {
    const { size } = fake.store.settings;
    const cut = imageFromBytes(fake.store.read(fake.track, inFake), size, size);
    const { data } = warp(cut, fromRealToFake(pair, [inFake, inReal]), size);
    const original = real.store.read(real.track, inReal);
    return data.reduce((sum, level, at) => sum + Math.abs(level - original[at]!), 0) / data.length;
  });
  return changes.reduce((sum, change) => sum + change, 0) / COMPARED;
}

/** Draws source, group and item, each evenly; sources count by the square root of their groups. */
export function draw<T>(pool: Pool<T>, random: Random): T {
  const sources = [...pool.values()];
  const weights = sources.map((groups) => Math.sqrt(groups.size));
  let ticket = random.uniform(
    0,
    weights.reduce((sum, weight) => sum + weight, 0),
  );
  let chosen = sources.length - 1;
  for (const [index, weight] of weights.entries()) {
    ticket -= weight;
    if (ticket < 0) {
      chosen = index;
      break;
    }
  }
  const groups = sources[chosen];
  if (groups === undefined)
    throw new Error('nothing to draw from: the crop store has no data of this origin');
  return random.pick(random.pick([...groups.values()]));
}

export function countGroups(pool: Pool<unknown>): string {
  const parts = [...pool].map(([source, groups]) => `${source} ${groups.size}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}
