/** `npm run evaluate`, where what it needs of the machine is not there or fails. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Evaluation } from '../../model-export/evaluation.ts';
import { root } from '../../scripts/root.ts';

const folder = mkdtempSync(join(tmpdir(), 'clearframe-evaluate-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const manifest = join(folder, 'clips.csv');
writeFileSync(manifest, 'path,label,kind\nh264-bframes.mp4,real,real\naudio-only.mp4,real,real\n');

/** @param path where programs are looked for */
function evaluate(
  path: string,
  ...args: string[]
): { status: number | null; stdout: string; stderr: string } {
  const clips = ['--manifest', manifest, '--root', join(root, 'tests/fixtures/clips')];
  const script = ['--import', 'tsx', join(root, 'scripts/evaluate.ts')];
  return spawnSync(process.execPath, [...script, ...clips, ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
  });
}

it.each(['--conditions', '--crf 30', '--scale 0.5'])(
  'refuses %s before anything is begun where there is no ffmpeg',
  (args) => {
    const { status, stderr } = evaluate(folder, ...args.split(' '));
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining('ffmpeg')]);
  },
);

it('tells of a clip that cannot be re-encoded, and prints the others', () => {
  // An ffmpeg that gives clips back as they are, except for one.
  const programs = join(folder, 'programs');
  mkdirSync(programs);
  writeFileSync(
    join(programs, 'ffmpeg'),
    `#!/bin/sh
case "$*" in *audio-only*) echo 'no pictures' >&2; exit 1 ;; -version) exit 0 ;; esac
input=$5
for output; do :; done
cp "$input" "$output"
`,
  );
  chmodSync(join(programs, 'ffmpeg'), 0o755);
  const { status, stdout, stderr } = evaluate(`${programs}:${process.env.PATH}`, '--crf', '30', '--json');
  expect(stderr).toContain('audio-only.mp4 cannot be re-encoded');
  expect(status).toBe(0);
  expect((JSON.parse(stdout) as Evaluation).clips.map(({ path }) => path)).toEqual(['h264-bframes.mp4']);
});
