/**
 * `check --watch DIR`: looks into a folder again and again and has each file analysed once, when it is complete.
 *
 * It looks instead of listening (`fs.watch`): no event tells of what other machines write to a network share, events are
 * merged or lost under load, and none says that a file is complete. A look at the start and the comparison of sizes are
 * needed in any case, so the look alone does it all.
 *
 * Files are told apart by path, size and time of modification. A file with the size and SHA-256 of one that was analysed
 * before (a copy, a new name, a mere touch) is not analysed again; its line refers to the one with the record.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnalysisResult } from '../src/analysis/index.ts';
import { failureOf, Journal, type Finding, type SeenFile } from './watch-journal.ts';

/** Between two looks; a look that itself takes long (a share with many files) is followed by a longer pause. */
const PAUSE_SECONDS = 2;
const PAUSE_PER_LOOK = 4;
/** An analysis that fails, other than by the file's fault, is tried this often. */
const ATTEMPTS = 3;
/** Unfinished downloads of browsers and file-transfer programs, and what is written beside videos all the time. */
const LEFT_ALONE = /^\.|\.(part|partial|tmp|temp|crdownload|download|opdownload|filepart|jsonl|log)$/i;

export interface WatchOptions {
  folder: string;
  /** The output file; may lie in the folder. */
  out: string;
  /** For how long size and time of modification must stay the same before a file counts as complete. */
  settleSeconds: number;
  /** Least time between two looks. */
  pauseSeconds?: number;
  /** @param path absolute */
  analyze(path: string): Promise<AnalysisResult>;
  /** The one line for the human when a file has been analysed. */
  describe(path: string, result: AnalysisResult): string;
  say(line: string): void;
}

export class FolderWatch {
  /** Seconds that the last look took. */
  lookSeconds = 0;
  /** Files that are not known yet, and since when they look as they do. */
  #pending = new Map<string, { file: SeenFile; since: number }>();
  #failures = new Map<string, number>();
  /** What was said last about a path that makes trouble, so that it is said once and not at every look. */
  #troubles = new Map<string, string>();

  private constructor(
    readonly options: WatchOptions,
    readonly folder: string,
    readonly journal: Journal,
  ) {}

  /** @throws JournalError, or what the file system says of a folder or output file that cannot be used */
  static async open(options: WatchOptions): Promise<FolderWatch> {
    const folder = await realpath(options.folder);
    await readdir(folder);
    return new FolderWatch(options, folder, await Journal.open(options.out));
  }

  /**
   * One look into the folder, and the analysis of every file that is complete. An abort leaves the running file without
   * a line, so that it is analysed at the next start.
   *
   * @param now in seconds, of any clock that only goes forward
   */
  async look(now: number, signal: AbortSignal): Promise<void> {
    const started = performance.now();
    const files = await this.#files();
    this.lookSeconds = (performance.now() - started) / 1000;
    for (const file of this.#complete(files, now)) {
      if (signal.aborted) return;
      await this.#check(file, signal);
    }
  }

  /** All files but those left alone, by path. Links are not followed: they could lead out of the folder, or in circles. */
  async #files(): Promise<SeenFile[]> {
    const files: SeenFile[] = [];
    const folders = [''];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      try {
        const entries = await readdir(join(this.folder, folder), { withFileTypes: true });
        this.#troubles.delete(folder);
        for (const entry of entries) {
          const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
          if (LEFT_ALONE.test(entry.name) || join(this.folder, path) === this.journal.file) continue;
          if (entry.isDirectory()) folders.push(path);
          const seen = entry.isFile() ? await this.#seen(path) : null;
          if (seen !== null) files.push(seen);
        }
      } catch (error) {
        if (folder === '' || !isMissing(error)) this.#trouble(folder, `cannot be listed (${codeOf(error)})`);
      }
    }
    return files.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** The file as it is now, or null when it has gone. */
  async #seen(path: string): Promise<SeenFile | null> {
    try {
      const { size, mtime } = await stat(join(this.folder, path));
      return { path, bytes: size, modified: mtime.toISOString() };
    } catch (error) {
      // A name that is not valid Unicode comes out of the listing with U+FFFD, and leads to no file.
      if (!isMissing(error) || path.includes('\uFFFD'))
        this.#trouble(path, `cannot be read (${codeOf(error)})`);
      return null;
    }
  }

  #complete(files: SeenFile[], now: number): SeenFile[] {
    const before = this.#pending;
    const unknown = files.filter((file) => !this.journal.has(file));
    this.#pending = new Map(
      unknown.map((file) => {
        const last = before.get(file.path);
        return [file.path, last !== undefined && isSame(last.file, file) ? last : { file, since: now }];
      }),
    );
    return unknown.filter(({ path }) => {
      const since = this.#pending.get(path)!.since;
      return since < now && now - since >= this.options.settleSeconds;
    });
  }

  /** Has one file checked and its line written, unless it vanishes or changes meanwhile: then the next look sees to it. */
  async #check(file: SeenFile, signal: AbortSignal): Promise<void> {
    if (!(await this.#isUnchanged(file))) return;
    const key = `${file.path} ${file.bytes} ${file.modified}`;
    let answer: Answer;
    try {
      answer = (await this.#knownContent(file, signal)) ?? (await this.#analysis(file, signal));
    } catch (error) {
      if (signal.aborted || !(await this.#isUnchanged(file))) return;
      if (isFileSystemError(error))
        return this.#trouble(file.path, `cannot be read (${codeOf(error)}), tried again`);
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      const message = firstLine(error);
      if (failures < ATTEMPTS)
        return this.#say(`${file.path}\tcould not be analysed, tried again: ${message}`);
      const said = `could not be analysed, left until the next start: ${message}`;
      answer = { finding: { sha256: null, error: message }, said: `${file.path}\t${said}` };
    }
    this.#failures.delete(key);
    if (!(await this.#isUnchanged(file)))
      return this.#say(`${file.path}\tchanged or vanished while it was checked, nothing written`);
    await this.journal.append(file, answer.finding);
    this.#troubles.delete(file.path);
    this.#say(answer.said);
  }

  /** The answer for a file whose bytes were analysed before; null for others. Reads only files that have a known size. */
  async #knownContent(file: SeenFile, signal: AbortSignal): Promise<Answer | null> {
    const path = join(this.folder, file.path);
    // Some systems keep others from reading a file while it is written.
    await (await open(path, 'r')).close();
    if (!this.journal.hasSize(file.bytes)) return null;
    const sha256 = await sha256Of(path, signal);
    const sameAs = this.journal.analysedAs(file.bytes, sha256);
    if (sameAs === undefined) return null;
    return {
      finding: { sha256, sameAs },
      said: `${file.path}\tsame content as ${sameAs}, not checked again`,
    };
  }

  /** @throws also for a record that says nothing about the file: it is a failure like any other */
  async #analysis(file: SeenFile, signal: AbortSignal): Promise<Answer> {
    const result = await untilAborted(this.options.analyze(join(this.folder, file.path)), signal);
    const { record } = result;
    const failure = failureOf(record);
    if (failure !== undefined) throw new Error(failure);
    return {
      finding: { sha256: record.file.sha256, record },
      said: this.options.describe(file.path, result),
    };
  }

  async #isUnchanged(file: SeenFile): Promise<boolean> {
    const seen = await this.#seen(file.path);
    return seen !== null && isSame(seen, file);
  }

  #trouble(path: string, message: string): void {
    if (this.#troubles.get(path) === message) return;
    this.#troubles.set(path, message);
    this.#say(`${path === '' ? this.folder : path}\t${message}`);
  }

  /** File names come from anybody: no control characters, which could steer a terminal, except our own tabs. */
  #say(line: string): void {
    this.options.say(line.replace(/[^\P{C}\t]/gu, '?'));
  }
}

/** What goes into the output file, and the one line for the human. */
interface Answer {
  finding: Finding;
  said: string;
}

/** Looks until the signal says stop. @throws what FolderWatch.open and Journal.append throw */
export async function watchFolder(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const watch = await FolderWatch.open(options);
  const { journal } = watch;
  if (journal.repaired)
    options.say('The last line of the output was half-written; its file is checked again.');
  options.say(
    `Watching ${watch.folder}, ${journal.size} files known, lines go to ${journal.file} (Ctrl+C ends it)`,
  );
  while (!signal.aborted) {
    await watch.look(performance.now() / 1000, signal);
    const seconds = Math.max(options.pauseSeconds ?? PAUSE_SECONDS, watch.lookSeconds * PAUSE_PER_LOOK);
    await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
  }
  options.say('Stopped; what was not finished is checked at the next start.');
}

async function sha256Of(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { signal }) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex');
}

/** What the work comes to, or a rejection as soon as the signal says stop. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function isSame(a: SeenFile, b: SeenFile): boolean {
  return a.bytes === b.bytes && a.modified === b.modified;
}

function isFileSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

function codeOf(error: unknown): string {
  return isFileSystemError(error) ? String(error.code) : firstLine(error);
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}
