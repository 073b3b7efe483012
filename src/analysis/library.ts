/**
 * Clearframe for other people's pages: `dist/clearframe.js`, an ES module beside the app's own files.
 *
 *     import { analyze } from './clearframe/clearframe.js';
 *     const { record } = await analyze(file);
 *
 * A browser starts workers from a page's own origin only, so the folder has to be hosted with the page that uses it.
 */
import { AnalysisClient } from './client.ts';
import type { AnalysisEvent, AnalysisOptions, AnalysisResult } from './types.ts';

export type { AnalysisEvent, AnalysisOptions, AnalysisResult, EvidenceCrop, Region, Stage } from './types.ts';
export type { TrackRecord, VerdictRecord } from '../verdict/record.ts';
export type { Outcome, Reason } from '../verdict/types.ts';
export { AnalysisClient } from './client.ts';

export interface AnalyzeOptions extends AnalysisOptions {
  /** Ends the analysis at once; the result is then *cannot tell: cancelled*. */
  signal?: AbortSignal;
  /** Hears what happens on the way. What it throws ends the analysis and rejects the promise. */
  onEvent?: (event: AnalysisEvent) => void;
}

let shared: AnalysisClient | undefined;
/** The end of the analysis before. One worker does one at a time. */
let last: Promise<void> = Promise.resolve();

/**
 * Checks whether the faces in a video show signs of manipulation, in a worker, on this device; nothing is sent anywhere.
 * Calls are queued. The worker is started by the first and kept warm for the next.
 *
 * Never rejects because of the file: what cannot be judged ends in the outcome `cannot-tell` with its reasons in
 * `record.verdict.reasons`. Scores and their outcomes are those of the app; `record` follows
 * `schema/verdict-record-1.json`. Times are in seconds, boxes in source pixels (x, y, width, height).
 */
export function analyze(file: File, options: AnalyzeOptions = {}): Promise<AnalysisResult> {
  const { signal = new AbortController().signal, onEvent, ...rest } = options;
  // A bundler would take the expression `new URL('./', import.meta.url)` for a file to copy.
  const here = import.meta.url;
  const client = (shared ??= new AnalysisClient({ base: new URL('./', here).href }));
  const before = last;
  const run = turn(before, signal).then(async () => {
    const steps = client.analyze(file, rest, signal);
    for (;;) {
      const step = await steps.next();
      if (step.done) return step.value;
      try {
        onEvent?.(step.value);
      } catch (error) {
        await steps.return(undefined as never); // ends this analysis, and nothing that is its successor's
        throw error;
      }
    }
  });
  // Not what they come to: every result would be kept.
  last = Promise.allSettled([before, run]).then(() => undefined);
  return run;
}

/** Waits for the analysis before; one that is cancelled need not. */
async function turn(before: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  let onAbort = (): void => undefined;
  const aborted = new Promise<void>((resolve) => (onAbort = resolve));
  signal.addEventListener('abort', onAbort, { once: true });
  await Promise.race([before, aborted]);
  signal.removeEventListener('abort', onAbort);
}

/** Ends the worker and frees its memory. The next `analyze` starts a new one. */
export function dispose(): void {
  shared?.dispose();
}
