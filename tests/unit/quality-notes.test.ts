import { describe, expect, it } from 'vitest';
import { messages } from '../../src/app/messages.ts';
import { damageNote, weaknesses } from '../../src/app/quality-notes.ts';
import {
  LIMITS,
  minFrames,
  parseRecord,
  type TrackRecord,
  type VerdictRecord,
} from '../../src/verdict/index.ts';
import { record } from './share-record.ts';

const withDamage = (framesDamaged: number): VerdictRecord => {
  const whole = record();
  return parseRecord({ ...whole, sampling: { ...whole.sampling, framesDamaged } });
};

/** The record with its deciding face changed. */
function withTrack(change: Partial<TrackRecord>): VerdictRecord {
  const whole = record();
  return parseRecord({ ...whole, tracks: whole.tracks.map((track) => ({ ...track, ...change })) });
}

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

  it('is a small face, up to twice the size below which none is judged', () => {
    expect(weaknesses(withTrack({ faceSize: 2 * LIMITS.minFaceSize }))).toEqual([]);
    expect(weaknesses(withTrack({ faceSize: 55.2 }))).toEqual([messages.result.smallFace(55)]);
  });

  it('is told in pixels of the video, also where its frames were scaled down', () => {
    const { media, ...rest } = withTrack({ faceSize: 55.2 });
    const large = { ...rest, media: { ...media!, width: 2160, height: 3840, bitrate: 5e7 } };
    expect(weaknesses(large)).toEqual([messages.result.smallFace(110)]);
  });

  it('is told of the marks of small faces where the detector has them', () => {
    const { model, ...rest } = withTrack({ faceSize: 55.2 });
    const smallFaces = { below: 55.3, strong: 0.99, some: 0.95 };
    const held = (below: number): VerdictRecord => ({
      ...rest,
      model: {
        ...model!,
        operatingPoints: { ...model!.operatingPoints, smallFaces: { ...smallFaces, below } },
      },
    });
    const { smallFace, higherMarks } = messages.result;
    expect(weaknesses(held(55.3))).toEqual([smallFace(55), higherMarks]);
    expect(weaknesses(held(50))).toEqual([smallFace(55)]);
  });

  it('is a small picture, where something was flagged', () => {
    const shot = (outcome: 'some' | 'none', width: number, height: number): VerdictRecord => {
      const whole = record();
      return {
        ...whole,
        media: { ...whole.media!, width, height },
        verdict: { ...whole.verdict, outcome },
      };
    };
    const { smallPicture } = messages.result;
    expect(weaknesses(shot('some', 400, 300))).toEqual([smallPicture(400, 300)]);
    expect(weaknesses(shot('some', 240, 426))).toEqual([smallPicture(240, 426)]);
    expect(weaknesses(shot('some', 480, 320))).toEqual([]);
    expect(weaknesses(shot('none', 400, 300))).toEqual([]);
  });

  it('is that few frames decided, up to twice as many as it takes', () => {
    const { frames } = record().tracks[0]!;
    const needed = minFrames(record().sampling.framesPerSecond);
    expect(weaknesses(withTrack({ frames: frames.slice(0, 2 * needed) }))).toEqual([]);
    expect(weaknesses(withTrack({ frames: frames.slice(0, 2 * needed - 1) }))).toEqual([
      messages.result.fewFrames(2 * needed - 1),
    ]);
  });

  it('is strong compression, where the bitrate is known', () => {
    const withBitrate = (bitrate: number): VerdictRecord => {
      const whole = record();
      return parseRecord({ ...whole, media: { ...whole.media!, bitrate } });
    };
    const { width, height, frameRate } = record().media!;
    const least = LIMITS.minBitsPerPixel * width * height * frameRate;
    expect(weaknesses(withBitrate(2.1 * least))).toEqual([]);
    expect(weaknesses(withBitrate(1.5 * least))).toEqual([messages.result.lowBitrate]);
    expect(weaknesses(withBitrate(0))).toEqual([]);
  });

  it('is said of the face that decides, not of the others', () => {
    const whole = record();
    const small = { ...whole.tracks[0]!, id: 1, faceSize: 42 };
    expect(weaknesses({ ...whole, tracks: [...whole.tracks, small] })).toEqual([]);
  });
});
