/**
 * Reads published data sets as they are unpacked, without a manifest: FaceForensics++ (and DeepFakeDetection inside it),
 * DFDC, Celeb-DF. What a folder is, its own contents say.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { SPLITS, type Split } from './crop-store.ts';
import { readManifest, type ManifestRow } from './manifest-csv.ts';
import { hashShare } from './training-set.ts';

const VIDEO = /\.(mp4|avi|mov|mkv|webm|mpg|mpeg)$/i;
/** Share of the groups that goes to val where a data set does not say itself what does. */
const VAL_SHARE = 0.1;

/**
 * The labelled clips of a folder: those of its `manifest.csv` where there is one, else by its layout.
 * @throws Error when the folder is none of the known ones
 */
export function readDataset(root: string): ManifestRow[] {
  const manifest = join(root, 'manifest.csv');
  if (existsSync(manifest)) return readManifest(readFileSync(manifest, 'utf8'));
  for (const read of [readFaceForensics, readDfdc, readCelebDf]) {
    const rows = read(root);
    if (rows.length > 0) return rows;
  }
  throw new Error(
    `${root} has no manifest.csv, and is not laid out as FaceForensics++ (original_sequences, manipulated_sequences), ` +
      'DFDC (metadata.json) or Celeb-DF (Celeb-real, Celeb-synthesis). A manifest.csv begins with the line ' +
      '"path,label,kind,group,split" and has one for every clip (docs/retrain.md).',
  );
}

/** Kinds of the manipulations of FaceForensics++ (Rössler et al. 2019), by folder. */
const FF_KINDS: Record<string, string> = {
  Deepfakes: 'fake-swap',
  FaceSwap: 'fake-swap',
  FaceShifter: 'fake-swap',
  DeepFakeDetection: 'fake-swap',
  Face2Face: 'fake-reenact',
  NeuralTextures: 'fake-reenact',
};

/**
 * `original_sequences/SOURCE/QUALITY/videos/A.mp4`, `manipulated_sequences/METHOD/QUALITY/videos/A_B.mp4`: A is the footage,
 * B lent its face. Everybody connected by a manipulation is one group. The official split is used where its files lie in
 * `splits/`.
 */
function readFaceForensics(root: string): ManifestRow[] {
  const files = ['original_sequences', 'manipulated_sequences']
    .flatMap((folder) => videosBelow(root, folder))
    // `manipulated_sequences/METHOD/masks/videos/A_B.mp4` shows where a face was changed, and no face.
    .filter((path) => path.split('/')[2] !== 'masks');
  const groups = new Groups();
  for (const file of files) groups.join(people(file));
  const official = officialSplit(root);
  return files.map((path) => {
    const [collection, source, quality] = path.split('/') as [string, string, string];
    const [footage = '', ...others] = people(path);
    const group = groups.of(footage);
    const fake = collection === 'manipulated_sequences';
    const actors = source === 'DeepFakeDetection' ? 'actors' : 'youtube';
    const original = `original_sequences/${actors}/${quality}/videos/${originalName(path, footage)}`;
    return row(path, {
      label: fake ? 'fake' : 'real',
      kind: fake ? (FF_KINDS[source] ?? 'fake') : 'real',
      group: `ffpp-${group}`,
      source: 'ffpp',
      ...(fake && { original }),
      ...splitOf(official, [footage, ...others]),
    });
  });
}

/** Ids of the footage and of the face: `000_003.mp4`; of actors: `01_02__scene__CODE.mp4`. */
function people(path: string): string[] {
  const name = basename(path).replace(VIDEO, '');
  const actors = name.includes('__');
  return name
    .split('__')[0]!
    .split('_')
    .map((id) => (actors ? `actor-${id}` : id));
}

/** `000_003.mp4` was made of `000.mp4`; `01_02__scene__CODE.mp4` of `01__scene.mp4`. */
function originalName(path: string, footage: string): string {
  const scene = basename(path).split('__')[1];
  const end = /\.[^.]+$/.exec(path)?.[0] ?? '';
  if (scene === undefined) return `${footage}${end}`;
  return `${footage.replace('actor-', '')}__${scene.replace(VIDEO, '')}${end}`;
}

/** Lists of pairs of ids in `splits/train.json`, `val.json`, `test.json`. */
function officialSplit(root: string): Map<string, Split> {
  const split = new Map<string, Split>();
  for (const name of SPLITS) {
    const file = join(root, 'splits', `${name}.json`);
    if (!existsSync(file)) continue;
    for (const id of (JSON.parse(readFileSync(file, 'utf8')) as string[][]).flat()) split.set(id, name);
  }
  return split;
}

function splitOf(official: Map<string, Split>, ids: string[]): { split?: Split } {
  const known = ids.map((id) => official.get(id)).find((split) => split !== undefined);
  return known === undefined ? {} : { split: known };
}

/** Folders with a `metadata.json`: `{"a.mp4": {"label": "FAKE", "original": "b.mp4"}, "b.mp4": {"label": "REAL"}}`. */
function readDfdc(root: string): ManifestRow[] {
  const lists = filesBelow(root).filter((path) => basename(path) === 'metadata.json');
  return lists.flatMap((list) => {
    const folder = dirname(list);
    const beside = (name: string): string => (folder === '.' ? name : `${folder}/${name}`);
    const entries = JSON.parse(readFileSync(join(root, list), 'utf8')) as Record<
      string,
      { label?: string; original?: string | null }
    >;
    return Object.entries(entries)
      .filter(([name]) => existsSync(join(root, beside(name))))
      .map(([name, { label, original }]) => {
        if (label !== 'REAL' && label !== 'FAKE') {
          throw new Error(`${list}: ${name} has the label "${label}", expected REAL or FAKE.`);
        }
        const from = label === 'FAKE' && typeof original === 'string' ? beside(original) : undefined;
        return row(beside(name), {
          label: label === 'FAKE' ? 'fake' : 'real',
          kind: label === 'FAKE' ? 'fake-swap' : 'real',
          group: `dfdc-${from ?? beside(name)}`,
          source: 'dfdc',
          ...(from !== undefined && { original: from }),
        });
      });
  });
}

/**
 * `Celeb-real/id0_0000.mp4`, `YouTube-real/00000.mp4`, `Celeb-synthesis/id0_id1_0000.mp4` (footage id0_0000, face of id1).
 * The clips of `List_of_testing_videos.txt` are test.
 */
function readCelebDf(root: string): ManifestRow[] {
  const list = join(root, 'List_of_testing_videos.txt');
  const lines = existsSync(list) ? readFileSync(list, 'utf8').split('\n') : [];
  const tested = new Set(lines.map((line) => line.trim().split(/\s+/)[1]));
  const files = ['Celeb-real', 'YouTube-real', 'Celeb-synthesis'].flatMap((folder) =>
    videosBelow(root, folder),
  );
  const footageOf = (path: string): string =>
    basename(path)
      .replace(VIDEO, '')
      .replace(/^(id\d+)_id\d+_/, '$1_');
  const inTest = new Set(files.filter((path) => tested.has(path)).map(footageOf));
  return files.map((path) => {
    const fake = path.startsWith('Celeb-synthesis');
    const footage = footageOf(path);
    return row(path, {
      label: fake ? 'fake' : 'real',
      kind: fake ? 'fake-swap' : 'real',
      group: `celebdf-${footage}`,
      source: 'celebdf',
      ...(fake && { original: `Celeb-real/${footage}${/\.[^.]+$/.exec(path)![0]}` }),
      // A footage of which one clip is tested is test as a whole.
      ...(inTest.has(footage) && { split: 'test' }),
    });
  });
}

function row(
  path: string,
  about: Pick<ManifestRow, 'label' | 'kind' | 'group' | 'source'> & { split?: string; original?: string },
): ManifestRow {
  const split = hashShare(about.group) < VAL_SHARE ? 'val' : 'train';
  return { path, region: 'full', split, original: '', ...about };
}

function videosBelow(root: string, folder: string): string[] {
  return filesBelow(root, folder).filter((path) => VIDEO.test(path));
}

/** Paths of files relative to `root`, with slashes, sorted. */
function filesBelow(root: string, folder = '.'): string[] {
  const top = join(root, folder);
  if (!existsSync(top)) return [];
  return readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/** Names that were joined, directly or over others, are in one group. */
class Groups {
  readonly #parent = new Map<string, string>();

  of(name: string): string {
    const parent = this.#parent.get(name) ?? name;
    return parent === name ? name : this.of(parent);
  }

  join(names: readonly string[]): void {
    const first = names[0] ?? '';
    for (const other of names.slice(1)) {
      const [a, b] = [this.of(first), this.of(other)].sort() as [string, string];
      if (a !== b) this.#parent.set(b, a);
    }
  }
}
