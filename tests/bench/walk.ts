/** Bars 3 to 6: the whole walk in the built app, on made clips of ten seconds and of an hour. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { chromium, type Page } from 'playwright-core';
import type { AnalysisOptions, AnalysisResult } from '../../src/analysis/index.ts';
import type {} from '../../src/app/headless.ts';
import { ensureBuilt } from '../../scripts/build-stamp.ts';
import { ensureChromium } from '../../scripts/chromium.ts';
import { CHROMIUM_FLAGS } from '../../scripts/pipeline.ts';
import { root } from '../../scripts/root.ts';
import { startServer } from '../../scripts/serve.ts';
import { onBenchPage } from './bench-page.ts';
import type { StageRates } from './stages.ts';
import { openNative, type NativeRun } from './native.ts';
import { messages } from '../../src/app/messages.ts';

const FOLDER = join(root, '.cache/bench');
const PORTRAIT = join(root, 'tests/fixtures/faces/astronaut.jpg');
export const CLIP_SECONDS = 10;
const FRAME_RATE = 25;
/** How often the clip is repeated in the files that time is plotted against length for: 30 s, 1 min, 10 min, 1 h. */
const REPEATS = [3, 6, 60, 360];

/** Ten seconds of 720p H.264 with one face that moves, and the same over and over, up to an hour. */
function makeClips(): { clip: string; longer: string[] } {
  mkdirSync(FOLDER, { recursive: true });
  const clip = join(FOLDER, 'clip.mp4');
  const ffmpeg = (...args: string[]): void =>
    void execFileSync('ffmpeg', ['-v', 'error', '-y', ...args], { stdio: 'inherit' });
  if (!existsSync(clip)) {
    const scene =
      `[1:v]scale=-2:560[face];[0:v][face]overlay=x='360+120*sin(t*0.9)':y='90+40*sin(t*1.7)',` +
      `noise=alls=7:allf=t,format=yuv420p`;
    ffmpeg(
      ...['-f', 'lavfi', '-i', `color=0x5a6650:s=1280x720:r=${FRAME_RATE}:d=${CLIP_SECONDS}`],
      ...['-loop', '1', '-r', String(FRAME_RATE), '-t', String(CLIP_SECONDS), '-i', PORTRAIT],
      ...['-filter_complex', scene, '-t', String(CLIP_SECONDS)],
      ...['-c:v', 'libx264', '-preset', 'medium', '-crf', '26', '-g', '50', '-movflags', '+faststart', clip],
    );
  }
  const longer = REPEATS.map((repeats) => {
    const file = join(FOLDER, `clip-x${repeats}.mp4`);
    const copy = ['-c', 'copy', '-movflags', '+faststart', file];
    if (!existsSync(file)) ffmpeg('-stream_loop', String(repeats - 1), '-i', clip, ...copy);
    return file;
  });
  return { clip, longer };
}

export interface WalkFigures {
  /** Seconds per turn. */
  cold: number[];
  warm: number[];
  /** The native walk, turn by turn with the warm ones; a sentence where there is none. */
  native: NativeRun[] | string;
  /** Mean score of the longest track's crops, as the native walk has it. */
  score: number;
  tenSeconds: number[];
  hour: number[];
  /** The same for every length, the clip's own first. */
  byLength: { length: number; seconds: number[] }[];
  /** Every frame of the clip: seconds per turn, and how many frames. */
  everyFrame: { seconds: number[]; frames: number };
  /** Peak resident bytes of the tab's process; null where /proc is not there. */
  tenSecondsMemory: number | null;
  hourMemory: number | null;
  /** Bytes that the server sent until the first verdict. */
  firstVerdictBytes: number;
  shellGzipBytes: number;
  timings: AnalysisResult['timings'];
  outcome: string;
}

export async function measureWalk(turns: number): Promise<WalkFigures> {
  await ensureBuilt();
  const { clip, longer } = makeClips();
  const server = await startServer({ root: join(root, 'dist') });
  try {
    const cold: number[] = [];
    let firstVerdictBytes = 0;
    for (let turn = 0; turn < Math.min(3, turns); turn++) {
      const before = server.bytesSent();
      cold.push(await withPage(server.url, (page) => firstVerdict(page, server.url, clip)));
      firstVerdictBytes = server.bytesSent() - before;
    }
    const native = await openNative();
    const nativeRuns: NativeRun[] = [];
    const ten = await withPage(server.url, (page) =>
      repeat(page, server.url, clip, turns, async () => {
        if (typeof native !== 'string') nativeRuns.push(await native(clip));
      }),
    );
    const byLength = [{ length: CLIP_SECONDS, seconds: ten.seconds }];
    let long = ten;
    for (const [i, file] of longer.entries()) {
      long = await withPage(server.url, (page) => repeat(page, server.url, file, turns));
      byLength.push({ length: CLIP_SECONDS * REPEATS[i]!, seconds: long.seconds });
    }
    const every = await withPage(server.url, (page) =>
      repeat(page, server.url, clip, Math.min(3, turns), () => Promise.resolve(), { everyFrame: true }),
    );
    return {
      cold,
      warm: ten.seconds,
      native: typeof native === 'string' ? native : nativeRuns,
      score: meanScore(ten.last),
      tenSeconds: ten.seconds,
      hour: long.seconds,
      byLength,
      everyFrame: { seconds: every.seconds, frames: every.last.record.sampling.framesDecoded },
      tenSecondsMemory: ten.memory,
      hourMemory: long.memory,
      firstVerdictBytes,
      shellGzipBytes: shellGzipBytes(),
      timings: ten.last.timings,
      outcome: ten.last.record.verdict.outcome,
    };
  } finally {
    await server.close();
  }
}

/** A browser of its own, with an empty profile, for one measurement. */
async function withPage<T>(url: string, work: (page: Page, pid: number) => Promise<T>): Promise<T> {
  const launched = await chromium.launchServer({ executablePath: ensureChromium(), args: CHROMIUM_FLAGS });
  const browser = await chromium.connect(launched.wsEndpoint());
  try {
    return await work(await browser.newPage({ baseURL: url }), launched.process().pid!);
  } finally {
    await browser.close();
    await launched.close();
  }
}

/** Seconds from asking for the page to the verdict of a file that is chosen as soon as one can be. */
async function firstVerdict(page: Page, url: string, file: string): Promise<number> {
  const started = performance.now();
  await page.goto(url);
  await page.locator('input[type=file]').first().setInputFiles(file);
  await page.getByRole('button', { name: messages.passOn.save }).waitFor({ timeout: 300_000 });
  return (performance.now() - started) / 1000;
}

/** Each stage alone, on every frame of the clip. */
export function measureStages(turns: number): Promise<StageRates> {
  const { clip } = makeClips();
  const order = { frameRate: FRAME_RATE, turns: Math.min(3, turns) };
  return onBenchPage((page) =>
    page.evaluate((order) => window.stages(order), {
      ...order,
      url: `/${relative(root, clip)}`,
      modelUrl: new URL('/model/', page.url()).href,
    }),
  );
}

function meanScore({ record }: AnalysisResult): number {
  const [longest] = [...record.tracks].sort((a, b) => b.frames.length - a.frames.length);
  return longest!.frames.reduce((sum, { score }) => sum + score, 0) / longest!.frames.length;
}

/** @param between is done after every turn */
async function repeat(
  page: Page,
  url: string,
  file: string,
  turns: number,
  between: () => Promise<void> = () => Promise.resolve(),
  options: AnalysisOptions = {},
): Promise<{ seconds: number[]; memory: number | null; last: AnalysisResult }> {
  await page.goto(`${url}headless.html`);
  await page.waitForFunction(() => 'clearframe' in window);
  await page.setInputFiles('#files', file);
  let last = await page.evaluate((how) => window.clearframe.analyze(how), options);
  const seconds: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    last = await page.evaluate((how) => window.clearframe.analyze(how), options);
    seconds.push(last.timings.total);
    await between();
  }
  return { seconds, memory: peakMemory(), last };
}

/** The largest peak of resident memory among this machine's Chromium tabs, in bytes; the benchmark has only one open. */
function peakMemory(): number | null {
  if (!existsSync('/proc/self/status')) return null;
  const peaks = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer')) return [];
        const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        return peak === undefined ? [] : [1024 * Number(peak)];
      } catch {
        return []; // it ended in between
      }
    });
  return peaks.length === 0 ? null : Math.max(...peaks);
}

/** The page, its styles and the scripts it names, each compressed. */
function shellGzipBytes(): number {
  const dist = join(root, 'dist');
  const html = readFileSync(join(dist, 'index.html'), 'utf8');
  const named = [...html.matchAll(/(?:src|href)="(?:\.\/)?(assets\/[^"]+\.(?:js|css))"/g)].map(
    ([, path]) => path!,
  );
  return [...new Set(['index.html', ...named])].reduce(
    (sum, path) => sum + gzipSync(readFileSync(join(dist, path))).length,
    0,
  );
}
