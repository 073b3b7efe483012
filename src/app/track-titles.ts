import type { TrackRecord } from '../verdict/index.ts';
import { byPerson } from './by-person.ts';
import { clock, letters } from './format.ts';
import { messages } from './messages.ts';

/** Whose face each track shows, and when, by the track's id. */
export function trackTitles(tracks: readonly TrackRecord[]): ReadonlyMap<number, string> {
  const words = messages.result;
  return new Map(
    byPerson(tracks).flatMap((runs, index) =>
      runs.map(({ id, start, end }): [number, string] => [
        id,
        `${words.person(letters(index))} · ${words.from(clock(start), clock(end))}`,
      ]),
    ),
  );
}
