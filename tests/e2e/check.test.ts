import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync, copyFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { root } from '../../scripts/root.ts';
import { parseRecord, type VerdictRecord } from '../../src/verdict/index.ts';

const clip = (name: string): string => join(root, 'tests/fixtures/clips', name);
const folder = mkdtempSync(join(tmpdir(), 'clearframe-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

function made(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function check(...args: string[]): Promise<{ code: number | null; lines: string[] }> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'scripts/check.ts'), ...args], {
    cwd: root,
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
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

  it('refuses a path that does not exist before it starts anything', async () => {
    expect(await check(join(folder, 'nowhere.mp4'))).toEqual({ code: 1, lines: [] });
  });
});
