import { describe, expect, it } from 'vitest';
import { messages } from '../../src/app/messages.ts';
import { scoreNote } from '../../src/app/score-note.ts';
import type { TrackRecord } from '../../src/verdict/index.ts';
import { record } from './share-record.ts';

const RATE = 6;
const words = messages.result;
const [whole] = record().tracks;

/** A face with these scores of its frames, six a second. */
const faceOf = (scores: number[], score: number): TrackRecord => ({
  ...whole!,
  score,
  frames: scores.map((one, index) => ({ ...whole!.frames[0]!, time: index / RATE, score: one })),
});
const steady = (score: number, frames: number): number[] => Array.from({ length: frames }, () => score);

describe('what is said of a face’s score', () => {
  it('is where it could lie', () => {
    const uneven = [0.2, 0.5, 0.8].flatMap((score) => steady(score, 8));
    expect(scoreNote(faceOf(uneven, 0.5), RATE)).toBe(words.scoreInterval('0.50', '0.03', '0.97'));
  });

  it('is one number where both ends of that look alike', () => {
    expect(scoreNote(faceOf(steady(0.011, 24), 0.011), RATE)).toBe(words.scoreNarrow('0.01', '0.01'));
  });

  it('is the score alone where too little was looked at', () => {
    expect(scoreNote(faceOf(steady(0.5, 12), 0.5), RATE)).toBe(words.scoreAlone('0.50'));
  });

  it('is that there is none, of a face that was not judged', () => {
    const short = { ...faceOf(steady(0.9, 4), 0.9), reasons: ['too_short' as const] };
    expect(scoreNote(short, RATE)).toBe(words.scoreless);
  });
});
