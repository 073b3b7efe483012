/**
 * Face crops on disk, the meeting point of `prepare.ts` (writes) and training (reads). One folder:
 *
 *     store.json     size and margin of the crops, and how they were made
 *     crops.bin      RGB, 8 bit, [N, size, size, 3], nothing between the crops
 *     tracks.jsonl   one line per run of consecutive frames of one face (`TrackEntry`)
 *     sources.jsonl  one line per finished source, so that a stopped preparation goes on where it was
 *     landmarks.bin  optional, from `landmarks.ts`: per crop 478 x, y in pixels of the crop, 32 bit floats; NaN for none
 *
 * Crops are cut with 1.25 times the model's size and margin: their central square is byte for byte what inference sees,
 * and the border leaves room for shift, rotation and scale.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { CropMap } from '../scripts/pipeline.ts';
import { claim } from './claim.ts';
import type { Reencoding } from './reencode.ts';

/** Room around the model's crop, in size and in margin alike. */
export const STORE_BORDER = 1.25;

/** Points of MediaPipe's face mesh, irises included, as x, y. */
export const LANDMARK_VALUES = 2 * 478;
export const LANDMARK_BYTES = 4 * LANDMARK_VALUES;

/** `test`: clips that set nothing, neither weights nor marks; what is flagged of them is counted. */
export const SPLITS = ['train', 'val', 'test'] as const;
export type Split = (typeof SPLITS)[number];
export const isSplit = (name: string): name is Split => (SPLITS as readonly string[]).includes(name);

/** With how the clips were re-encoded first, as given on the command line. */
export interface StoreSettings extends Reencoding {
  version: 1;
  /** Side of the stored crops in pixels; the model's input size times STORE_BORDER. */
  size: number;
  /** Side of the stored crop in units of the face size; the model's margin times STORE_BORDER. */
  margin: number;
  /** Frames per second within a segment, for clips. */
  framesPerSecond: number;
}

export interface TrackEntry {
  /** Path in the manifest, or `ARCHIVE/NAME` for a still. */
  path: string;
  region: 'full' | 'left-half' | 'right-half';
  label: 'real' | 'fake';
  /** As in the manifest (`real`, `fake-swap` ...); `still` for stills. */
  kind: string;
  /** Same footage or identity pair: never on both sides of a split. */
  group: string;
  split: Split;
  /** As in the manifest: the file that a fake was made of. */
  original?: string;
  /** Family of data, e.g. `deepfacelive`, `lfw`. */
  source: string;
  /** Number of the sampled segment within the clip; 0 for stills. */
  segment: number;
  /** Seconds, one per frame. */
  times: number[];
  /** Index of the first crop in crops.bin, and number of crops. */
  offset: number;
  count: number;
  /** Medians over the frames, as the pipeline gives them: source pixels, variance of the Laplacian. */
  faceSize: number;
  sharpness: number;
  /** Bits of video per pixel per frame, of the file; 0 or absent when unknown. */
  bitsPerPixel?: number;
  /**
   * Per frame twelve numbers: x, y of right eye, left eye, nose, mouth, right ear, left ear (the person's own left and
   * right), in pixels of the stored crop. Empty when unknown.
   */
  keypoints: number[][];
  /** Per frame where the stored crop lies in the picture; only of clips. */
  maps?: CropMap[];
}

interface SourceEntry {
  path: string;
  region: string;
  tracks: number;
}

/** Complete lines of a JSON lines file; a last line that was cut off while writing is dropped. */
function readLines<T>(file: string): T[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  const end = text.lastIndexOf('\n') + 1;
  return text
    .slice(0, end)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

const sourceKey = (path: string, region: string): string => `${region} ${path}`;

/** Appends to a store, or begins one. Tracks of a source that was not finished are forgotten when it is opened again. */
export class CropStoreWriter {
  private readonly crops: number;
  private readonly tracksFile: string;
  private readonly sourcesFile: string;
  private readonly finished = new Set<string>();
  private pending: TrackEntry[] = [];
  private next = 0;
  private readonly release: () => void;

  /** @throws when the store was begun with other settings, or another process is writing into it */
  constructor(
    readonly directory: string,
    readonly settings: StoreSettings,
  ) {
    this.release = claim(directory);
    const settingsFile = join(directory, 'store.json');
    const text = JSON.stringify(settings, null, 2);
    if (!existsSync(settingsFile)) writeFileSync(settingsFile, text);
    else if (readFileSync(settingsFile, 'utf8') !== text) {
      throw new Error(
        `${settingsFile} was written with other settings: choose another folder or delete this one`,
      );
    }
    this.tracksFile = join(directory, 'tracks.jsonl');
    this.sourcesFile = join(directory, 'sources.jsonl');
    const sources = readLines<SourceEntry>(this.sourcesFile);
    for (const { path, region } of sources) this.finished.add(sourceKey(path, region));
    const tracks = readLines<TrackEntry>(this.tracksFile).filter((track) =>
      this.isFinished(track.path, track.region),
    );
    writeFileSync(this.tracksFile, tracks.map((track) => `${JSON.stringify(track)}\n`).join(''));
    writeFileSync(this.sourcesFile, sources.map((source) => `${JSON.stringify(source)}\n`).join(''));
    this.next = tracks.reduce((end, track) => Math.max(end, track.offset + track.count), 0);
    const cropsFile = join(directory, 'crops.bin');
    this.crops = openSync(cropsFile, existsSync(cropsFile) ? 'r+' : 'w+');
    ftruncateSync(this.crops, this.next * this.cropBytes);
  }

  private get cropBytes(): number {
    return this.settings.size * this.settings.size * 3;
  }

  /** Whether this source was finished by an earlier run. */
  isFinished(path: string, region: string): boolean {
    return this.finished.has(sourceKey(path, region));
  }

  /**
   * Adds one track of the source being prepared.
   * @param crops RGB, `3 * size * size` bytes each, one per time
   */
  addTrack(entry: Omit<TrackEntry, 'offset' | 'count'>, crops: readonly Uint8Array[]): void {
    if (crops.length === 0 || crops.length !== entry.times.length) {
      throw new Error(`${entry.path}: ${crops.length} crops for ${entry.times.length} times`);
    }
    for (const [index, crop] of crops.entries()) {
      if (crop.length !== this.cropBytes)
        throw new Error(`${entry.path}: crop of ${crop.length} bytes, not ${this.cropBytes}`);
      writeSync(this.crops, crop, 0, crop.length, (this.next + index) * this.cropBytes);
    }
    this.pending.push({ ...entry, offset: this.next, count: crops.length });
    this.next += crops.length;
  }

  /** Call once after a source's last track (also when it has none): only now its tracks count. */
  finishSource(path: string, region: string): void {
    const lines = this.pending.map((track) => `${JSON.stringify(track)}\n`).join('');
    writeFileSync(this.tracksFile, lines, { flag: 'a' });
    const source: SourceEntry = { path, region, tracks: this.pending.length };
    writeFileSync(this.sourcesFile, `${JSON.stringify(source)}\n`, { flag: 'a' });
    this.finished.add(sourceKey(path, region));
    this.pending = [];
  }

  close(): void {
    closeSync(this.crops);
    this.release();
  }
}

/** Read access to a store; crops are read from disk on demand. */
export class CropStore {
  readonly settings: StoreSettings;
  readonly tracks: readonly TrackEntry[];
  private readonly crops: number;
  private readonly landmarkFile: number | undefined;

  /** @throws when the folder holds no store, or one in which crops were written over each other */
  constructor(readonly directory: string) {
    this.settings = JSON.parse(readFileSync(join(directory, 'store.json'), 'utf8')) as StoreSettings;
    this.crops = openSync(join(directory, 'crops.bin'), 'r');
    const open = (name: string): number | undefined =>
      existsSync(join(directory, name)) ? openSync(join(directory, name), 'r') : undefined;
    this.landmarkFile = open('landmarks.bin');
    const held = Math.floor(fstatSync(this.crops).size / this.cropBytes);
    const finished = new Set(
      readLines<SourceEntry>(join(directory, 'sources.jsonl')).map((source) =>
        sourceKey(source.path, source.region),
      ),
    );
    this.tracks = readLines<TrackEntry>(join(directory, 'tracks.jsonl')).filter(
      (track) => finished.has(sourceKey(track.path, track.region)) && track.offset + track.count <= held,
    );
    this.refuseOverlaps();
  }

  /** Two preparations at once put crops of different faces in one place: reals would be trained on as fakes. */
  private refuseOverlaps(): void {
    const inOrder = this.tracks.toSorted((a, b) => a.offset - b.offset);
    for (const [index, { path, offset }] of inOrder.entries()) {
      const before = inOrder[index - 1];
      if (before !== undefined && offset < before.offset + before.count)
        throw new Error(
          `${this.directory}: crops of ${before.path} and ${path} lie in one place, as two preparations at once leave them: delete it and prepare it again`,
        );
    }
  }

  get hasLandmarks(): boolean {
    return this.landmarkFile !== undefined;
  }

  /** Bytes of one stored crop. */
  get cropBytes(): number {
    return this.settings.size * this.settings.size * 3;
  }

  /** Pixels of a crop per side of a face. */
  get scale(): number {
    return this.settings.size / this.settings.margin;
  }

  /** RGB of frame `index` of a track, `3 * size * size` bytes. */
  read(track: TrackEntry, index: number): Uint8Array {
    if (index < 0 || index >= track.count)
      throw new RangeError(`frame ${index} of a track of ${track.count}`);
    const crop = new Uint8Array(this.cropBytes);
    const got = readSync(this.crops, crop, 0, crop.length, (track.offset + index) * crop.length);
    if (got !== crop.length)
      throw new Error(`${this.directory}: crops.bin ends within crop ${track.offset + index}`);
    return crop;
  }

  /** x, y of the face mesh in frame `index` of a track, in pixels; nothing where none was found or looked for. */
  landmarks(track: TrackEntry, index: number): Float32Array | undefined {
    if (this.landmarkFile === undefined) return undefined;
    const points = new Float32Array(LANDMARK_VALUES);
    const at = (track.offset + index) * LANDMARK_BYTES;
    const got = readSync(this.landmarkFile, new Uint8Array(points.buffer), 0, LANDMARK_BYTES, at);
    return got === LANDMARK_BYTES && !Number.isNaN(points[0]) ? points : undefined;
  }

  close(): void {
    for (const file of [this.crops, this.landmarkFile]) if (file !== undefined) closeSync(file);
  }
}
