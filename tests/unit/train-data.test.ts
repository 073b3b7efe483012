import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { placeSide } from '../../model-export/auxiliary-heads.ts';
import { BatchMaker } from '../../model-export/batch-maker.ts';
import {
  CropStore,
  CropStoreWriter,
  LANDMARK_VALUES,
  type StoreSettings,
  type TrackEntry,
} from '../../model-export/crop-store.ts';
import { HALF, viewOf } from '../../src/detector/members.ts';
import type { CropMap } from '../../src/faces/alignment.ts';
import { cutCrop } from '../../src/faces/resample.ts';
import { centralCrop, type Image } from '../../model-export/pseudo-fake/image.ts';
import { frontalKeypoints } from '../../model-export/pseudo-fake/face-geometry.ts';
import { Random } from '../../model-export/pseudo-fake/random.ts';
import { DEFAULT_RECIPE, recipeFrom, type Recipe, type Stage } from '../../model-export/recipe.ts';
import { divide, draw, hashShare, openTrainingSet } from '../../model-export/training-set.ts';
import {
  cutSequences,
  scoreClips,
  validationClips,
  validationFigures,
} from '../../model-export/validation.ts';
import { openStores, readRecipe } from '../../model-export/workspace.ts';
import { picture } from './faces-pictures.ts';

const SIZE = 40;
const settings: StoreSettings = { version: 1, size: SIZE, margin: 1.75, framesPerSecond: 6 };
const upright: CropMap = { size: SIZE, centre: { x: 0, y: 0 }, right: { x: 1, y: 0 }, scale: 1 };
const recipe: Recipe = {
  ...DEFAULT_RECIPE,
  framesPerSecond: 6,
  donorShare: 0,
  partialShare: 0,
  detector: { ...DEFAULT_RECIPE.detector, inputSize: 32, sequenceLength: 4 },
};

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'crops-'))));
afterEach(() => rmSync(folder, { recursive: true }));

type About = Partial<Omit<TrackEntry, 'offset' | 'count'>> & { path: string; group: string };

/** @param level of the first frame, one more in every next, so that a crop tells where it comes from; or the crop of all */
function add(
  writer: CropStoreWriter,
  about: About,
  frames: number,
  level: number | Uint8Array,
  start = 0,
): void {
  const entry = {
    region: 'full' as const,
    label: 'real' as const,
    kind: 'real',
    split: 'train' as const,
    source: 'made',
    segment: 0,
    faceSize: 100,
    sharpness: 50,
    times: Array.from({ length: frames }, (_, i) => start + i / 6),
    keypoints: Array.from({ length: frames }, () => frontalKeypoints(SIZE)),
    maps: Array.from({ length: frames }, () => upright),
    ...about,
  };
  const crops = Array.from({ length: frames }, (_, i) =>
    typeof level === 'number' ? new Uint8Array(SIZE * SIZE * 3).fill(level + i) : level,
  );
  writer.addTrack(entry, crops);
  writer.finishSource(entry.path, entry.region);
}

const fake = { label: 'fake', kind: 'fake-swap', region: 'right-half' } as const;

describe('crop stores by name', () => {
  it('are of one scale, or refused', () => {
    for (const [name, margin] of [
      ['one', 1.75],
      ['same', 1.75],
      ['other', 1.4],
    ] as const)
      new CropStoreWriter(join(folder, name), { ...settings, margin });
    const scales = (names: string[], scale?: number): number[] =>
      openStores(names, { folder, ...(scale !== undefined && { scale }) }).map((store) => store.scale);
    expect(scales(['one', 'same'])).toEqual([SIZE / 1.75, SIZE / 1.75]);
    expect(() => scales(['one', 'other'])).toThrow(/other has faces of 29 pixels, not of 23/);
    expect(() => scales(['one'], 100)).toThrow(/not of 100/);
    expect(() => scales(['none'])).toThrow(/no crop store "none".*prepare\.ts/);
  });
});

describe('crop store', () => {
  it('gives back what was written', () => {
    const writer = new CropStoreWriter(folder, settings);
    add(writer, { path: 'a.mp4', group: 'a' }, 3, 10);
    add(writer, { path: 'b.mp4', group: 'b' }, 2, 60);
    writer.close();
    const store = new CropStore(folder);
    expect(store.tracks.map(({ path, offset, count }) => [path, offset, count])).toEqual([
      ['a.mp4', 0, 3],
      ['b.mp4', 3, 2],
    ]);
    expect(new Set(store.read(store.tracks[1]!, 1))).toEqual(new Set([61]));
    expect(() => store.read(store.tracks[1]!, 2)).toThrow(RangeError);
    store.close();
  });

  it('gives the landmarks of a crop, or nothing where none were found or looked for', () => {
    const writer = new CropStoreWriter(folder, settings);
    add(writer, { path: 'a.mp4', group: 'a' }, 3, 10);
    writer.close();
    const rows = new Float32Array(2 * LANDMARK_VALUES).fill(NaN, 0, LANDMARK_VALUES).fill(7, LANDMARK_VALUES);
    const looked = (): (number | undefined)[] => {
      const store = new CropStore(folder);
      const points = [0, 1, 2].map((at) => store.landmarks(store.tracks[0]!, at)?.[5]);
      store.close();
      return points;
    };
    expect(looked()).toEqual([undefined, undefined, undefined]);
    writeFileSync(join(folder, 'landmarks.bin'), new Uint8Array(rows.buffer));
    expect(looked()).toEqual([undefined, 7, undefined]);
  });

  it('goes on after a stop: finished sources stay, the unfinished one is done again', () => {
    const first = new CropStoreWriter(folder, settings);
    add(first, { path: 'a.mp4', group: 'a' }, 3, 10);
    const { offset, count, ...entry } = { ...new CropStore(folder).tracks[0]!, path: 'b.mp4' };
    expect([offset, count]).toEqual([0, 3]);
    first.addTrack(
      entry,
      [0, 1, 2].map(() => new Uint8Array(SIZE * SIZE * 3)),
    );
    first.close();
    // A line that was cut off in the middle of writing.
    appendFileSync(join(folder, 'tracks.jsonl'), '{"path":"b.mp4","regi');
    const second = new CropStoreWriter(folder, settings);
    expect(second.isFinished('a.mp4', 'full')).toBe(true);
    expect(second.isFinished('b.mp4', 'full')).toBe(false);
    add(second, { path: 'b.mp4', group: 'b' }, 2, 90);
    second.close();
    const store = new CropStore(folder);
    expect(store.tracks.map(({ path, offset: at }) => [path, at])).toEqual([
      ['a.mp4', 0],
      ['b.mp4', 3],
    ]);
    expect(store.read(store.tracks[1]!, 0)[0]).toBe(90);
    expect(readFileSync(join(folder, 'tracks.jsonl'), 'utf8').split('\n')).toHaveLength(3);
  });

  it('is written by one process at a time', () => {
    const pid = join(folder, 'writer.pid');
    const writer = new CropStoreWriter(folder, settings);
    expect(Number(readFileSync(pid, 'utf8'))).toBe(process.pid);
    writer.close();
    // Running, and not this one.
    writeFileSync(pid, String(process.ppid));
    expect(() => new CropStoreWriter(folder, settings)).toThrow(
      new RegExp(`process ${process.ppid} is writing into`),
    );
    // Killed, so that its claim stayed.
    const { pid: gone } = spawnSync(process.execPath, ['--version']);
    writeFileSync(pid, String(gone));
    new CropStoreWriter(folder, settings).close();
    expect(existsSync(pid)).toBe(false);
  });

  it('in which two have written is refused: what one calls real may be the other’s fake', () => {
    const writer = new CropStoreWriter(folder, settings);
    add(writer, { path: 'a.mp4', group: 'a' }, 3, 10);
    add(writer, { path: 'b.mp4', group: 'b' }, 2, 60);
    writer.close();
    const tracks = join(folder, 'tracks.jsonl');
    writeFileSync(tracks, readFileSync(tracks, 'utf8').replace('"offset":3', '"offset":2'));
    expect(() => new CropStore(folder)).toThrow(/crops of a\.mp4 and b\.mp4 lie in one place/);
  });

  it('refuses other settings and crops of another size', () => {
    const writer = new CropStoreWriter(folder, settings);
    expect(() => new CropStoreWriter(folder, { ...settings, margin: 2 })).toThrow(/other settings/);
    expect(() => writer.addTrack({ times: [0] } as TrackEntry, [new Uint8Array(5)])).toThrow(/5 bytes/);
  });
});

/** Two pairs of halves, plain clips, stills, and a val clip. */
function makeStore(): CropStore {
  const writer = new CropStoreWriter(folder, settings);
  for (const [index, name] of ['p0', 'p1'].entries()) {
    add(writer, { path: `${name}.mp4`, group: name, region: 'left-half' }, 8, 20 + 60 * index);
    add(writer, { path: `${name}.mp4`, group: name, ...fake }, 8, 40 + 60 * index, 2 / 6);
  }
  for (let index = 0; index < 20; index++) add(writer, { path: `c${index}.mp4`, group: `c${index}` }, 6, 150);
  for (let index = 0; index < 5; index++) {
    add(writer, { path: `faces/${index}.jpg`, group: `s${index}`, kind: 'still' }, 1, 200);
  }
  add(writer, { path: 'tiny.mp4', group: 'tiny', faceSize: 12 }, 8, 240);
  add(writer, { path: 'few-bits.mp4', group: 'few bits', bitsPerPixel: 0.001 }, 8, 240);
  add(writer, { path: 'v.mp4', group: 'v', split: 'val', region: 'left-half' }, 9, 100);
  add(writer, { path: 'v.mp4', group: 'v', split: 'val', ...fake }, 9, 101);
  writer.close();
  return new CropStore(folder);
}

describe('training set', () => {
  it('holds nothing of val, nothing held out, no face that the verdict refuses', () => {
    const store = makeStore();
    const set = openTrainingSet([store], { holdOut: 0.4 }, 4);
    const groups = [...set.clips.values(), ...set.stills.values(), ...set.pairs.values()].flatMap((pool) => [
      ...pool.keys(),
    ]);
    expect(groups).not.toContain('v');
    expect(groups).not.toContain('tiny');
    expect(groups).not.toContain('few bits');
    const partOf = divide([store], { holdOut: 0.4 });
    const held = store.tracks.filter((track) => partOf(track) === 'calibration').map(({ group }) => group);
    expect(held.length).toBeGreaterThan(2);
    expect(held.length).toBeLessThan(15);
    for (const group of held) expect(groups).not.toContain(group);
    expect(held.every((group) => group.startsWith('c'))).toBe(true);
  });

  it('leaves out the manipulations of a source, not its reals', () => {
    const set = openTrainingSet([makeStore()], { holdOut: 0, leaveOut: ['made'] }, 4);
    expect(set.pairs.size).toBe(0);
    expect([...set.clips.get('made')!.keys()]).toEqual(expect.arrayContaining(['p0', 'p1']));
  });

  it('divides the training clips into folds by group: each is measured in one of them, val and stills in none', () => {
    const store = makeStore();
    const measured = [0, 1, 2].map((index) => {
      const division = { holdOut: 0, fold: { index, count: 3 } };
      const clips = validationClips([store], {
        ...division,
        framesPerSecond: 6,
        sequenceLength: 4,
        sequencesPerTrack: 1,
      }).map(({ group }) => group);
      const { clips: trained, pairs } = openTrainingSet([store], division, 4);
      const groups = [trained, pairs].flatMap((pool) => [...pool.values()].flatMap((one) => [...one.keys()]));
      expect(groups.filter((group) => clips.includes(group))).toEqual([]);
      expect(new Set([...groups, ...clips]).size).toBe(22);
      return new Set(clips);
    });
    const all = measured.flatMap((groups) => [...groups]);
    expect(all).not.toContain('v');
    expect(all.length).toBe(new Set(all).size);
    expect(all.length).toBe(22);
    for (const groups of measured) expect(groups.size).toBeGreaterThan(2);
  });

  it('pairs frames of the same moment', () => {
    const set = openTrainingSet([makeStore()], { holdOut: 0 }, 4);
    const pairs = [...set.pairs.values()].flatMap((groups) => [...groups.values()].flat());
    expect(pairs).toHaveLength(2);
    for (const { fake: made, real, frames } of pairs) {
      expect(real.track.path).toBe(made.track.path);
      // The fake begins two frames later: six moments are common.
      expect(frames).toHaveLength(6);
      for (const [at, other] of frames) expect(made.track.times[at]).toBeCloseTo(real.track.times[other]!, 6);
    }
  });

  it('pairs a fake with the footage it was made of, also in another file', () => {
    const writer = new CropStoreWriter(folder, settings);
    add(writer, { path: 'real/a.mp4', group: 'a' }, 6, 10);
    add(writer, { path: 'real/b.mp4', group: 'b' }, 6, 10);
    add(writer, { path: 'fake/a.mp4', group: 'a', ...fake, original: 'real/a.mp4' }, 6, 30);
    add(writer, { path: 'fake/c.mp4', group: 'c', ...fake }, 6, 30);
    writer.close();
    const set = openTrainingSet([new CropStore(folder)], { holdOut: 0 }, 4);
    const pairs = [...set.pairs.values()].flatMap((groups) => [...groups.values()].flat());
    expect(pairs.map(({ fake: made, real }) => [made.track.path, real.track.path])).toEqual([
      ['fake/a.mp4', 'real/a.mp4'],
    ]);
  });

  it('pairs each of two people with the same person, and leaves out whom nobody has changed', () => {
    const writer = new CropStoreWriter(folder, settings);
    // The second person's crops differ by what another encoding changes.
    for (const level of [20, 120]) add(writer, { path: 'real.mp4', group: 'g' }, 6, level);
    for (const level of [50, 121])
      add(writer, { path: 'fake.mp4', group: 'g', ...fake, original: 'real.mp4' }, 6, level);
    for (const level of [60, 150])
      add(writer, { path: 'both.mp4', group: 'g', ...fake, original: 'real.mp4' }, 6, level);
    writer.close();
    const store = new CropStore(folder);
    const set = openTrainingSet([store], { holdOut: 0 }, 4);
    const pairs = [...set.pairs.values()].flatMap((groups) => [...groups.values()].flat());
    const levels = pairs.map(({ fake: made, real }) => [
      store.read(made.track, 0)[0],
      store.read(real.track, 0)[0],
    ]);
    expect(levels).toEqual([
      [50, 20],
      [60, 20],
      [150, 120],
    ]);
  });

  it.each(['val', 'test'] as const)('refuses a group of train in the split %s', (split) => {
    const writer = new CropStoreWriter(folder, settings);
    add(writer, { path: 'a.mp4', group: 'same' }, 5, 10);
    add(writer, { path: 'b.mp4', group: 'same', split }, 5, 10);
    writer.close();
    expect(() => openTrainingSet([new CropStore(folder)], { holdOut: 0 }, 4)).toThrow(/same is in train and/);
  });

  it('refuses a fake of train whose original is in val, and the other way round', () => {
    const writer = new CropStoreWriter(folder, settings);
    add(writer, { path: 'real/a.mp4', group: 'a', split: 'val' }, 5, 10);
    add(writer, { path: 'fake/b.mp4', group: 'b', ...fake, original: 'real/a.mp4' }, 5, 30);
    writer.close();
    expect(() => openTrainingSet([new CropStore(folder)], { holdOut: 0 }, 4)).toThrow(
      /file real\/a\.mp4 is in train and in another split \(fake\/b\.mp4\)/,
    );
    rmSync(folder, { recursive: true });
    const turned = new CropStoreWriter(folder, settings);
    add(turned, { path: 'real/a.mp4', group: 'a' }, 5, 10);
    add(turned, { path: 'fake/b.mp4', group: 'b', ...fake, split: 'val', original: 'real/a.mp4' }, 5, 30);
    turned.close();
    expect(() => openTrainingSet([new CropStore(folder)], { holdOut: 0 }, 4)).toThrow(/file real\/a\.mp4 is/);
  });

  it('keeps the split “test” out of training and out of val’s figures', () => {
    const writer = new CropStoreWriter(folder, settings);
    add(writer, { path: 'a.mp4', group: 'a' }, 8, 10);
    add(writer, { path: 'b.mp4', group: 'b', split: 'test' }, 8, 10);
    writer.close();
    const stores = [new CropStore(folder)];
    const trained = [...openTrainingSet(stores, { holdOut: 0 }, 4).clips.values()];
    expect(trained.flatMap((groups) => [...groups.keys()])).toEqual(['a']);
    const every = { framesPerSecond: settings.framesPerSecond, sequenceLength: 4, sequencesPerTrack: 9 };
    const measured = validationClips(stores, { holdOut: 0, ...every });
    expect(measured.map(({ path, test }) => [path, test])).toEqual([['b.mp4', true]]);
    const scored = measured.map(({ tracks: _, ...clip }) => ({ ...clip, logit: 1, tracks: [] }));
    expect(validationFigures(scored)).toMatchObject({ reals: 0, byGroup: { realGroups: 0 } });
  });

  it('draws groups evenly, whatever their size', () => {
    const pool = new Map([
      [
        'one',
        new Map([
          ['big', Array.from({ length: 99 }, () => 'big')],
          ['small', ['small']],
        ]),
      ],
    ]);
    const random = new Random(1);
    const small = Array.from({ length: 1000 }, () => draw(pool, random)).filter(
      (item) => item === 'small',
    ).length;
    expect(small).toBeGreaterThan(430);
    expect(small).toBeLessThan(570);
    const shares = Array.from({ length: 500 }, (_, i) => hashShare(`group ${i}`));
    expect(shares.filter((share) => share < 0.2).length / 500).toBeCloseTo(0.2, 1);
  });
});

describe('batches', () => {
  it.each([0, 1])('alternate reals and fakes and repeat themselves, H.264 share %d', async (h264Share) => {
    const set = openTrainingSet([makeStore()], { holdOut: 0 }, 4);
    const maker = new BatchMaker(set, { ...recipe, h264Share }, 1, 8, 6);
    const batch = await maker.make(3);
    expect([...batch.labels]).toEqual(Array.from({ length: 16 }, (_, i) => i % 2));
    expect(batch.images).toHaveLength(16 * 32 * 32 * 3);
    expect(batch.images.every((level) => level >= 0 && level <= 255 && Number.isInteger(level))).toBe(true);
    expect((await maker.make(3)).images).toEqual(batch.images);
    expect((await maker.make(4)).images).not.toEqual(batch.images);
  });

  it('shows the fake of a real manipulation at the moment of its real, in sequences too', async () => {
    const set = openTrainingSet([makeStore()], { holdOut: 0 }, 4);
    const mixed = { ...recipe, mix: { still: 0, clip: 0, paired: 1 } };
    const maker = new BatchMaker(set, mixed, 4, 3, 6);
    const { images, places } = await maker.make(0);
    // The whole picture was changed, in the fakes only.
    const side = placeSide(mixed.detector);
    const ofImage = (image: number): Float32Array =>
      places.subarray(image * side * side, (image + 1) * side * side);
    for (let image = 0; image < 24; image++) {
      expect(new Set(ofImage(image))).toEqual(new Set([image % 8 < 4 ? 0 : 1]));
    }
    const levels = Array.from({ length: 24 }, (_, image) => {
      const from = image * 32 * 32 * 3;
      const part = images.subarray(from, from + 32 * 32 * 3);
      return part.reduce((sum, value) => sum + value, 0) / part.length;
    });
    for (let pair = 0; pair < 3; pair++) {
      for (let frame = 0; frame < 4; frame++) {
        const real = levels[pair * 8 + frame]!;
        const made = levels[pair * 8 + 4 + frame]!;
        // Grey levels in the store: fake frame i is 20 above the real's frame i, and i is 2 less at the same moment.
        expect(made - real).toBeGreaterThan(18 * 0.5);
        expect(made - real).toBeLessThan(18 * 1.6);
      }
    }
  });

  it('show a real manipulation in one part of the face only, the rest is the original', async () => {
    const set = openTrainingSet([makeStore()], { holdOut: 0 }, 4);
    const partial = { ...recipe, partialShare: 1, mix: { still: 0, clip: 0, paired: 1 } };
    const batch = await new BatchMaker(set, partial, 1, 8, 6).make(0);
    const side = placeSide(partial.detector);
    const changed = Array.from({ length: 16 }, (_, image) =>
      batch.places
        .subarray(image * side * side, (image + 1) * side * side)
        .reduce((sum, value) => sum + value, 0),
    );
    expect(changed.filter((_, image) => image % 2 === 0)).toEqual(Array(8).fill(0));
    const shares = changed.filter((_, image) => image % 2 === 1).map((sum) => sum / (side * side));
    // A part may be too small to show in a place of 16 x 16 pixels; most are not, and none is the whole picture.
    expect(shares.filter((share) => share > 0).length).toBeGreaterThan(5);
    expect(Math.max(...shares)).toBeLessThan(1);
  });

  it('hold a real manipulation against its real place by place, however each was cut', async () => {
    // One picture, cut twice; nothing was manipulated.
    const scene = picture(200, 160, (x, y) => 128 + 60 * Math.sin(x / 9) + 50 * Math.cos(y / 7));
    const one: CropMap = { size: SIZE, centre: { x: 100, y: 80 }, right: { x: 1, y: 0 }, scale: 1 };
    const turned = { x: Math.cos(0.09), y: Math.sin(0.09) };
    const other: CropMap = { size: SIZE, centre: { x: 103, y: 78 }, right: turned, scale: 1.06 };
    const six = (map: CropMap): CropMap[] => Array.from({ length: 6 }, () => map);
    const changedOf = async (said: CropMap): Promise<number> => {
      const writer = new CropStoreWriter(folder, settings);
      add(writer, { path: 'p', group: 'p', region: 'left-half', maps: six(one) }, 6, cutCrop(scene, one));
      add(writer, { path: 'p', group: 'p', ...fake, maps: six(said) }, 6, cutCrop(scene, other));
      writer.close();
      const set = openTrainingSet([new CropStore(folder)], { holdOut: 0 }, 1);
      const { places } = await new BatchMaker(
        set,
        { ...recipe, mix: { still: 0, clip: 0, paired: 1 } },
        1,
        4,
        6,
      ).make(0);
      rmSync(folder, { recursive: true });
      return places.reduce((sum, place) => sum + place, 0);
    };
    expect(await changedOf(one)).toBeGreaterThan(10);
    expect(await changedOf(other)).toBeLessThan(1);
    mkdirSync(folder);
  });

  it('are others in a run that goes on from another', async () => {
    const set = openTrainingSet([makeStore()], { holdOut: 0 }, 4);
    const made = async (changes: Partial<Recipe>): Promise<Float32Array> =>
      (await new BatchMaker(set, { ...recipe, ...changes }, 1, 4, 6).make(0)).images;
    expect(await made({ startFrom: 'a' })).toEqual(await made({ startFrom: 'a' }));
    expect(await made({ startFrom: 'a' })).not.toEqual(await made({}));
    expect(await made({ startFrom: 'a' })).not.toEqual(await made({ startFrom: 'b' }));
  });

  it('of a companion are what it sees of the network’s own', async () => {
    const set = openTrainingSet([makeStore()], { holdOut: 0 }, 4);
    const own = await new BatchMaker(set, { ...recipe, h264Share: 1 }, 1, 4, 6).make(1);
    const detector = { ...recipe.detector, inputSize: 16 };
    const companion = { ...recipe, detector, asCompanion: true, h264Share: 1 };
    const { images } = await new BatchMaker(set, companion, 1, 4, 6).make(1);
    const pixels = 32 * 32 * 3;
    const views = Array.from({ length: 8 }, (_, image) =>
      viewOf(Uint8Array.from(own.images.subarray(image * pixels, (image + 1) * pixels)), 32, {
        view: HALF,
      }),
    );
    expect([...images]).toEqual(views.flatMap((view) => [...view]));
  });

  it.each([
    [0, 0],
    [1, 4],
  ])(
    'put the share %d of inserted faces through an autoencoder, as they are stored',
    async (share, times) => {
      const set = openTrainingSet([makeStore()], { holdOut: 0 }, 4);
      const seen: Image[] = [];
      const inverter = {
        apply(image: Image): Image {
          seen.push(image);
          return { ...image, data: image.data.map((level) => 255 - level) };
        },
      };
      const blended = { ...recipe, autoencoderShare: share, mix: { still: 0, clip: 1, paired: 0 } };
      const batch = await new BatchMaker(set, blended, 1, 4, 6, [inverter]).make(0);
      expect(seen.map(({ width }) => width)).toEqual(Array(times).fill(SIZE));
      expect(batch.labels).toHaveLength(8);
    },
  );

  it('follow the landmarks of the store as often as the recipe says, and repeat themselves', async () => {
    const store = makeStore();
    const random = new Random(9);
    const crops = store.tracks.reduce((sum, { count }) => sum + count, 0);
    // Somewhere in the middle of each crop, so that every face has another outline.
    const points = Float32Array.from({ length: crops * LANDMARK_VALUES }, () => random.uniform(10, 30));
    writeFileSync(join(store.directory, 'landmarks.bin'), new Uint8Array(points.buffer));
    const set = openTrainingSet([new CropStore(store.directory)], { holdOut: 0 }, 4);
    const made = async (changes: Partial<Recipe>): Promise<Float32Array> => {
      const clips = { ...recipe, mix: { still: 0, clip: 1, paired: 0 }, ...changes };
      return (await new BatchMaker(set, clips, 4, 6, 6).make(2)).places;
    };
    const without = await made({ landmarkShare: 0 });
    const blended = await made({ landmarkShare: 1, reenactShare: 0 });
    const reenacted = await made({ landmarkShare: 1, reenactShare: 1 });
    expect(await made({ landmarkShare: 1, reenactShare: 1 })).toEqual(reenacted);
    expect(blended).not.toEqual(without);
    expect(reenacted).not.toEqual(blended);
    expect(Math.max(...reenacted)).toBeGreaterThan(0);
  });

  it('need data of some origin in the mix', async () => {
    const writer = new CropStoreWriter(folder, settings);
    writer.close();
    const maker = new BatchMaker(
      openTrainingSet([new CropStore(folder)], { holdOut: 0 }, 4),
      recipe,
      1,
      2,
      6,
    );
    await expect(maker.make(0)).rejects.toThrow(/no training data/);
  });
});

describe('validation', () => {
  it('scores the central crop of val clips in sequences, and follows the worst face', async () => {
    const store = makeStore();
    const clips = validationClips([store], {
      holdOut: 0,
      framesPerSecond: 6,
      sequenceLength: 4,
      sequencesPerTrack: Infinity,
    });
    expect(clips.map(({ path, region }) => [path, region])).toEqual([
      ['v.mp4', 'left-half'],
      ['v.mp4', 'right-half'],
    ]);
    const lengths: number[] = [];
    const scored = await scoreClips(clips, 32, (images, frames) => {
      lengths.push(frames);
      return Promise.resolve(Float32Array.from({ length: frames }, (_, i) => images[i * 32 * 32 * 3]!));
    });
    expect(lengths).toEqual([3, 3, 3, 3, 3, 3]);
    // Levels 100..108 and 101..109; no frame is trimmed of nine.
    expect(scored.map(({ logit }) => logit)).toEqual([104, 105]);
    const figures = validationFigures(scored);
    const heldOut = { ...scored[0]!, group: 'other', heldOut: true, logit: 200 };
    expect(validationFigures([...scored, heldOut]).auc['all']).toBe(1);
    expect(validationFigures([...scored, heldOut]).byGroup).toEqual({
      auc: 0.5,
      realGroups: 2,
      fakeGroups: 1,
    });
    expect(figures.auc['all']).toBe(1);
    expect([figures.paired, figures.pairs, figures.reals, figures.fakes]).toEqual([1, 1, 1, 1]);
  });

  it('cuts sequences about equally long and never longer than asked', () => {
    const frames = Array.from({ length: 21 }, (_, i) => i);
    const sequences = cutSequences(frames, 8);
    expect(sequences.map(({ length }) => length)).toEqual([7, 7, 7]);
    expect(sequences.flat()).toEqual(frames);
  });

  it('takes the middle of a stored crop byte for byte', () => {
    const stored = Uint8Array.from({ length: 6 * 6 * 3 }, (_, i) => i);
    expect([...centralCrop(stored, 6, 2)]).toEqual([42, 43, 44, 45, 46, 47, 60, 61, 62, 63, 64, 65]);
  });
});

describe('recipe', () => {
  it('refuses stages without one length and batches that do not fit', () => {
    const [stage] = DEFAULT_RECIPE.stages;
    expect(() => recipeFrom({ stages: [{ ...stage!, steps: 5 }] })).toThrow(/steps or minutes/);
    expect(() => recipeFrom({ stages: [{ ...stage!, batchImages: 7 }] })).toThrow(/batchImages 7/);
    const { warmUp, ...cold } = stage!;
    const mistyped = { ...cold, warmup: warmUp } as unknown as Stage;
    expect(() => recipeFrom({ stages: [mistyped] })).toThrow(/warmUp is missing, there is no warmup/);
    expect(() => recipeFrom({ stages: [{ ...stage!, train: 'sequence-head' }] })).toThrow(/sequence-head/);
  });

  it('of a file refuses keys that it cannot have, and takes all that it can', () => {
    const file = join(folder, 'recipe.json');
    const read = (changes: object): Recipe => {
      writeFileSync(file, JSON.stringify(changes));
      return readRecipe(file);
    };
    expect(() => read({ captureStrenght: 0 })).toThrow(/no captureStrenght; it may have .*captureStrength/);
    const more = { startFrom: 'x', leaveOut: ['made'], fold: { index: 0, count: 2 }, sharpnessRadius: 0.1 };
    expect(read({ ...DEFAULT_RECIPE, ...more })).toMatchObject(more);
  });
});
