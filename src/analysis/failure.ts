import { REASONS, type Reason } from '../verdict/types.ts';

/** Turns whatever a stage threw into the reason that people read. Stage errors carry it as their `code`. */
export function reasonOf(error: unknown): Reason {
  if (error instanceof RangeError && /memory|allocation|buffer/i.test(error.message)) return 'out_of_memory';
  if (error instanceof DOMException && error.name === 'QuotaExceededError') return 'out_of_memory';
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return REASONS.find((reason) => reason === code) ?? 'internal_error';
}
