import { REASONS, type Reason } from '../verdict/types.ts';

/** Codes of the stages that people need not tell apart. */
const SAME_FOR_PEOPLE: Record<string, Reason> = { model_invalid: 'model_integrity_failed' };

/** Turns whatever a stage threw into the reason that people read. Stage errors carry it as their `code`. */
export function reasonOf(error: unknown): Reason {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const named = REASONS.find((reason) => reason === code) ?? SAME_FOR_PEOPLE[code];
  if (named !== undefined) return named;
  // WebAssembly that is refused memory says so, or writes where there is none.
  const message = error instanceof Error ? error.message : String(error);
  return /out of memory|\bOOM\b|cannot enlarge memory|memory access out of bounds|could not allocate|allocation failed|array buffer alloc|invalid (typed )?array(buffer)? length/i.test(
    message,
  )
    ? 'out_of_memory'
    : 'internal_error';
}
