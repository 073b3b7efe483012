/** What happens when a part of Clearframe's own lives on but does not get on. Decoders and files have limits of their own. */
import { StallError, type Watchdog } from '../workers/watchdog.ts';

/**
 * Milliseconds without a sign of life after which a network, or the worker around both, is given up. Far beyond the slowest
 * honest answer: four crops on tfjs's plain JavaScript, 4.5 s each on one core of a server.
 */
export const STALL_MS = 90_000;

/** `load`: what the networks need does not come; `judge`: the detector, `search`: the worker around it, does not answer. */
export type StalledStage = 'load' | 'judge' | 'search';

/** Part of Clearframe itself has stood still. It says nothing about the video. */
export class StalledError extends Error {
  override readonly name = 'StalledError';
  readonly code = 'stalled';

  constructor(readonly stage: StalledStage) {
    super(`stalled in ${stage}: no sign of life for ${STALL_MS / 1000} s`);
  }
}

/** Awaits `work` under the eyes of `watchdog`. @throws StalledError when it stands still; what `work` throws */
export async function unlessStalled<T>(
  stage: StalledStage,
  watchdog: Watchdog,
  work: Promise<T>,
): Promise<T> {
  try {
    return await watchdog.watch(work);
  } catch (error) {
    throw error instanceof StallError ? new StalledError(stage) : error;
  }
}
