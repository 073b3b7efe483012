/**
 * `npx tsx scripts/damage.ts [--times 12] [--seed 5]`: how much of what damage does to pictures is noticed. Every encoded
 * piece of the museum is damaged at random so many times and decoded by the system's ffmpeg, with the rules of
 * `src/media/damage-log.ts`. Counted are the pictures that differ from those of the sound file, and how many of them are left
 * out, by codec.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../model-export/pseudo-fake/random.ts';
import { DamageLog } from '../src/media/damage-log.ts';
import { readArguments } from './refuse.ts';
import { root } from './root.ts';

const PIECES = join(root, 'tests/museum/pieces');
/** Pieces that lack a sound beginning or the means to tell one picture from another are no measure. */
const MIN_PICTURES = 2;
/** Seconds for one run of ffmpeg. */
const TIMEOUT = 20;

const { values } = readArguments({
  options: { times: { type: 'string', default: '12' }, seed: { type: 'string', default: '5' } },
});
const random = new Random(Number(values.seed));

interface Counts {
  pieces: number;
  changed: number;
  changedLeftOut: number;
  unchanged: number;
  unchangedLeftOut: number;
}

/** One decoded picture: its time, what it shows, and whether it would be left out. */
interface Picture {
  pts: string;
  checksum: string;
  leftOut: boolean;
}

const folder = mkdtempSync(join(tmpdir(), 'clearframe-damage-'));
const byCodec = new Map<string, Counts>();
try {
  for (const name of readdirSync(PIECES)) {
    const path = join(PIECES, name);
    const sound = pictures(path);
    if (sound.length < MIN_PICTURES || sound.some(({ leftOut }) => leftOut)) {
      console.error(`${name}: not a measure (${sound.length} pictures)`);
      continue;
    }
    const codec = codecOf(path);
    const counts = byCodec.get(codec) ?? {
      pieces: 0,
      changed: 0,
      changedLeftOut: 0,
      unchanged: 0,
      unchangedLeftOut: 0,
    };
    byCodec.set(codec, counts);
    counts.pieces++;
    const expected = new Map(sound.map(({ pts, checksum }) => [pts, checksum]));
    const bytes = readFileSync(path);
    for (let time = 0; time < Number(values.times); time++) {
      const file = join(folder, 'damaged');
      writeFileSync(file, damaged(bytes));
      for (const { pts, checksum, leftOut } of pictures(file)) {
        if (!expected.has(pts)) continue;
        const kind = expected.get(pts) === checksum ? 'unchanged' : 'changed';
        counts[kind]++;
        if (leftOut) counts[`${kind}LeftOut`]++;
      }
    }
    console.error(`${name}: ${codec} ${JSON.stringify(counts)}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
console.log('codec\tpieces\tchanged pictures that are left out\tunchanged ones left out with them');
for (const [codec, { pieces, changed, changedLeftOut, unchanged, unchangedLeftOut }] of [...byCodec].sort())
  console.log(`${codec}\t${pieces}\t${changedLeftOut} of ${changed}\t${unchangedLeftOut} of ${unchanged}`);

/** One to four places behind the first third, where headers end: a bit, or up to 59 bytes, zero or at random. */
function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  for (let places = 1 + random.below(4); places > 0; places--) {
    const at = Math.floor(copy.length / 3) + random.below(Math.ceil((2 * copy.length) / 3));
    const kind = random.below(3);
    if (kind === 0) copy[at]! ^= 1 << random.below(8);
    else {
      const end = Math.min(copy.length, at + 1 + random.below(59));
      for (let i = at; i < end; i++) copy[i] = kind === 1 ? 0 : random.below(256);
    }
  }
  return copy;
}

function pictures(path: string): Picture[] {
  const { stderr } = spawnSync(
    'ffmpeg',
    [
      ...['-hide_banner', '-nostats', '-threads', '1', '-i', path, '-map', '0:v:0'],
      ...['-vf', 'showinfo', '-fps_mode', 'passthrough', '-f', 'null', '-'],
    ],
    { timeout: 1000 * TIMEOUT, maxBuffer: 1 << 28, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const log = new DamageLog();
  return stderr
    .toString('latin1')
    .split('\n')
    .flatMap((line) => {
      const shown = /showinfo.* pts: *(\S+) .*iskey:(\d) .*checksum:(\w+)/.exec(line);
      if (shown === null) {
        if (!line.includes('showinfo')) log.readLog(line);
        return [];
      }
      const [, pts, key, checksum] = shown;
      return [{ pts: pts!, checksum: checksum!, leftOut: log.nextPicture(key === '1') !== 'whole' }];
    });
}

function codecOf(path: string): string {
  const args = [
    '-v',
    'error',
    '-select_streams',
    'v:0',
    '-show_entries',
    'stream=codec_name',
    '-of',
    'csv=p=0',
    path,
  ];
  return execFileSync('ffprobe', args).toString().trim().split('\n')[0]!.replace(/,+$/, '');
}
