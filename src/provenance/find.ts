/**
 * A cheap look for C2PA data, so that a file without it costs no download. It walks the container's top level only.
 * Where the data lies: C2PA specification 2.2, appendix A.3.4 (ISO BMFF) and A.3.7 (RIFF).
 */

/** What the look finds. `bytes`: size of the largest manifest box, headers included. */
export type Found =
  | { kind: 'none' }
  | { kind: 'embedded'; format: 'video/mp4' | 'video/avi'; bytes: number }
  /** The file's XMP names a manifest that lies elsewhere. */
  | { kind: 'remote' }
  /** More boxes than any film has: made to keep somebody busy. */
  | { kind: 'too-many-boxes' };

/** A fragmented film of ten hours with one-second fragments has some 72,000 boxes. */
const MAX_BOXES = 200_000;
/** Bytes of the file held at once. Small boxes next to one another are read together. */
const WINDOW_BYTES = 64 * 1024;
/** XMP beyond this many bytes is not searched. */
const MAX_XMP_BYTES = 1024 * 1024;

const C2PA_UUID = 'd8fec3d61b0e483c92975828877ec481';
const XMP_UUID = 'be7acfcb97a942e89c71999491e3afac';
/** With one of these an ISO BMFF or QuickTime file starts. */
const FIRST_BOXES = new Set([
  ...['ftyp', 'styp', 'moov', 'mdat', 'moof', 'sidx', 'uuid'],
  ...['wide', 'free', 'skip', 'pnot'],
]);

/** @throws what the file's stream throws when it cannot be read, and the signal's reason when aborted */
export async function findCredentials(file: Blob, signal: AbortSignal): Promise<Found> {
  const window = new Window(file, signal);
  const start = await window.at(0, 12);
  if (start.byteLength < 12) return { kind: 'none' };
  if (text(start, 0) === 'RIFF' && text(start, 8) === 'AVI ') return walkRiff(window);
  if (FIRST_BOXES.has(text(start, 4))) return walkBoxes(window);
  return { kind: 'none' };
}

async function walkBoxes(window: Window): Promise<Found> {
  let manifestBytes = 0;
  let remote = false;
  let offset = 0;
  for (let count = 0; offset + 8 <= window.size; count++) {
    if (count === MAX_BOXES) return { kind: 'too-many-boxes' };
    const head = await window.at(offset, 32);
    const long = head.getUint32(0) === 1;
    let size = head.getUint32(0);
    // 0: the last box, which goes on to the end of the file.
    if (size === 0) size = window.size - offset;
    if (long) size = head.byteLength >= 16 ? Number(head.getBigUint64(8)) : 0;
    const header = long ? 16 : 8;
    if (size < header) break;
    if (text(head, 4) === 'uuid' && head.byteLength >= header + 16) {
      const uuid = hex(head, header, 16);
      if (uuid === C2PA_UUID) manifestBytes = Math.max(manifestBytes, size);
      if (uuid === XMP_UUID) remote ||= await namesManifest(window.file, offset, size);
    }
    offset += size;
  }
  if (manifestBytes > 0) return { kind: 'embedded', format: 'video/mp4', bytes: manifestBytes };
  return { kind: remote ? 'remote' : 'none' };
}

async function walkRiff(window: Window): Promise<Found> {
  let offset = 12;
  for (let count = 0; offset + 8 <= window.size; count++) {
    if (count === MAX_BOXES) return { kind: 'too-many-boxes' };
    const head = await window.at(offset, 8);
    const size = head.getUint32(4, true);
    if (text(head, 0) === 'C2PA') return { kind: 'embedded', format: 'video/avi', bytes: size + 8 };
    // Chunks start at even offsets.
    offset += 8 + size + (size % 2);
  }
  return { kind: 'none' };
}

async function namesManifest(file: Blob, offset: number, size: number): Promise<boolean> {
  const xmp = await file.slice(offset, offset + Math.min(size, MAX_XMP_BYTES)).text();
  return xmp.includes('dcterms:provenance');
}

/** Reads a file piece by piece; the last piece is kept. */
class Window {
  readonly size: number;
  #start = 0;
  #bytes = new ArrayBuffer(0);

  constructor(
    readonly file: Blob,
    readonly signal: AbortSignal,
  ) {
    this.size = file.size;
  }

  /** Up to `length` bytes from `offset` on, fewer at the end of the file. */
  async at(offset: number, length: number): Promise<DataView> {
    const end = Math.min(offset + length, this.size);
    if (offset < this.#start || end > this.#start + this.#bytes.byteLength) {
      this.signal.throwIfAborted();
      this.#bytes = await this.file.slice(offset, offset + WINDOW_BYTES).arrayBuffer();
      this.#start = offset;
    }
    return new DataView(this.#bytes, offset - this.#start, end - offset);
  }
}

function text(view: DataView, offset: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((index) => view.getUint8(offset + index)));
}

function hex(view: DataView, offset: number, length: number): string {
  return Array.from({ length }, (_, index) =>
    view
      .getUint8(offset + index)
      .toString(16)
      .padStart(2, '0'),
  ).join('');
}
