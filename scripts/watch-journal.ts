/**
 * The output of `check --watch`: JSON lines, one per file, only ever appended to. It is also the watch's whole memory, so
 * that a watch that was killed, or moved to another machine with its folder, goes on where it was.
 */
import { createReadStream } from 'node:fs';
import { open, realpath, stat, truncate } from 'node:fs/promises';
import * as v from 'valibot';
import type { VerdictRecord } from '../src/verdict/record.ts';
import { SAYS_NOTHING } from '../src/verdict/types.ts';

/** A file as a scan of the folder sees it. */
export interface SeenFile {
  /** Relative to the watched folder, with `/` between folders. */
  path: string;
  bytes: number;
  /** Last modification, ISO 8601 in UTC with milliseconds. */
  modified: string;
}

/** What came out for one file. */
export type Finding =
  /** It was analysed; the verdict may be *cannot tell*, with its reasons. */
  | { sha256: string | null; record: VerdictRecord }
  /** Its bytes are those of a file that was checked before under this path: the record is in the line with the same SHA-256. */
  | { sha256: string; sameAs: string }
  /** The analysis itself failed again and again; it is tried again when the watch starts anew. */
  | { sha256: null; error: string };

export type JournalLine = SeenFile & Finding;

/**
 * The reason for which a check has failed without saying anything about the file; undefined when it has not. Kept as an answer, it
 * would stand for the file and all of its copies.
 */
export function failureOf({ verdict }: Judged): string | undefined {
  return verdict?.reasons?.find((reason) => (SAYS_NOTHING as readonly string[]).includes(reason));
}

/** Of a record, what tells whether it says anything about the file. */
const judgedSchema = v.object({
  verdict: v.optional(v.object({ reasons: v.optional(v.array(v.string())) })),
});
type Judged = v.InferOutput<typeof judgedSchema>;

/** What is read back. */
const lineSchema = v.object({
  path: v.string(),
  bytes: v.number(),
  modified: v.string(),
  sha256: v.nullable(v.string()),
  record: v.optional(judgedSchema),
  sameAs: v.optional(v.string()),
  error: v.optional(v.string()),
});
type KnownLine = v.InferOutput<typeof lineSchema>;

/** How every line starts, and by that how much of a half-written one can be told from somebody else's text. */
const LINE_START = '{"path":"';
const LINE_FEED = 0x0a;

/** An output file that the watch did not write; it is left as it is. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
  readonly code = 'journal_invalid';
}

export class Journal {
  /** The newest line's file by path. */
  readonly #files = new Map<string, string>();
  /** By size and SHA-256, the path of the first file that was analysed. */
  readonly #analysed = new Map<string, string>();
  readonly #sizes = new Set<number>();

  private constructor(
    /** Absolute, without symbolic links. */
    readonly file: string,
    /** Whether the last line was half-written, by a crash, and was taken away. */
    readonly repaired: boolean,
  ) {}

  /**
   * Reads what was done before, and makes the file where there is none.
   *
   * @throws JournalError when the file holds anything but a watch's lines
   */
  static async open(path: string): Promise<Journal> {
    const found = await stat(path).catch(() => null);
    if (found !== null && !found.isFile()) throw new JournalError(`${path} is not a regular file.`);
    await (await open(path, 'a')).close();

    const file = await realpath(path);
    const lines: KnownLine[] = [];
    let end = 0;
    let tail = '';
    for await (const { bytes, complete } of linesOf(file)) {
      const text = bytes.toString('utf8');
      if (complete) {
        end += bytes.length + 1;
        if (text.trim() !== '') lines.push(parseLine(text, `${path}: line ${lines.length + 1}`));
      } else tail = text;
    }
    const repaired = await repairTail(path, tail, end);
    const journal = new Journal(file, repaired === 'removed');
    if (repaired === 'completed') lines.push(parseLine(tail, path));
    for (const line of lines) if (line.error === undefined) journal.#remember(line);
    return journal;
  }

  /** How many paths are known. */
  get size(): number {
    return this.#files.size;
  }

  /** Whether this very file was dealt with: same path, same size, same time of modification. */
  has(file: SeenFile): boolean {
    return this.#files.get(file.path) === `${file.bytes} ${file.modified}`;
  }

  /** Whether a file of this size was analysed, so that its hash is worth comparing. */
  hasSize(bytes: number): boolean {
    return this.#sizes.has(bytes);
  }

  /** The path under which the same bytes were analysed before. */
  analysedAs(bytes: number, sha256: string): string | undefined {
    return this.#analysed.get(`${bytes} ${sha256}`);
  }

  /** Writes the line through to the disk before it counts as known. @throws what the file system says: disk full, … */
  async append(file: SeenFile, finding: Finding): Promise<void> {
    const line: JournalLine = { ...file, ...finding };
    const handle = await open(this.file, 'a');
    try {
      await handle.appendFile(`${JSON.stringify(line)}\n`);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    this.#remember(line);
  }

  /** Earlier versions wrote failures as records, and copies of them: these files are not known. */
  #remember(line: KnownLine): void {
    const { path, bytes, modified, sha256, record, sameAs } = line;
    const content = `${bytes} ${sha256}`;
    if (record !== undefined && failureOf(record) !== undefined) return;
    if (sameAs !== undefined && !this.#analysed.has(content)) return;
    this.#files.set(path, `${bytes} ${modified}`);
    if (sha256 === null || record === undefined) return;
    if (!this.#analysed.has(content)) this.#analysed.set(content, path);
    this.#sizes.add(bytes);
  }
}

/** Lines without their line feed. Bytes, because a cut in the middle of a character must not move the count. */
async function* linesOf(file: string): AsyncGenerator<{ bytes: Buffer; complete: boolean }> {
  let parts: Buffer[] = [];
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, start)) {
      yield { bytes: Buffer.concat([...parts, chunk.subarray(start, at)]), complete: true };
      parts = [];
      start = at + 1;
    }
    parts.push(chunk.subarray(start));
  }
  const rest = Buffer.concat(parts);
  if (rest.length > 0) yield { bytes: rest, complete: false };
}

function parseLine(text: string, where: string): KnownLine {
  try {
    return v.parse(lineSchema, JSON.parse(text));
  } catch {
    throw new JournalError(`${where} was not written by a watch; name another file with --out.`);
  }
}

/**
 * A last line without its line feed: completed when only that is missing, removed when it is the start of a line or the
 * zeros that some file systems leave after a power cut.
 *
 * @param end of the last complete line, in bytes
 * @throws JournalError when it is neither
 */
async function repairTail(path: string, tail: string, end: number): Promise<'removed' | 'completed' | null> {
  if (tail === '') return null;
  if (isLine(tail)) {
    const handle = await open(path, 'a');
    await handle.appendFile('\n').finally(() => handle.close());
    return 'completed';
  }
  const written = tail.replace(/\0+$/, '');
  if (!written.startsWith(LINE_START.slice(0, written.length)))
    throw new JournalError(`${path} ends in something that no watch wrote; name another file with --out.`);
  await truncate(path, end);
  return 'removed';
}

function isLine(text: string): boolean {
  try {
    return v.is(lineSchema, JSON.parse(text));
  } catch {
    return false;
  }
}
