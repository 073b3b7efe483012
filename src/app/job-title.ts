import { clock, nameText } from './format.ts';
import type { Job } from './job.svelte.ts';
import { messages } from './messages.ts';

/** What a file is called where a sentence names it, with what of it is looked at where that was asked for. */
export function titleOf(job: Job): string {
  return nameText(job.name) + scopeText(job);
}

/** What follows a file's name: what of it is looked at, where that was asked for. */
export function scopeText({ scope: { region, part, everyFrame } }: Job): string {
  return [
    ...(part === undefined ? [] : [messages.result.from(clock(part.start), clock(part.end))]),
    ...(everyFrame === true ? [messages.result.coverage.everyFrame] : []),
    ...(region === undefined || region === 'full' ? [] : [messages.comparison.regions[region]]),
  ]
    .map((text) => ` · ${text}`)
    .join('');
}
