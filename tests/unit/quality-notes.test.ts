import { describe, expect, it } from 'vitest';
import { messages } from '../../src/app/messages.ts';
import { damageNote, weaknesses } from '../../src/app/quality-notes.ts';
import { parseRecord, type VerdictRecord } from '../../src/verdict/index.ts';
import { record } from './share-record.ts';

const withDamage = (framesDamaged: number): VerdictRecord => {
  const whole = record();
  return parseRecord({ ...whole, sampling: { ...whole.sampling, framesDamaged } });
};

describe('what weakens a result', () => {
  it('is nothing where nothing is wrong', () => {
    expect(weaknesses(record())).toEqual([]);
  });

  it('is damage: how many of the frames that were asked for had to be left out', () => {
    expect(weaknesses(withDamage(4))).toEqual([messages.result.damagedFrames(4, 64)]);
  });

  it('is damage also where nobody knows which frames it concerns', () => {
    expect(weaknesses(withDamage(0))).toEqual([messages.result.damagedSomewhere]);
    expect(damageNote(withDamage(0).sampling)).toBe(messages.result.damagedSomewhere);
  });
});
