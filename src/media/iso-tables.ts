/**
 * Whether the tables of an ISO media file (ISO/IEC 14496-12) can be true. Demuxers make a list of all samples that a few
 * bytes claim, and two billion of them end in a full memory; so the claims are held against the file first.
 */
import { MediaError } from './types.ts';

/** Containers of this kind, by their names in `sniff.ts`. */
export const ISO_MEDIA: ReadonlySet<string> = new Set(['mp4', 'mov', '3gp']);

/** Boxes that are walked at the top of a file: each costs a read, and an index lies at the front or at the end. */
const MAX_TOP_BOXES = 1000;
/** Boxes in an index. */
const MAX_BOXES = 50_000;
/** Of an index that is looked at: enough for days of video. */
export const MAX_INDEX_BYTES = 2 ** 27;
const CONTAINERS = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl', 'edts']);
/** Bytes per entry of the tables whose length is a number before their entries. */
const ENTRY_BYTES: Readonly<Record<string, number>> = {
  stts: 8,
  ctts: 8,
  stsc: 12,
  stco: 4,
  co64: 8,
  stss: 4,
  elst: 12,
};
/** Real files have a few more times than samples at most. */
const SPARE_TIMES = 1000;

interface Box {
  type: string;
  /** Of the content, behind the head. */
  start: number;
  end: number;
}

/** What the tables of a track say of all its samples together. */
export interface TrackSums {
  /** The track's number in the file. */
  id: number;
  samples: number;
  bytes: number;
  /** From the start of the first to the end of the last. */
  seconds: number;
}

/**
 * @returns the sums of the tracks that have samples in tables; those that lie in fragments have none
 * @throws MediaError `file_damaged` when a table claims more than the file can hold
 */
export async function checkSampleTables(file: Blob): Promise<TrackSums[]> {
  const index = await findIndex(file);
  if (index === undefined) return [];
  if (index.size > MAX_INDEX_BYTES) throw new MediaError('file_damaged', 'an index of absurd size');
  return readTrackTables(new DataView(await index.arrayBuffer()), file.size).flatMap(sumsOf);
}

/** The content of the first `moov` box; undefined when there is none, or none of a size that can be. */
export async function findIndex(file: Blob): Promise<Blob | undefined> {
  let at = 0;
  for (let count = 0; count < MAX_TOP_BOXES && at + 8 <= file.size; count++) {
    const head = new DataView(await file.slice(at, at + 16).arrayBuffer());
    const box = readBox(head, 0, file.size - at);
    if (box === undefined) return undefined;
    if (box.type === 'moov') return file.slice(at + box.start, at + box.end);
    at += box.end;
  }
  return undefined;
}

/** Whether an index tells the shape of pixels: 1:1 is told, or nothing is. Of a file whose tables are sound. */
export async function tellsPixelAspect(file: Blob): Promise<boolean> {
  const index = await findIndex(file);
  return index !== undefined && new TextDecoder('latin1').decode(await index.arrayBuffer()).includes('pasp');
}

/**
 * Whether the pictures of a file end before their box does: a download that has stopped, a card that was pulled out. An index in
 * front of them knows nothing of it.
 */
export async function isCutOff(file: Blob): Promise<boolean> {
  let at = 0;
  for (let count = 0; count < MAX_TOP_BOXES && at + 8 <= file.size; count++) {
    const head = new DataView(await file.slice(at, at + 16).arrayBuffer());
    const box = readBox(head, 0, Infinity);
    if (box === undefined) return false;
    at += box.end;
    // A box without a length goes on to the end.
    if (box.type === 'mdat') return at > file.size && at < Infinity;
  }
  return false;
}

/** A box at `at` of the view; `length` is what there is of the file or of the box around it. Undefined when it cannot be one. */
export function readBox(view: DataView, at: number, length: number): Box | undefined {
  if (at + 8 > view.byteLength) return undefined;
  let size = view.getUint32(at);
  let start = at + 8;
  if (size === 1) {
    if (at + 16 > view.byteLength) return undefined;
    size = Number(view.getBigUint64(at + 8));
    start += 8;
  } else if (size === 0) size = length - at;
  if (at + size < start) return undefined;
  const type = String.fromCharCode(...[4, 5, 6, 7].map((i) => view.getUint8(at + i)));
  return { type, start, end: Math.min(at + size, length) };
}

/** What has been read of a track. */
interface TrackTables {
  id: number;
  /** Ticks per second. */
  timescale: number;
  samples?: number;
  bytes: number;
  ticks: number;
  /** Samples that have a time, by the table that has most. */
  times: number;
}

const noTables = (): TrackTables => ({ id: 0, timescale: 0, bytes: 0, ticks: 0, times: 0 });

function sumsOf({ id, timescale, samples = 0, bytes, ticks }: TrackTables): TrackSums[] {
  const seconds = ticks / timescale;
  return samples > 0 && seconds > 0 && seconds < Infinity ? [{ id, samples, bytes, seconds }] : [];
}

function readTrackTables(index: DataView, fileSize: number): TrackTables[] {
  const tracks: TrackTables[] = [];
  let count = 0;
  const walk = (from: number, to: number, sums: TrackTables): void => {
    for (let at = from; at < to;) {
      const box = readBox(index, at, to);
      if (box === undefined) return;
      if (++count > MAX_BOXES) throw new MediaError('file_damaged', 'an index of too many boxes');
      if (box.type === 'trak') {
        const own = noTables();
        tracks.push(own);
        walk(box.start, box.end, own);
        if (own.samples !== undefined && own.times > 2 * own.samples + SPARE_TIMES)
          throw new MediaError(
            'file_damaged',
            `times for ${own.times} samples, of which there are ${own.samples}`,
          );
      } else if (CONTAINERS.has(box.type)) walk(box.start, box.end, sums);
      else checkTable(index, box, fileSize, sums);
      at = box.end;
    }
  };
  walk(0, index.byteLength, noTables());
  return tracks;
}

function checkTable(index: DataView, { type, start, end }: Box, fileSize: number, sums: TrackTables): void {
  if ((type === 'tkhd' || type === 'mdhd') && start + 24 <= end) {
    // Behind two times, which have 64 bits in version 1.
    const number = index.getUint32(start + (index.getUint8(start) === 1 ? 20 : 12));
    if (type === 'tkhd') sums.id = number;
    else sums.timescale = number;
  }
  if (type === 'stsz' && start + 12 <= end) {
    const [each, samples] = [index.getUint32(start + 4), index.getUint32(start + 8)];
    if (each === 0 ? samples > (end - start - 12) / 4 : samples > fileSize / each)
      throw new MediaError('file_damaged', `${samples} samples do not fit into the file`);
    sums.samples = samples;
    sums.bytes = each * samples;
    if (each === 0)
      for (let sample = 0; sample < samples; sample++) sums.bytes += index.getUint32(start + 12 + 4 * sample);
  }
  const entryBytes = ENTRY_BYTES[type];
  if (entryBytes === undefined || start + 8 > end) return;
  const entries = index.getUint32(start + 4);
  if (entries > (end - start - 8) / entryBytes)
    throw new MediaError('file_damaged', `${type} claims ${entries} entries and has room for fewer`);
  if (type !== 'stts' && type !== 'ctts') return;
  let times = 0;
  let ticks = 0;
  for (let entry = 0; entry < entries; entry++) {
    const samples = index.getUint32(start + 8 + 8 * entry);
    times += samples;
    ticks += samples * index.getUint32(start + 12 + 8 * entry);
  }
  sums.times = Math.max(sums.times, times);
  if (type === 'stts') sums.ticks = ticks;
}
