/** What a tab holds: memory as three parties count it, workers, tensors, locks. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { workerCounts } from './long-run-counters.ts';

/** Memory in megabytes (10^6 bytes), after a garbage collection. */
export interface Sample {
  clips: number;
  pageHeap: number;
  /** JavaScript of page and workers; 0 where the browser does not say. */
  tab: number;
  /** What WebAssembly holds in the workers. */
  wasm: number;
  /** Of the browser's renderer processes together, shared pages counted once per sharer; 0 where there is no /proc. */
  resident: number;
  workers: number;
  tensors: number;
  /** Pictures of the browser's decoder that are not closed. */
  frames: number;
  /** Every living worker holds one; see `src/workers/lifetime.ts`. */
  locks: number;
  /** Open files, sockets and pipes of the renderer processes. */
  descriptors: number;
}

const MEGABYTE = 1e6;
const COLUMNS: (keyof Sample)[] = [
  'clips',
  'pageHeap',
  'tab',
  'wasm',
  'resident',
  'workers',
  'tensors',
  'frames',
  'locks',
  'descriptors',
];
const WIDTH = 12;

export const HEADINGS = COLUMNS.map((name) => name.padStart(WIDTH)).join('');

export function row(sample: Sample): string {
  return COLUMNS.map((name) => {
    const value = sample[name];
    return (Number.isInteger(value) ? String(value) : value.toFixed(1)).padStart(WIDTH);
  }).join('');
}

export async function measure(browser: Browser, page: Page, clips: number): Promise<Sample> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.enable');
  await session.send('HeapProfiler.collectGarbage');
  const tab = await page.evaluate(async () => {
    const { measureUserAgentSpecificMemory: ask } = performance as Performance & {
      measureUserAgentSpecificMemory?: () => Promise<{ bytes: number }>;
    };
    return ask === undefined ? 0 : (await ask.call(performance)).bytes;
  });
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = (await session.send('Runtime.getHeapUsage')) as { usedSize: number };
  await session.detach();
  const tensors = await Promise.all(
    page
      .workers()
      .filter((worker) => worker.url().includes('/detector-worker-'))
      .map((worker) =>
        worker.evaluate(
          () =>
            (self as unknown as { _tfengine?: { state: { numTensors: number } } })._tfengine?.state
              .numTensors ?? 0,
        ),
      ),
  );
  const counts = await workerCounts(page.workers());
  const processes = await renderers(browser);
  return {
    clips,
    pageHeap: usedSize / MEGABYTE,
    tab: tab / MEGABYTE,
    wasm: counts.wasm / MEGABYTE,
    resident: sum(processes.map((process) => statusBytes(process, 'VmRSS'))) / MEGABYTE,
    workers: page.workers().length,
    tensors: sum(tensors),
    frames: counts.frames,
    locks: await page.evaluate(async () => (await navigator.locks.query()).held?.length ?? 0),
    descriptors: sum(processes.map(openDescriptors)),
  };
}

/**
 * The line of least squares through points of clips and megabytes.
 * @returns its slope, and how much it rises from the first point to the last as a share of the mean
 */
export function growth(points: [clips: number, megabytes: number][]): { perHundred: number; share: number } {
  const mean = (values: number[]): number => sum(values) / values.length;
  const [middle, level] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const slope =
    sum(points.map(([x, y]) => (x - middle) * (y - level))) / sum(points.map(([x]) => (x - middle) ** 2));
  const rise = slope * (points.at(-1)![0] - points[0]![0]);
  return { perHundred: slope * 100, share: level === 0 ? 0 : rise / level };
}

/** The most memory that any tab of a browser has held at once, in bytes; null where there is no /proc. */
export async function peakResidentBytes(browser: Browser): Promise<number | null> {
  const peaks = (await renderers(browser)).map((process) => statusBytes(process, 'VmHWM'));
  return Math.max(0, ...peaks) || null;
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);

async function renderers(browser: Browser): Promise<number[]> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
}

function statusBytes(process: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readOr('', () => readFileSync(`/proc/${process}/status`, 'utf8'));
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) * 1024;
}

function openDescriptors(process: number): number {
  return readOr(0, () => readdirSync(`/proc/${process}/fd`).length);
}

/** A process may have ended since it was listed, and not every system has /proc. */
function readOr<T>(otherwise: T, read: () => T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
