/**
 * `npx tsx model-export/prepare.ts --root DIR [--manifest FILE.csv] [--stills FILE.tar]... [--out NAME]`
 *
 * Cuts training crops with the built product in headless Chromium: the same decoders, the same face detector, the same
 * resampler as in use. Reads `manifest.csv` of DIR, or its layout (see `dataset-layouts.ts`). Writes a crop store to
 * `.cache/crops/NAME`; run it again to go on where it stopped.
 *
 * `--measured` takes only the clips that the default recipe measures or calibrates on. With `--crf N` and `--scale S` they
 * go through x264 first (`ffmpeg` on the PATH): what is left of a verdict after that is measured on such stores.
 */
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { extract as untar } from 'tar-stream';
import {
  DEFAULT_CROP,
  DEFAULT_SAMPLING,
  openPipeline,
  type Pipeline,
  type TrainingOptions,
  type TrainingTrack,
} from '../scripts/pipeline.ts';
import { readArguments } from '../scripts/refuse.ts';
import { root as project } from '../scripts/root.ts';
import { CropStoreWriter, isSplit, SPLITS, STORE_BORDER, type Split, type TrackEntry } from './crop-store.ts';
import { readDataset } from './dataset-layouts.ts';
import { readManifest, type ManifestRow } from './manifest-csv.ts';
import { DEFAULT_RECIPE } from './recipe.ts';
import { isOriginal, reencode, reencodingOf } from './reencode.ts';
import { divide } from './training-set.ts';

/** As in use: training then sees the steps in time that inference sees. */
const { framesPerSecond, framesPerSegment } = DEFAULT_SAMPLING;
/** Runs taken of a long clip: more than in use for training, exactly those of use for measuring and calibrating. */
const MAX_SEGMENTS = { train: 6, val: DEFAULT_SAMPLING.maxSegments };
const STILLS_PER_BATCH = 100;

const { values } = readArguments({
  options: {
    root: { type: 'string' },
    manifest: { type: 'string' },
    stills: { type: 'string', multiple: true, default: [] },
    out: { type: 'string', default: 'default' },
    size: { type: 'string', default: '128' },
    margin: { type: 'string' },
    limit: { type: 'string' },
    measured: { type: 'boolean', default: false },
    crf: { type: 'string' },
    scale: { type: 'string' },
  },
});
if (values.root === undefined) {
  console.error(
    'Usage: npx tsx model-export/prepare.ts --root DIR [--manifest FILE.csv] [--stills FILE.tar]... [--out NAME]',
  );
  process.exit(1);
}
const root = values.root;
const listed =
  values.manifest === undefined ? readDataset(root) : readManifest(await readFile(values.manifest, 'utf8'));
const rows = listed.map((row) => ({ ...row, split: splitOf(row) }));
const inputSize = Number(values.size);
const crop = {
  size: inputSize * STORE_BORDER,
  margin: Number(values.margin ?? DEFAULT_CROP.margin) * STORE_BORDER,
};
const store = new CropStoreWriter(join(project, '.cache/crops', values.out), {
  version: 1,
  ...crop,
  framesPerSecond,
  ...reencodingOf(values),
});
const options = (
  kind: TrainingOptions['kind'],
  { region, split }: { region: ManifestRow['region']; split: string },
): TrainingOptions => ({
  kind,
  region,
  crop,
  sampling: {
    framesPerSecond,
    framesPerSegment,
    maxSegments: split !== 'train' || values.measured ? MAX_SEGMENTS.val : MAX_SEGMENTS.train,
  },
});

const folder = await mkdtemp(join(tmpdir(), 'clearframe-prepare-'));
const pipeline = await openPipeline();
try {
  const partOf = divide([{ tracks: rows }], DEFAULT_RECIPE);
  await prepareClips(values.measured ? rows.filter((row) => partOf(row) !== 'train') : rows, pipeline);
  for (const archive of values.stills) await prepareStills(archive, pipeline);
} finally {
  store.close();
  await pipeline.close();
  await rm(folder, { recursive: true });
}

async function prepareClips(clips: typeof rows, product: Pipeline): Promise<void> {
  const before = clips.filter(({ path, region }) => store.isFinished(path, region)).length;
  // Of an earlier run, or files of another folder by the same names.
  if (before > 0) console.log(`${before} of ${clips.length} are in ${store.directory} already`);
  for (const [index, row] of clips.entries()) {
    if (store.isFinished(row.path, row.region)) continue;
    const started = performance.now();
    let tracks: TrainingTrack[];
    try {
      tracks = await product.extract([clipFile(row.path)], options('video', row));
    } catch (error) {
      // Not finished: the next run tries it again.
      console.error(`${row.path}: ${(error as Error).message.split('\n')[0]}`);
      process.exitCode = 2;
      continue;
    }
    for (const track of tracks) add(track, row.path, row);
    store.finishSource(row.path, row.region);
    const crops = tracks.reduce((sum, track) => sum + track.times.length, 0);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(
      `${index + 1}/${clips.length}\t${tracks.length} tracks, ${crops} crops\t${seconds} s\t${row.path} ${row.region}`,
    );
  }
}

/** The clip itself, or what x264 makes of it. */
function clipFile(path: string): string {
  const file = join(root, path);
  return isOriginal(values) ? file : reencode(file, folder, values);
}

/** Stills of real people, one TAR of JPEG files; each person's stills form a group when names tell (`Name_0001.jpg`). */
async function prepareStills(archive: string, product: Pipeline): Promise<void> {
  const source = basename(archive).replace(/\.tar$/, '');
  const stills = await mkdtemp(join(tmpdir(), 'clearframe-stills-'));
  const limit = Number(values.limit ?? Infinity);
  let batch: { name: string; file: string }[] = [];
  let seen = 0;
  const started = performance.now();
  const flush = async (): Promise<void> => {
    const tracks = await product.extract(
      batch.map(({ file }) => file),
      options('stills', { region: 'full', split: 'train' }),
    );
    for (const track of tracks) {
      const name = batch[track.file]!.name;
      add(track, `${source}/${name}`, {
        label: 'real',
        kind: 'still',
        region: 'full',
        group: `${source}-${personOf(name)}`,
        split: 'train',
        source,
      });
    }
    for (const { name } of batch) store.finishSource(`${source}/${name}`, 'full');
    await Promise.all(batch.map(({ file }) => rm(file)));
    batch = [];
    console.log(`${source}: ${seen} stills, ${((performance.now() - started) / seen).toFixed(0)} ms each`);
  };
  const tar = untar();
  createReadStream(archive)
    .on('error', (error) => tar.destroy(error))
    .pipe(tar);
  for await (const entry of tar) {
    const name = entry.header.name;
    if (
      entry.header.type === 'file' &&
      /\.jpe?g$/i.test(name) &&
      seen < limit &&
      !store.isFinished(`${source}/${name}`, 'full')
    ) {
      const file = join(stills, `${batch.length}.jpg`);
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      await mkdir(stills, { recursive: true });
      await writeFile(file, Buffer.concat(chunks));
      batch.push({ name, file });
      seen++;
      if (batch.length === STILLS_PER_BATCH) await flush();
    } else entry.resume();
  }
  if (batch.length > 0) await flush();
  await rm(stills, { recursive: true });
}

function personOf(name: string): string {
  return basename(name)
    .replace(/\.jpe?g$/i, '')
    .replace(/_\d+$/, '');
}

type About = Pick<TrackEntry, 'label' | 'kind' | 'region' | 'group' | 'split' | 'original' | 'source'>;

/** @throws when the list says anything else */
function splitOf({ path, split }: ManifestRow): Split {
  if (isSplit(split)) return split;
  throw new Error(`${path}: split is "${split}", expected ${SPLITS.join(', ')}.`);
}

function add(
  track: TrainingTrack,
  path: string,
  { label, kind, region, group, split, original, source }: About,
): void {
  const bytes = 3 * crop.size * crop.size;
  const crops = track.times.map((_, i) => track.crops.subarray(i * bytes, (i + 1) * bytes));
  const { segment, times, faceSize, sharpness, bitsPerPixel, keypoints, maps } = track;
  store.addTrack(
    {
      path,
      region,
      label,
      kind,
      group,
      split,
      ...(original !== undefined && original !== '' && { original }),
      source,
      segment,
      times,
      faceSize,
      sharpness,
      ...(bitsPerPixel > 0 && { bitsPerPixel }),
      keypoints,
      ...(kind !== 'still' && { maps }),
    },
    crops,
  );
}
