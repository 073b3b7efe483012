import { createHash } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JournalLine } from '../../scripts/watch-journal.ts';
import { FolderWatch, watchFolder, type WatchOptions } from '../../scripts/watch.ts';
import type { AnalysisResult } from '../../src/analysis/types.ts';
import type { Reason } from '../../src/verdict/types.ts';

/** Seconds for which the watches here want a file to stay the same. */
const SETTLE = 5;

let folder: string;
let out: string;
/** Paths that were handed to the analysis, and lines for the human. */
let analysed: string[];
let said: string[];
let options: WatchOptions;
let now: number;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'clearframe-watch-')));
  out = join(folder, 'clearframe.jsonl');
  analysed = [];
  said = [];
  now = 1000;
  options = {
    folder,
    out,
    settleSeconds: SETTLE,
    analyze: (path) => {
      analysed.push(path.slice(folder.length + 1));
      return Promise.resolve(resultFor(readFileSync(path)));
    },
    describe: (path) => `${path}\tnone`,
    say: (line) => said.push(line),
  };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Only what the watch reads of a result. */
function resultFor(content: Buffer, ...reasons: Reason[]): AnalysisResult {
  const file = { sha256: sha256(content), bytes: content.length };
  const verdict = { outcome: reasons.length > 0 ? 'cannot-tell' : 'none', reasons };
  return { record: { format: 'clearframe-verdict', file, verdict } } as unknown as AnalysisResult;
}

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

/** Minutes make times of modification that cannot be mistaken for one another. */
function put(path: string, content: string, minute = 0): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
  utimesSync(join(folder, path), 0, 1_700_000_000 + minute * 60);
}

const lines = (): JournalLine[] =>
  readFileSync(out, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JournalLine);

async function look(
  watch: FolderWatch,
  seconds = SETTLE,
  signal = new AbortController().signal,
): Promise<void> {
  now += seconds;
  await watch.look(now, signal);
}

/** A watch that starts anew, and looks until every file that stays the same is checked. */
async function start(): Promise<FolderWatch> {
  const watch = await FolderWatch.open(options);
  await look(watch);
  await look(watch);
  return watch;
}

describe('a folder that is watched', () => {
  it('has what is there checked first, then what arrives, subfolders too, each once', async () => {
    put('b.mp4', 'bee');
    put('deep/er/a.webm', 'ay');
    const watch = await start();
    expect(analysed).toEqual(['b.mp4', 'deep/er/a.webm']);
    put('c.mov', 'sea');
    for (let i = 0; i < 4; i++) await look(watch);
    expect(analysed).toEqual(['b.mp4', 'deep/er/a.webm', 'c.mov']);
    expect(said).toEqual(['b.mp4\tnone', 'deep/er/a.webm\tnone', 'c.mov\tnone']);
    expect(lines()[0]).toEqual({
      path: 'b.mp4',
      bytes: 3,
      modified: '2023-11-14T22:13:20.000Z',
      sha256: sha256('bee'),
      record: resultFor(Buffer.from('bee')).record,
    });
  });

  it('leaves alone its own output, hidden and partial files, and links', async () => {
    options.out = out = join(folder, 'out.txt');
    for (const name of ['.hidden.mp4', '.git/a.mp4', 'a.mp4.part', 'a.mp4.tmp', 'a.CRDOWNLOAD', 'old.jsonl'])
      put(name, name);
    put('a.mp4', 'ay');
    symlinkSync(join(folder, 'a.mp4'), join(folder, 'link.mp4'));
    symlinkSync(folder, join(folder, 'circle'));
    const watch = await start();
    for (let i = 0; i < 3; i++) await look(watch);
    expect(analysed).toEqual(['a.mp4']);
    renameSync(join(folder, 'a.mp4.part'), join(folder, 'finished.mp4'));
    await look(watch);
    await look(watch);
    expect(analysed).toEqual(['a.mp4', 'finished.mp4']);
  });

  it('is not given up when it cannot be listed for a while', async () => {
    put('a.mp4', 'ay');
    options.out = out = `${folder}.jsonl`;
    const watch = await start();
    renameSync(folder, `${folder}-away`);
    await look(watch);
    await look(watch);
    expect(said.slice(1)).toEqual([`${watch.folder}\tcannot be listed (ENOENT)`]);
    renameSync(`${folder}-away`, folder);
    put('b.mp4', 'bee');
    await look(watch);
    await look(watch);
    rmSync(out);
    expect(analysed).toEqual(['a.mp4', 'b.mp4']);
  });

  it('shows no control characters of file names in the terminal', async () => {
    put('a\u001b[2J\u202e.mp4', 'ay');
    await start();
    expect(said).toEqual(['a?[2J?.mp4\tnone']);
    expect(lines()[0]!.path).toBe('a\u001b[2J\u202e.mp4');
  });
});

describe('a file that is still being written', () => {
  it('is waited for until it has not changed for the settling time', async () => {
    const watch = await FolderWatch.open(options);
    put('a.mp4', 'a', 0);
    await look(watch);
    appendFileSync(join(folder, 'a.mp4'), 'y');
    await look(watch);
    await look(watch, SETTLE - 1);
    expect(analysed).toEqual([]);
    await look(watch, 1);
    expect(analysed).toEqual(['a.mp4']);
  });

  it('counts as changed by its time alone', async () => {
    const watch = await FolderWatch.open(options);
    for (let minute = 0; minute < 3; minute++) {
      put('a.mp4', 'same size', minute);
      await look(watch);
    }
    expect(analysed).toEqual([]);
    await look(watch);
    expect(analysed).toEqual(['a.mp4']);
  });

  it('is looked at twice even without a settling time', async () => {
    options.settleSeconds = 0;
    const watch = await FolderWatch.open(options);
    put('a.mp4', 'ay');
    await look(watch, 1);
    expect(analysed).toEqual([]);
    await look(watch, 1);
    expect(analysed).toEqual(['a.mp4']);
  });

  it('gets no line when it changes during the analysis, and is checked again', async () => {
    put('a.mp4', 'first');
    const { analyze } = options;
    options.analyze = (path) => {
      if (analysed.length === 0) put('a.mp4', 'longer', 1);
      return analyze(path);
    };
    const watch = await start();
    expect(lines()).toEqual([]);
    await look(watch);
    await look(watch);
    expect(lines().map((line) => line.sha256)).toEqual([sha256('longer')]);
  });
});

describe('a file that changes its place or content', () => {
  it('is checked again when other content comes under the same name', async () => {
    put('a.mp4', 'one');
    const watch = await start();
    put('a.mp4', 'two', 1);
    await look(watch);
    await look(watch);
    expect(analysed).toEqual(['a.mp4', 'a.mp4']);
    expect(lines().map((line) => line.sha256)).toEqual([sha256('one'), sha256('two')]);
  });

  it('is referred to instead of analysed when it is copied, renamed or touched', async () => {
    put('a.mp4', 'ay');
    const watch = await start();
    copyFileSync(join(folder, 'a.mp4'), join(folder, 'copy.mp4'));
    put('other.mp4', 'eh');
    await look(watch);
    await look(watch);
    renameSync(join(folder, 'copy.mp4'), join(folder, 'renamed.mp4'));
    utimesSync(join(folder, 'a.mp4'), 0, 1_800_000_000);
    await look(watch);
    await look(watch);
    expect(analysed).toEqual(['a.mp4', 'other.mp4']);
    expect(
      lines().map((line) => [line.path, line.sha256, 'sameAs' in line ? line.sameAs : 'record']),
    ).toEqual([
      ['a.mp4', sha256('ay'), 'record'],
      ['copy.mp4', sha256('ay'), 'a.mp4'],
      ['other.mp4', sha256('eh'), 'record'],
      ['a.mp4', sha256('ay'), 'a.mp4'],
      ['renamed.mp4', sha256('ay'), 'a.mp4'],
    ]);
  });

  it('does not end the watch when it vanishes, before or during the analysis', async () => {
    put('a.mp4', 'ay');
    put('b.mp4', 'bee');
    put('c.mp4', 'sea');
    const { analyze } = options;
    options.analyze = (path) => {
      rmSync(join(folder, 'a.mp4'), { force: true });
      rmSync(join(folder, 'b.mp4'), { force: true });
      return analyze(path);
    };
    await start();
    // The first vanished while it was read, the second before its turn.
    expect(analysed).toEqual(['a.mp4', 'c.mp4']);
    expect(lines().map((line) => line.path)).toEqual(['c.mp4']);
  });
});

describe('an analysis that fails', () => {
  beforeEach(() => {
    put('a.mp4', 'ay');
    put('b.mp4', 'bee');
    const { analyze } = options;
    options.analyze = async (path) => {
      const result = await analyze(path);
      if (path.endsWith('a.mp4')) throw new Error('The browser has gone.\nStack');
      return result;
    };
  });

  it('is tried three times, gets a line that says so, and stops no other file', async () => {
    const watch = await start();
    for (let i = 0; i < 4; i++) await look(watch);
    expect(analysed).toEqual(['a.mp4', 'b.mp4', 'a.mp4', 'a.mp4']);
    expect(lines()[1]).toMatchObject({ path: 'a.mp4', sha256: null, error: 'The browser has gone.' });
  });

  it('is tried again at the next start', async () => {
    const watch = await start();
    for (let i = 0; i < 2; i++) await look(watch);
    analysed = [];
    await start();
    expect(analysed).toEqual(['a.mp4']);
  });
});

describe('a record that says nothing about the file', () => {
  const fails = (reason: Reason): void => {
    options.analyze = (path) => {
      analysed.push(path.slice(folder.length + 1));
      return Promise.resolve(resultFor(readFileSync(path), reason));
    };
  };
  beforeEach(() => put('a.mp4', 'ay'));

  it.each<Reason>(['out_of_memory', 'stalled', 'internal_error', 'file_unreadable', 'model_missing'])(
    'is a failure: %s',
    async (reason) => {
      const { analyze } = options;
      fails(reason);
      const watch = await start();
      for (let i = 0; i < 4; i++) await look(watch);
      expect(analysed).toEqual(['a.mp4', 'a.mp4', 'a.mp4']);
      expect(lines()).toMatchObject([{ path: 'a.mp4', sha256: null, error: reason }]);
      // A copy has its own chance, and so has the file when the watch starts anew.
      options.analyze = analyze;
      analysed = [];
      copyFileSync(join(folder, 'a.mp4'), join(folder, 'copy.mp4'));
      await start();
      expect(analysed).toEqual(['a.mp4']);
      expect(lines().at(-1)).toMatchObject({ path: 'copy.mp4', sameAs: 'a.mp4' });
    },
  );

  it('is an answer where it tells of the file', async () => {
    fails('no_face');
    await start();
    expect(lines()[0]).toMatchObject({ path: 'a.mp4', sha256: sha256('ay') });
    analysed = [];
    await start();
    expect(analysed).toEqual([]);
  });

  it('is not believed where an earlier version wrote it, nor are its copies', async () => {
    copyFileSync(join(folder, 'a.mp4'), join(folder, 'copy.mp4'));
    utimesSync(join(folder, 'copy.mp4'), 0, 1_700_000_000);
    const seen = { bytes: 2, modified: '2023-11-14T22:13:20.000Z', sha256: sha256('ay') };
    const { record } = resultFor(Buffer.from('ay'), 'out_of_memory');
    const written = [
      { path: 'a.mp4', ...seen, record },
      { path: 'copy.mp4', ...seen, sameAs: 'a.mp4' },
    ];
    writeFileSync(out, written.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await start();
    expect(analysed).toEqual(['a.mp4']);
    expect(lines().slice(2)).toMatchObject([{ path: 'a.mp4', record: {} }, { sameAs: 'a.mp4' }]);
  });
});

describe('a watch that starts again', () => {
  it('checks only what is new', async () => {
    put('a.mp4', 'ay');
    await start();
    put('b.mp4', 'bee');
    await start();
    expect(analysed).toEqual(['a.mp4', 'b.mp4']);
    expect(lines()).toHaveLength(2);
  });

  it.each([1, 5, 60])(
    'takes away a last line that lacks its last %i bytes but the line feed',
    async (missing) => {
      put('a.mp4', 'ay');
      put('b.mp4', 'bee ünd ß');
      await start();
      truncateSync(out, readFileSync(out).length - 1 - missing);
      analysed = [];
      const watch = await start();
      expect(watch.journal.repaired).toBe(true);
      expect(analysed).toEqual(['b.mp4']);
      expect(lines().map((line) => line.path)).toEqual(['a.mp4', 'b.mp4']);
    },
  );

  it('takes away the zeros that a power cut can leave', async () => {
    put('a.mp4', 'ay');
    await start();
    appendFileSync(out, Buffer.alloc(300));
    await start();
    expect(analysed).toEqual(['a.mp4']);
    expect(lines()).toHaveLength(1);
  });

  it('completes a last line that lacks only its line feed', async () => {
    put('a.mp4', 'ay');
    await start();
    truncateSync(out, readFileSync(out).length - 1);
    put('b.mp4', 'bee');
    await start();
    expect(analysed).toEqual(['a.mp4', 'b.mp4']);
    expect(lines()).toHaveLength(2);
  });

  it.each(['Dear diary', 'Dear diary\n', '{"a":1}\n', '[]', '{"path":"a","bytes":1}\nmore\n'])(
    'leaves a file alone that another program wrote: %j',
    async (text) => {
      writeFileSync(out, text);
      await expect(FolderWatch.open(options)).rejects.toThrow(/--out/);
      expect(readFileSync(out, 'utf8')).toBe(text);
    },
  );

  it('refuses an output that is no file', async () => {
    mkdirSync(out);
    await expect(FolderWatch.open(options)).rejects.toThrow(/not a regular file/);
  });
});

describe('a watch that is told to stop', () => {
  it('abandons the running file without a line and goes on with it at the next start', async () => {
    put('a.mp4', 'ay');
    const stop = new AbortController();
    const { analyze } = options;
    options.settleSeconds = 0;
    options.analyze = () => {
      setTimeout(() => stop.abort(), 10);
      return new Promise(() => undefined);
    };
    const watch = await FolderWatch.open(options);
    await look(watch);
    await look(watch, 1, stop.signal);
    expect(lines()).toEqual([]);
    options.analyze = analyze;
    await start();
    expect(analysed).toEqual(['a.mp4']);
  });

  it('ends at once while it waits', async () => {
    const stop = new AbortController();
    // Were the wait not ended, the test would not end either.
    options.pauseSeconds = 86_400;
    setTimeout(() => stop.abort(), 20);
    await watchFolder(options, stop.signal);
    expect(said[0]).toMatch(/^Watching /);
    expect(said.at(-1)).toMatch(/^Stopped/);
  });
});
