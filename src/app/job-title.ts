import { clock } from './format.ts';
import type { Job } from './jobs.svelte.ts';
import { messages } from './messages.ts';

/** What a file is called in the list and over its result; the part is named where only one is looked at. */
export function titleOf({ name, scope: { part } }: Job): string {
  return part === undefined ? name : `${name} · ${messages.result.from(clock(part.start), clock(part.end))}`;
}
