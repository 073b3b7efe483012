/**
 * Verdict links: a record, packed and compressed, in the fragment of the app's own address. Browsers send no fragment to
 * any server, so a link tells its receiver only.
 */
import { parseRecord, RecordError, refuseNewer, type VerdictRecord } from '../verdict/index.ts';

const KEY = '#verdict=';
const VERSION = '1';
/** Longer than any link that the app makes of a video with the most tracks it keeps; bounds work on hostile ones. */
const MAX_PAYLOAD = 200_000;
/** Bytes that a payload may unpack to. */
const MAX_UNPACKED = 2_000_000;

/** Frames per track that a link holds; of more, evenly spread ones. Four times what the usual sampling gives. */
const MAX_FRAMES = 256;

/** Frames as columns: neighbours are alike, which compresses better than objects. Boxes and times are differences. */
interface PackedFrames {
  /** Milliseconds. */
  t: number[];
  /** Four columns: x, y, width, height, in whole source pixels. */
  b: number[][];
  /** Scores in thousandths. */
  s: number[];
}

type PackedRecord = Omit<VerdictRecord, 'tracks'> & {
  tracks: (Omit<VerdictRecord['tracks'][number], 'frames'> & { frames: PackedFrames })[];
};

/** @param base the app's address, without a fragment */
export async function verdictLink(record: VerdictRecord, base: string): Promise<string> {
  const packed = new TextEncoder().encode(JSON.stringify(pack(record)));
  const bytes = await collect(
    new Blob([packed]).stream().pipeThrough(new CompressionStream('deflate-raw')),
    Infinity,
  );
  return `${base.replace(/#.*$/, '')}${KEY}${VERSION}.${toBase64Url(bytes)}`;
}

/**
 * The record in an address's fragment; null when there is no verdict in it.
 * @throws RecordError for a link that is damaged, cut off, too long, or made by a newer app
 */
export async function readVerdictLink(fragment: string): Promise<VerdictRecord | null> {
  if (!fragment.startsWith(KEY)) return null;
  const [version, payload] = fragment.slice(KEY.length).split('.', 2) as [string, string | undefined];
  if (/^\d+$/.test(version) && Number(version) > Number(VERSION)) {
    throw new RecordError('newer', 'The link was made by a newer Clearframe than this one.');
  }
  if (version !== VERSION || payload === undefined) throw damaged();
  if (payload.length > MAX_PAYLOAD)
    throw new RecordError('link_too_long', 'The link is too long to hold a verdict.');
  let value: unknown;
  try {
    const stream = new Blob([fromBase64Url(payload)]).stream();
    const bytes = await collect(stream.pipeThrough(new DecompressionStream('deflate-raw')), MAX_UNPACKED);
    const packed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    refuseNewer(packed);
    value = unpack(packed as PackedRecord);
  } catch (error) {
    throw error instanceof RecordError ? error : damaged();
  }
  return parseRecord(value);
}

const damaged = (): RecordError =>
  new RecordError('link_damaged', 'The link is damaged or cut off. Ask for it again.');

/**
 * What a link keeps of a record: all of it, numbers rounded to what can be seen.
 * @param mostFrames per track; a saved file has room for all of them
 */
export function roundedRecord(record: VerdictRecord, mostFrames = MAX_FRAMES): VerdictRecord {
  return unpack(pack(record, mostFrames));
}

function pack(record: VerdictRecord, mostFrames = MAX_FRAMES): PackedRecord {
  return {
    ...record,
    tracks: record.tracks.map((track) => ({
      ...track,
      start: rounded(track.start, 3),
      end: rounded(track.end, 3),
      faceSize: rounded(track.faceSize, 1),
      sharpness: rounded(track.sharpness, 1),
      logit: rounded(track.logit, 3),
      score: rounded(track.score, 3),
      frames: packFrames(track.frames, mostFrames),
    })),
    verdict: {
      ...record.verdict,
      score: record.verdict.score === null ? null : rounded(record.verdict.score, 3),
    },
  };
}

function packFrames(all: VerdictRecord['tracks'][number]['frames'], most: number): PackedFrames {
  const every = Math.max(1, Math.ceil(all.length / most));
  const milliseconds = ({ time }: { time: number }): number => Math.round(1000 * time);
  const frames = all
    .filter((_, index) => index % every === 0)
    .filter((frame, index, kept) => index === 0 || milliseconds(frame) !== milliseconds(kept[index - 1]!));
  return {
    t: differences(frames.map(milliseconds)),
    b: [0, 1, 2, 3].map((side) => differences(frames.map(({ box }) => Math.round(box[side]!)))),
    s: frames.map(({ score }) => Math.round(1000 * score)),
  };
}

function unpack({ tracks, ...record }: PackedRecord): VerdictRecord {
  return {
    ...record,
    tracks: tracks.map(({ frames: { t, b, s }, ...track }) => {
      const times = sums(t);
      const [x, y, width, height] = b.map(sums) as [number[], number[], number[], number[]];
      return {
        ...track,
        frames: s.map((score, i) => ({
          time: times[i]! / 1000,
          box: [x[i]!, y[i]!, width[i]!, height[i]!],
          score: score / 1000,
        })),
      };
    }),
  };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function differences(values: readonly number[]): number[] {
  return values.map((value, i) => value - (i === 0 ? 0 : values[i - 1]!));
}

function sums(values: readonly number[]): number[] {
  let sum = 0;
  return values.map((value) => (sum += value));
}

/** @throws Error when there is more than `limit` bytes */
async function collect(stream: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (const reader = stream.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    length += value.length;
    if (length > limit) {
      await reader.cancel();
      throw new Error('too much');
    }
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** RFC 4648, section 5, without padding. */
function toBase64Url(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** @throws DOMException when it is none */
function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
