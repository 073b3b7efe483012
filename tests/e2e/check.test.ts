import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync, copyFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { root } from '../../scripts/root.ts';
import { en } from '../../src/app/language/en.ts';
import { parseRecord, type VerdictRecord } from '../../src/verdict/index.ts';

const clip = (name: string): string => join(root, 'tests/fixtures/clips', name);
const folder = mkdtempSync(join(tmpdir(), 'clearframe-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

function made(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const check = (...args: string[]): Promise<{ code: number | null; lines: string[] }> =>
  checkMeanwhile(() => undefined, ...args);

/** @param onLine is called whenever something has been printed */
async function checkMeanwhile(
  onLine: () => void,
  ...args: string[]
): Promise<{ code: number | null; lines: string[] }> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'scripts/check.ts'), ...args], {
    cwd: root,
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    onLine();
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, lines: out.split('\n').filter((line) => line !== '') };
}

describe('npm run check', () => {
  describe('on files that cannot be judged', () => {
    let code: number | null;
    let records: VerdictRecord[];
    const truncated = join(folder, 'truncated.mp4');

    beforeAll(async () => {
      copyFileSync(clip('h264-bframes.mp4'), truncated);
      truncateSync(truncated, 600);
      const files = [
        made('empty.mp4', ''),
        made('text.mp4', 'This is a text that somebody named like a video.\n'.repeat(50)),
        made('picture.mp4', readFileSync(join(root, 'public/icon-192.png'))),
        truncated,
        clip('audio-only.mp4'),
        clip('h264-bframes.mp4'),
      ];
      const result = await check('--json', ...files);
      code = result.code;
      records = result.lines.map((line) => parseRecord(JSON.parse(line)));
    });

    it('ends each in cannot tell with its reason, and goes on', () => {
      expect(records.map((record) => record.verdict.outcome)).toEqual(records.map(() => 'cannot-tell'));
      expect(records.map((record) => record.verdict.reasons)).toEqual([
        ['empty_file'],
        ['not_a_video'],
        ['image_file'],
        ['file_damaged'],
        ['no_video_track'],
        ['no_face'],
      ]);
    });

    it('exits with 2', () => expect(code).toBe(2));

    it('still names the file by its hash', () => {
      const expected = createHash('sha256')
        .update(readFileSync(clip('h264-bframes.mp4')))
        .digest('hex');
      expect(records.at(-1)!.file.sha256).toBe(expected);
    });
  });

  it('judges a clip with a face, the same way twice', async () => {
    const { code, lines } = await check('--json', clip('face.mp4'), clip('face.mp4'));
    expect(code).toBe(0);
    const [first, second] = lines.map((line) => parseRecord(JSON.parse(line)));
    expect(['strong', 'some', 'none']).toContain(first!.verdict.outcome);
    expect(first!.tracks.length).toBeGreaterThan(0);
    expect(first!.model!.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(first!.runtime).toMatchObject({ backend: 'wasm', decoder: 'webcodecs' });
    expect({ ...first, createdAt: '' }).toEqual({ ...second, createdAt: '' });
  });

  it('goes on past a file that has gone by its turn, and names each file by its path, harmless to a terminal', async () => {
    const going = made('going.mp4', '');
    const odd = made('two\nlines\u001B[31m\u202E.mp4', '');
    const files = [made('first.mp4', ''), clip('h264-bframes.mp4'), going, odd];
    const { code, lines } = await checkMeanwhile(() => rmSync(going, { force: true }), ...files);
    expect(code).toBe(2);
    expect(lines.map((line) => line.split('\t')[0])).toEqual([
      files[0],
      files[1],
      join(folder, 'two?lines?[31m?.mp4'),
    ]);
  });

  it('refuses a path that does not exist before it starts anything', async () => {
    expect(await check(join(folder, 'nowhere.mp4'))).toEqual({ code: 1, lines: [] });
  });

  it('watches a folder: what is there, what arrives, and an end by SIGTERM', async () => {
    const incoming = mkdtempSync(join(folder, 'incoming-'));
    const out = join(incoming, 'clearframe.jsonl');
    copyFileSync(clip('audio-only.mp4'), join(incoming, 'first.mp4'));
    const command = [join(root, 'scripts/bootstrap.mjs'), 'check', '--watch', incoming, '--settle', '1'];
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'ignore', 'pipe'] });
    const said: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => said.push(...chunk.toString().trim().split('\n')));
    const code = new Promise<number | null>((resolve) => child.on('close', resolve));
    const told = (start: string) =>
      vi.waitFor(() => expect(said.filter((line) => line.startsWith(start))).toHaveLength(1), 120_000);
    try {
      await told('first.mp4\t');
      copyFileSync(clip('h264-bframes.mp4'), join(incoming, 'second.mp4'));
      await told('second.mp4\t');
    } finally {
      child.kill('SIGTERM');
    }
    expect(await code).toBe(0);
    expect(said.find((line) => line.startsWith('first.mp4\t'))).toContain(en.reasons.no_video_track);
    const lines = readFileSync(out, 'utf8').trim().split('\n');
    const checked = lines.map(
      (line) => JSON.parse(line) as { path: string; sha256: string; record: unknown },
    );
    const records = checked.map(({ record }) => parseRecord(record));
    expect(records.map(({ verdict }) => verdict.reasons)).toEqual([['no_video_track'], ['no_face']]);
    expect(checked.map(({ path }) => path)).toEqual(['first.mp4', 'second.mp4']);
    expect(checked.map(({ sha256 }) => sha256)).toEqual(records.map(({ file }) => file.sha256));
  });

  it('refuses a watch that was called wrongly', async () => {
    const calls = [
      ['--watch', join(folder, 'nowhere')],
      ['--watch', folder, '--settle', 'soon'],
      ['--watch', folder, 'a.mp4'],
      ['--out', 'x.jsonl', 'a.mp4'],
      ['--wach', folder],
    ];
    const answers = await Promise.all(calls.map((call) => check(...call)));
    expect(answers).toEqual(calls.map(() => ({ code: 1, lines: [] })));
  });
});
