import type { TrackRecord } from '../verdict/index.ts';

/**
 * Tracks by the person they show: people in the order of their first track, a person's tracks in the order of time. Every track
 * for itself in a record that does not say.
 */
export function byPerson(tracks: readonly TrackRecord[]): TrackRecord[][] {
  const people = new Map<string, TrackRecord[]>();
  for (const track of tracks) {
    const key = track.person === undefined ? `track ${track.id}` : `person ${track.person}`;
    people.set(key, [...(people.get(key) ?? []), track]);
  }
  return [...people.values()].map((tracks) => tracks.sort((a, b) => a.start - b.start));
}
