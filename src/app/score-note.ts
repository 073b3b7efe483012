import { scoreInterval, type TrackRecord } from '../verdict/index.ts';
import { scoreText } from './format.ts';
import { messages } from './messages.ts';

/** What a face's own score is, and how far it could be off, in sentences. */
export function scoreNote(track: TrackRecord, framesPerSecond: number): string {
  const words = messages.result;
  if (track.reasons.length > 0) return words.scoreless;
  const score = scoreText(track.score);
  const interval = scoreInterval(track, framesPerSecond);
  if (interval === null) return words.scoreAlone(score);
  const [low, high] = interval.map(scoreText) as [string, string];
  return low === high ? words.scoreNarrow(score, low) : words.scoreInterval(score, low, high);
}
