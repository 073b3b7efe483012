import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StallError, Watchdog } from '../../src/workers/watchdog.ts';

const STALL = 1000;
const never = new Promise<never>(() => undefined);
const { signal } = new AbortController();

/** Milliseconds by which the clock has gone on while the thread was asleep. */
let slept = 0;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  slept = 0;
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + slept);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** What has become of the watched work. */
function outcome(work: Promise<unknown>): { error?: unknown } {
  const seen: { error?: unknown } = {};
  work.catch((error: unknown) => (seen.error = error));
  return seen;
}

test('work without a sign of life is given up after the allowed time, and not before', async () => {
  const seen = outcome(new Watchdog(STALL).watch(never, signal));
  await vi.advanceTimersByTimeAsync(STALL * 0.9);
  expect(seen.error).toBeUndefined();
  await vi.advanceTimersByTimeAsync(STALL * 0.2);
  expect(seen.error).toBeInstanceOf(StallError);
});

test('a sign of life gives it the whole time again', async () => {
  const watchdog = new Watchdog(STALL);
  const seen = outcome(watchdog.watch(never, signal));
  for (let i = 0; i < 5; i++) {
    await vi.advanceTimersByTimeAsync(STALL * 0.8);
    watchdog.alive();
  }
  expect(seen.error).toBeUndefined();
});

test('an hour asleep is no stall; standing still after it is one', async () => {
  const seen = outcome(new Watchdog(STALL).watch(never, signal));
  await vi.advanceTimersByTimeAsync(STALL * 0.5);
  slept = 3_600_000;
  await vi.advanceTimersByTimeAsync(STALL * 0.2);
  expect(seen.error).toBeUndefined();
  await vi.advanceTimersByTimeAsync(STALL * 0.5);
  expect(seen.error).toBeInstanceOf(StallError);
});
