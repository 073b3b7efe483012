/** Makes odd files out of sound ones, byte by byte. Every function leaves its input as it is. */

import { zipSync } from 'fflate';

export type Bytes = Uint8Array<ArrayBuffer>;

const latin1 = (text: string): Bytes => Uint8Array.from(text, (character) => character.charCodeAt(0));

export function join(...parts: Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The first `share` of a file, 0..1. */
export const cut = (bytes: Bytes, share: number): Bytes => bytes.slice(0, Math.round(bytes.length * share));

export const text = (content: string): Bytes => new TextEncoder().encode(content);

/** Bytes without any meaning, the same on every run. */
export const noise = (length: number): Bytes =>
  Uint8Array.from({ length }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24);

/** A box of ISO media: size, type, content. */
export function box(type: string, content: Uint8Array = new Uint8Array(0)): Bytes {
  const head = new Uint8Array(8);
  new DataView(head.buffer).setUint32(0, 8 + content.length);
  head.set(latin1(type), 4);
  return join(head, content);
}

/** Where a box's type stands for the first time, from `from` on; -1 when there is none. */
function indexOf(bytes: Uint8Array, type: string, from = 0): number {
  const wanted = latin1(type);
  for (let at = from; at + 4 <= bytes.length; at++)
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
  return -1;
}

/** Where a box's type stands for the first time. @throws Error when there is none */
export function find(bytes: Uint8Array, type: string): number {
  const at = indexOf(bytes, type);
  if (at < 0) throw new Error(`no ${type} in the file`);
  return at;
}

/** Writes a big-endian number of 32 bits at `offset` bytes behind the type of the first box of that type. */
export function patch(bytes: Bytes, type: string, offset: number, value: number): Bytes {
  const patched = bytes.slice();
  new DataView(patched.buffer).setUint32(find(bytes, type) + offset, value);
  return patched;
}

/** Writes bytes at `offset` behind the start of the first such pattern. @throws Error when there is none */
export function overwritten(
  bytes: Bytes,
  pattern: readonly number[],
  offset: number,
  put: readonly number[],
): Bytes {
  const start = bytes.findIndex((_, at) => pattern.every((byte, i) => bytes[at + i] === byte));
  if (start < 0) throw new Error('no such pattern in the file');
  const written = bytes.slice();
  written.set(put, start + offset);
  return written;
}

/** Gives a box another size than it has. */
export const resized = (bytes: Bytes, type: string, size: number): Bytes => patch(bytes, type, -4, size);

/** The same box with its size in 64 bits; `claimed` is what it says. An empty box before it makes room, as writers leave it. */
export function size64(bytes: Bytes, type: string, claimed?: bigint): Bytes {
  const end = find(bytes, type) - 4;
  const start = end - 8;
  const view = new DataView(bytes.buffer);
  if (view.getUint32(start) !== 8) throw new Error(`no room before ${type}`);
  const size = view.getUint32(end);
  const head = new Uint8Array(16);
  const out = new DataView(head.buffer);
  out.setUint32(0, 1);
  head.set(bytes.subarray(end + 4, end + 8), 4);
  out.setBigUint64(8, claimed ?? BigInt(size) + 8n);
  return join(bytes.subarray(0, start), head, bytes.subarray(end + 8));
}

/** Boxes within boxes. */
export function nested(type: string, depth: number): Bytes {
  const bytes = new Uint8Array(8 * depth);
  const view = new DataView(bytes.buffer);
  for (let level = 0; level < depth; level++) {
    view.setUint32(8 * level, bytes.length - 8 * level);
    bytes.set(latin1(type), 8 * level + 4);
  }
  return bytes;
}

/** Without the part from one box to the one behind it. */
export function without(bytes: Bytes, type: string): Bytes {
  const start = find(bytes, type) - 4;
  const size = new DataView(bytes.buffer).getUint32(start);
  return join(bytes.subarray(0, start), bytes.subarray(start + size));
}

/** Zeros from one share of a file to another. */
export function blanked(bytes: Bytes, from: number, to: number): Bytes {
  return bytes.slice().fill(0, Math.round(bytes.length * from), Math.round(bytes.length * to));
}

/** Every so many bytes one bit is another. */
export function flipped(bytes: Bytes, from: number, every: number): Bytes {
  const damaged = bytes.slice();
  for (let at = Math.round(bytes.length * from); at < bytes.length; at += every)
    damaged[at]! ^= 1 << (at % 8);
  return damaged;
}

/** A ZIP archive of one entry that claims to unpack to 4 GB. */
export function zipBomb(): Bytes {
  const header = new Uint8Array(30);
  const view = new DataView(header.buffer);
  view.setUint32(0, 0x504b0304);
  view.setUint16(8, 8, true); // deflate
  view.setUint32(18, 1000, true);
  view.setUint32(22, 0xffffffff, true);
  view.setUint16(26, 9, true);
  return join(header, latin1('video.mp4'), new Uint8Array(1000));
}

/** A ZIP archive that is small, and a thousand times as large when it is unpacked: zeros. */
export const packedZeros = (length: number): Bytes =>
  zipSync({ 'video.mp4': new Uint8Array(length) }) as Bytes;

/** Raw H.264 (Annex B) without its first key picture; what tells how to decode it stays. */
export function withoutFirstKeyPicture(bytes: Bytes): Bytes {
  const starts: number[] = [];
  for (let at = 0; at + 3 < bytes.length; at++)
    if (bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 1) starts.push(at);
  const first = starts.findIndex((at) => (bytes[at + 3]! & 31) === 5);
  if (first < 0) throw new Error('no key picture in the file');
  return join(bytes.subarray(0, starts[first]), bytes.subarray(starts[first + 1]));
}

/** An AVI whose reserved room for an index holds one, of one entry, which names itself. */
export function selfIndexed(bytes: Bytes): Bytes {
  const room = find(bytes, 'JUNK');
  const indexed = bytes.slice();
  indexed.set(latin1('indx'), room);
  const view = new DataView(indexed.buffer);
  view.setUint32(room + 12, 1, true); // entries in use
  view.setBigUint64(room + 32, BigInt(room), true);
  view.setUint32(room + 40, 0x1018, true);
  view.setUint32(room + 44, 15, true);
  return indexed;
}

/** 33 bits of a clock in the five bytes of a packet's head, with marks between them. */
const TURN = 2 ** 33;
function moveTime(bytes: Uint8Array, at: number, ticks: number): void {
  const part = (i: number): number => bytes[at + i]!;
  const time =
    ((part(0) >> 1) & 7) * 2 ** 30 +
    (part(1) << 22) +
    ((part(2) >> 1) << 15) +
    (part(3) << 7) +
    (part(4) >> 1);
  const moved = (time + ticks) % TURN;
  const bits = (shift: number, mask: number): number => Math.floor(moved / 2 ** shift) & mask;
  bytes.set(
    [
      (part(0) & 0xf1) | (bits(30, 7) << 1),
      bits(22, 255),
      (bits(15, 127) << 1) | 1,
      bits(7, 255),
      (bits(0, 127) << 1) | 1,
    ],
    at,
  );
}

/** A transport stream, of video only, whose pictures have later times on a clock that turns over after 2^33 ticks. */
export function laterClock(bytes: Bytes, seconds: number): Bytes {
  const later = bytes.slice();
  const ticks = Math.round(seconds * 90_000);
  for (let packet = 0; packet + 188 <= later.length; packet += 188) {
    const control = later[packet + 3]!;
    const at = packet + 4 + ((control & 0x20) === 0 ? 0 : 1 + later[packet + 4]!);
    if ((later[packet + 1]! & 0x40) === 0 || (later[at + 3]! & 0xf0) !== 0xe0) continue;
    const told = later[at + 7]! >> 6;
    if (told >= 2) moveTime(later, at + 9, ticks);
    if (told === 3) moveTime(later, at + 14, ticks);
  }
  return later;
}

/** Packets of a transport stream that carry nothing. */
export function nullPackets(count: number): Bytes {
  const packets = new Uint8Array(188 * count).fill(0xff);
  for (let i = 0; i < count; i++) packets.set([0x47, 0x1f, 0xff, 0x10], 188 * i);
  return packets;
}

const CONTAINERS = ['moov', 'trak', 'mdia', 'minf', 'stbl'];

/** The boxes that lie side by side in some bytes. */
function* boxes(bytes: Uint8Array): Generator<{ type: string; whole: Uint8Array; content: Uint8Array }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = 0, size = 0; at + 8 <= bytes.length; at += size) {
    size = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    yield { type, whole: bytes.subarray(at, at + size), content: bytes.subarray(at + 8, at + size) };
  }
}

/** The same boxes with all pictures said to lie further back: their places need 64 bits then (`co64`). */
const moved = (bytes: Uint8Array, by: bigint): Bytes =>
  join(
    ...[...boxes(bytes)].map(({ type, whole, content }) => {
      if (CONTAINERS.includes(type)) return box(type, moved(content, by));
      if (type !== 'stco') return whole;
      const places = new DataView(content.buffer, content.byteOffset, content.byteLength);
      const count = places.getUint32(4);
      const far = new Uint8Array(8 + 8 * count);
      const view = new DataView(far.buffer);
      view.setUint32(4, count);
      for (let i = 0; i < count; i++) view.setBigUint64(8 + 8 * i, BigInt(places.getUint32(8 + 4 * i)) + by);
      return box('co64', far);
    }),
  );

/**
 * An MP4 whose pictures and index lie behind a gap that players skip.
 * @returns what is to be written before the gap's zeros, and what behind them
 */
export function behindGap(bytes: Bytes, gap: number): { before: Bytes; behind: Bytes } {
  const parts = new Map([...boxes(bytes)].map(({ type, whole }) => [type, whole]));
  const [ftyp, mdat, moov] = ['ftyp', 'mdat', 'moov'].map((type) => parts.get(type)!) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const head = new Uint8Array(16);
  const view = new DataView(head.buffer);
  view.setUint32(0, 1); // the size follows in 64 bits
  head.set(latin1('free'), 4);
  view.setBigUint64(8, BigInt(gap));
  const by = ftyp.length + gap - (mdat.byteOffset - bytes.byteOffset);
  return { before: join(ftyp, head), behind: join(mdat, moved(moov, BigInt(by))) };
}

/**
 * An MP4 of one track and one frame rate, its index at the end, whose frames follow one another twice as fast in its
 * second half.
 */
export function twoRates(bytes: Bytes): Bytes {
  const at = find(bytes, 'stts');
  const view = new DataView(bytes.buffer);
  const [frames, ticks] = [view.getUint32(at + 12), view.getUint32(at + 16)];
  const entries = new Uint8Array(16);
  const out = new DataView(entries.buffer);
  [frames / 2, ticks, frames / 2, ticks / 2].forEach((value, i) => out.setUint32(4 * i, value));
  const grown = ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stts'].reduce(
    (file, type) => resized(file, type, view.getUint32(find(bytes, type) - 4) + 8),
    patch(bytes, 'stts', 8, 2),
  );
  return join(grown.subarray(0, at + 12), entries, grown.subarray(at + 20));
}

/** Without the boxes that tell bits per second, which few writers but ffmpeg leave. */
export function withoutBitrates(bytes: Bytes): Bytes {
  const bare = bytes.slice();
  for (let at = indexOf(bytes, 'btrt'); at >= 0; at = indexOf(bytes, 'btrt', at + 4))
    bare.set(latin1('free'), at);
  return bare;
}

/** The first of two tracks switched off, the second on. */
export function secondTrackOn(bytes: Bytes): Bytes {
  const switched = patch(bytes, 'tkhd', 4, 0);
  const second = indexOf(bytes, 'tkhd', find(bytes, 'tkhd') + 4);
  new DataView(switched.buffer).setUint32(second + 4, 3);
  return switched;
}

/** A fragmented MP4 whose fragments begin `seconds` later. */
export function laterFragments(bytes: Bytes, seconds: number): Bytes {
  const later = bytes.slice();
  const view = new DataView(later.buffer);
  const ticks = seconds * view.getUint32(find(bytes, 'mdhd') + 16);
  for (let at = find(bytes, 'tfdt'); at >= 0; at = indexOf(bytes, 'tfdt', at + 4)) {
    // A time of 64 bits in version 1: its lower half.
    const time = at + (view.getUint8(at + 4) === 1 ? 12 : 8);
    view.setUint32(time, view.getUint32(time) + ticks);
  }
  return later;
}
