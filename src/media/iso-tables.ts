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
  /** Time (seconds) up to which the one edit that its edit list has, behind empty ones, lets it be seen. */
  shownUntil?: number;
}

/**
 * @returns the sums of the tracks that have samples in tables; those that lie in fragments have none
 * @throws MediaError `file_damaged` when a table claims more than the file can hold
 */
export async function checkSampleTables(file: Blob): Promise<TrackSums[]> {
  const index = await findIndex(file);
  if (index === undefined) return [];
  if (index.size > MAX_INDEX_BYTES) throw new MediaError('file_damaged', 'an index of absurd size');
  const { tracks, timescale } = readTrackTables(new DataView(await index.arrayBuffer()), file.size);
  return tracks.flatMap((track) => sumsOf(track, timescale));
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
  /** Ticks of the film up to the end of its one edit. */
  shown?: number | undefined;
}

const noTables = (): TrackTables => ({ id: 0, timescale: 0, bytes: 0, ticks: 0, times: 0 });

/** @param filmTimescale ticks per second of the edit lists */
function sumsOf(
  { id, timescale, samples = 0, bytes, ticks, shown }: TrackTables,
  filmTimescale: number,
): TrackSums[] {
  const seconds = ticks / timescale;
  if (!(samples > 0 && seconds > 0 && seconds < Infinity)) return [];
  const shownUntil = (shown ?? 0) / filmTimescale;
  return [{ id, samples, bytes, seconds, ...(shownUntil > 0 && shownUntil < Infinity && { shownUntil }) }];
}

/** The tracks, and the ticks per second of the film. */
function readTrackTables(index: DataView, fileSize: number): { tracks: TrackTables[]; timescale: number } {
  const tracks: TrackTables[] = [];
  const film = noTables();
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
  walk(0, index.byteLength, film);
  return { tracks, timescale: film.timescale };
}

function checkTable(index: DataView, { type, start, end }: Box, fileSize: number, sums: TrackTables): void {
  if ((type === 'tkhd' || type === 'mdhd' || type === 'mvhd') && start + 24 <= end) {
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
  if (type === 'elst') sums.shown = editEnd(index, start, end, entries);
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

/** Ticks up to the end of the one edit that an edit list has behind empty ones; undefined where there are more, or none. */
function editEnd(index: DataView, start: number, end: number, entries: number): number | undefined {
  const long = index.getUint8(start) === 1;
  const entryBytes = long ? 20 : 12;
  let ticks = 0;
  for (let entry = 0; entry < entries; entry++) {
    const at = start + 8 + entryBytes * entry;
    if (at + entryBytes > end) return undefined;
    ticks += long ? Number(index.getBigUint64(at)) : index.getUint32(at);
    const empty = (long ? index.getInt32(at + 8) : index.getInt32(at + 4)) === -1;
    if (!empty) return entry === entries - 1 ? ticks : undefined;
  }
  return undefined;
}
