/** The little that is read of Matroska's structure (EBML, RFC 8794) beside the demuxers. */

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
/** Most bytes of an element's number and size together. */
const HEAD_BYTES = 12;
/** Bytes in which a file's tracks are described, as a rule. */
const DESCRIPTION_BYTES = 2 ** 16;
const CLUSTER = [0x1f, 0x43, 0xb6, 0x75];
/** `AlphaMode`: one byte, 1. */
const ALPHA = [0x53, 0xc0, 0x81, 0x01];

interface Element {
  /** Undefined where the size is said to be unknown. */
  end: number | undefined;
  content: number;
}

/** The head of an element with that number (of 4 bytes) at `at`; undefined when it is another. */
async function elementAt(file: Blob, at: number, number: number): Promise<Element | undefined> {
  const head = new DataView(await file.slice(at, at + HEAD_BYTES).arrayBuffer());
  if (head.byteLength < HEAD_BYTES || head.getUint32(0) !== number) return undefined;
  const length = Math.clz32(head.getUint8(4)) - 23;
  if (length > 8) return undefined;
  // Seven bits of a byte are left for each byte of the size; all of them set: unknown.
  const size = BigInt.asUintN(7 * length, head.getBigUint64(4) >> BigInt(64 - 8 * length));
  const content = at + 4 + length;
  const unknown = size === 2n ** BigInt(7 * length) - 1n;
  return { content, end: unknown ? undefined : content + Number(size) };
}

/** Whether a Matroska file ends before it says that it does, as a download that has stopped. */
export async function isMatroskaCutOff(file: Blob): Promise<boolean> {
  const head = await elementAt(file, 0, EBML);
  const segment = head?.end === undefined ? undefined : await elementAt(file, head.end, SEGMENT);
  return segment?.end !== undefined && segment.end > file.size;
}

/**
 * The same Matroska file without a word on transparency. mediabunny would merge it with the pictures, in a worker of its own that our
 * policy does not let start; nobody asks for it, and ffmpeg does not show it either.
 */
export async function withoutAlpha(file: Blob): Promise<Blob> {
  const bytes = new Uint8Array(await file.slice(0, DESCRIPTION_BYTES).arrayBuffer());
  const find = (pattern: readonly number[]): number =>
    bytes.findIndex((_, at) => pattern.every((byte, i) => bytes[at + i] === byte));
  const [at, pictures] = [find(ALPHA), find(CLUSTER)];
  if (at < 0 || (pictures >= 0 && at > pictures)) return file;
  const value = at + ALPHA.length - 1;
  return new Blob([file.slice(0, value), new Uint8Array(1), file.slice(value + 1)]);
}
