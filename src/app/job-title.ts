import { clock, nameText } from './format.ts';
import type { Job } from './job.svelte.ts';
import { messages } from './messages.ts';

/** What a file is called in the list and over its result, with what of it is looked at where that was asked for. */
export function titleOf({ name, scope: { region, part, everyFrame } }: Job): string {
  return [
    nameText(name),
    ...(part === undefined ? [] : [messages.result.from(clock(part.start), clock(part.end))]),
    ...(everyFrame === true ? [messages.result.coverage.everyFrame] : []),
    ...(region === undefined || region === 'full' ? [] : [messages.comparison.regions[region]]),
  ].join(' · ');
}
