/** Whether the pictures of an ISO media file are encrypted (Common Encryption, ISO/IEC 23001-7; Apple's FairPlay). */
import { findIndex, MAX_INDEX_BYTES, readBox } from './iso-tables.ts';
import { MediaError } from './types.ts';

/** Boxes on the way to a track's handler and to the names of its codecs. */
const CONTAINERS = new Set(['trak', 'mdia', 'minf', 'stbl']);
/** Boxes that are looked at; what a file has of them beyond that is no index of a video. */
const MAX_BOXES = 10_000;
/** Where the names of codecs lie, counted from the index. */
const MAX_DEPTH = 6;
/** Codec names that stand for encrypted pictures; the true one lies inside. */
const ENCRYPTED = new Set(['encv', 'drmi']);

interface Track {
  handler: string;
  codecs: string[];
}

/** @throws MediaError `file_encrypted` when no video track has pictures that can be read without a key */
export async function checkEncryption(file: Blob): Promise<void> {
  const index = await findIndex(file);
  if (index === undefined || index.size > MAX_INDEX_BYTES) return;
  const codecs = videoTracks(new DataView(await index.arrayBuffer())).flatMap((track) => track.codecs);
  // A track may begin in the clear and name both kinds.
  if (codecs.length > 0 && codecs.every((codec) => ENCRYPTED.has(codec)))
    throw new MediaError('file_encrypted', `encrypted: ${[...new Set(codecs)].join(', ')}`);
}

function videoTracks(index: DataView): Track[] {
  const tracks: Track[] = [];
  let count = 0;
  const walk = (from: number, to: number, depth: number): void => {
    for (let at = from; at < to && count < MAX_BOXES; count++) {
      const box = readBox(index, at, to);
      if (box === undefined) return;
      const { type, start, end } = box;
      if (type === 'trak') tracks.push({ handler: '', codecs: [] });
      const track = tracks.at(-1);
      if (CONTAINERS.has(type) && depth < MAX_DEPTH) walk(start, end, depth + 1);
      // QuickTime has another one behind it, of the data.
      if (type === 'hdlr' && track?.handler === '' && start + 12 <= end)
        track.handler = fourLetters(index, start + 8);
      if (type === 'stsd' && track !== undefined) track.codecs.push(...sampleEntries(index, start, end));
      at = end;
    }
  };
  walk(0, index.byteLength, 0);
  return tracks.filter(({ handler }) => handler === 'vide');
}

/** Names of the codecs in an `stsd` box: version and number of entries, then a box each. */
function sampleEntries(index: DataView, start: number, end: number): string[] {
  const names: string[] = [];
  for (let at = start + 8; at < end && names.length < MAX_BOXES;) {
    const entry = readBox(index, at, end);
    if (entry === undefined) break;
    names.push(entry.type);
    at = entry.end;
  }
  return names;
}

function fourLetters(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}
