import { describe, expect, it } from 'vitest';
import { compareRecords } from '../../src/share/compare.ts';
import { MAX_BYTES, readRecord, recordText } from '../../src/share/json.ts';
import { readVerdictLink, roundedRecord, verdictLink } from '../../src/share/link.ts';
import { cannotTell, type RecordError, type VerdictRecord } from '../../src/verdict/index.ts';
import { hash, record } from './share-record.ts';

const BASE = 'https://example.org/clearframe/';
const fragmentOf = (link: string): string => new URL(link).hash;

/** A link's fragment with any text in it. */
async function pressed(text: string): Promise<string> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return `#verdict=1.${Buffer.from(await new Response(stream).arrayBuffer()).toString('base64url')}`;
}

describe('verdict link', () => {
  it('carries the file’s name only when the record has one', async () => {
    expect((await readVerdictLink(fragmentOf(await verdictLink(record(), BASE))))!.file).not.toHaveProperty(
      'name',
    );
    const named = { ...record(), file: { ...record().file, name: 'a clip.mp4' } };
    expect((await readVerdictLink(fragmentOf(await verdictLink(named, BASE))))!.file.name).toBe('a clip.mp4');
  });

  it('carries the whole record, rounded to what can be seen, in under 2,000 characters', async () => {
    const original = record();
    const link = await verdictLink(original, `${BASE}?page#old`);
    expect(link.startsWith(`${BASE}?page#verdict=1.`)).toBe(true);
    expect(link.length).toBeLessThan(2000);
    const read = await readVerdictLink(fragmentOf(link));
    expect(read).toEqual(roundedRecord(original));
    expect(read!.file).toEqual(original.file);
    for (const [i, frame] of read!.tracks[0]!.frames.entries()) {
      const before = original.tracks[0]!.frames[i]!;
      expect(Math.abs(frame.time - before.time)).toBeLessThanOrEqual(0.0005);
      expect(Math.abs(frame.score - before.score)).toBeLessThanOrEqual(0.0005);
      frame.box.forEach((side, at) => expect(Math.abs(side - before.box[at]!)).toBeLessThanOrEqual(0.5));
    }
  });

  it('carries one of two frames that lie within the same millisecond', async () => {
    const dense = record();
    const { frames } = dense.tracks[0]!;
    frames[1]!.time = frames[0]!.time + 1e-4;
    const { tracks } = (await readVerdictLink(fragmentOf(await verdictLink(dense, BASE))))!;
    expect(tracks[0]!.frames).toHaveLength(frames.length - 1);
  });

  it('carries evenly spread frames of a face that has more of them than a link should', async () => {
    const long = record(3000);
    const { tracks } = (await readVerdictLink(fragmentOf(await verdictLink(long, BASE))))!;
    const times = tracks[0]!.frames.map(({ time }) => time);
    expect(times.length).toBeGreaterThan(200);
    expect(times.length).toBeLessThanOrEqual(256);
    const gaps = times.slice(1).map((time, i) => time - times[i]!);
    expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThan(0.01);
    expect(tracks[0]!.score).toBeCloseTo(long.tracks[0]!.score, 3);
  });

  it('carries a record without model, media or faces', async () => {
    const bare: VerdictRecord = {
      ...record(),
      file: { sha256: null, bytes: 0 },
      media: null,
      model: null,
      tracks: [],
      verdict: { outcome: 'cannot-tell', score: null, reasons: ['empty_file'], trackId: null },
    };
    expect(await readVerdictLink(fragmentOf(await verdictLink(bare, BASE)))).toEqual(bare);
  });

  it('is null where the address has none', async () => {
    for (const fragment of ['', '#', '#faces', '#verdicts=1.x']) {
      expect(await readVerdictLink(fragment)).toBeNull();
    }
  });

  it.each([
    ['cut off', (fragment: string) => fragment.slice(0, -40), 'link_damaged'],
    ['changed', (fragment: string) => fragment.replace(/.{9}$/, 'AAAAAAAAA'), 'link_damaged'],
    ['not base64', () => '#verdict=1.%%%', 'link_damaged'],
    ['without a payload', () => '#verdict=1', 'link_damaged'],
    ['with a version that is none', () => '#verdict=one.abc', 'link_damaged'],
    ['of a newer version', (fragment: string) => fragment.replace('=1.', '=2.'), 'newer'],
    ['too long', () => `#verdict=1.${'A'.repeat(300_000)}`, 'link_too_long'],
  ])('says what is wrong with one that is %s', async (_, spoil, problem) => {
    const fragment = fragmentOf(await verdictLink(record(), BASE));
    await expect(readVerdictLink(spoil(fragment))).rejects.toMatchObject({ code: 'record_invalid', problem });
  });

  it('is refused as newer when what it carries is, whatever its shape', async () => {
    const packed = await pressed('{"format":"clearframe-verdict","version":2,"faces":"elsewhere"}');
    await expect(readVerdictLink(packed)).rejects.toMatchObject({ problem: 'newer' });
  });

  it('is refused when it would unpack to more than any record, or to something else', async () => {
    await expect(readVerdictLink(await pressed(`[${'0,'.repeat(5_000_000)}0]`))).rejects.toThrow(/damaged/);
    await expect(readVerdictLink(await pressed('{"tracks":[]}'))).rejects.toThrow(/format/);
    await expect(readVerdictLink(await pressed('null'))).rejects.toThrow(/damaged/);
  });
});

describe('a saved record', () => {
  const saved = (value: unknown): Blob => new Blob([JSON.stringify(value)]);

  it('reads back as it was', async () => {
    expect(await readRecord(saved(record()))).toEqual(record());
  });

  it('has a line for every frame, and the numbers of a link', async () => {
    const named = { ...record(), file: { ...record().file, name: '"frames": []' } };
    named.tracks.push({ ...named.tracks[0]!, id: 1, frames: [] });
    const text = recordText(named);
    expect(text.split('\n').filter((line) => line.startsWith('{"time":'))).toHaveLength(60);
    expect(await readRecord(new Blob([text]))).toEqual(roundedRecord(named));
  });

  it('holds every frame of a long video, which the app can open again', async () => {
    const long = record(36_000);
    const [track] = long.tracks;
    // As long as times and boxes are in use: a clock on the wall, a picture of 8K.
    for (const [i, frame] of track!.frames.entries())
      Object.assign(frame, { time: 1_760_000_000 + i / 60, box: [6543.21, 3210.98, 1234.56, 1234.56] });
    long.tracks = [0, 1, 2].map((id) => ({ ...track!, id }));
    const file = new Blob([recordText(long)]);
    expect((await readRecord(file)).tracks[2]!.frames).toHaveLength(36_000);
    expect(8 * file.size).toBeLessThan(MAX_BYTES);
  });

  it.each([
    ['of a newer version', saved({ ...record(), version: 2 }), 'newer'],
    ['not JSON', new Blob(['<html>']), 'not_json'],
    ['of something else', saved({ format: 'receipt', version: 2 }), 'not_a_record'],
    ['not even an object', saved(null), 'not_a_record'],
    ['too large to be one', { size: MAX_BYTES + 1 } as Blob, 'file_too_large'],
  ])('is refused when it is %s', async (_, file, problem) => {
    await expect(readRecord(file)).rejects.toMatchObject({ code: 'record_invalid', problem });
  });

  it('is refused with the name of the field that is wrong', async () => {
    const wrong = { ...record(), app: { version: 3 } };
    await expect(readRecord(saved(wrong))).rejects.toMatchObject({
      problem: 'field_invalid',
      field: 'app.version',
    });
  });

  it.each([
    ['verdict.reasons', (it: VerdictRecord) => (it.verdict.reasons = ['no_face', 'no_face'])],
    ['tracks.0.reasons', (it: VerdictRecord) => (it.tracks[0]!.reasons = ['too_short', 'too_short'])],
    ['tracks.0.frames', (it: VerdictRecord) => it.tracks[0]!.frames.push(it.tracks[0]!.frames[3]!)],
    ['tracks', (it: VerdictRecord) => it.tracks.push(it.tracks[0]!)],
    ['sampling.runs', (it: VerdictRecord) => (it.sampling.runs = Array(2).fill({ start: 1, end: 2 }))],
  ])('is refused when what has to be told apart is there twice: %s', async (field, repeat) => {
    const twice = record();
    repeat(twice);
    await expect(readRecord(saved(twice))).rejects.toMatchObject({ problem: 'field_invalid', field });
    await expect(readVerdictLink(fragmentOf(await verdictLink(twice, BASE)))).rejects.toMatchObject({
      field,
    });
  });

  it.each([
    [
      'tracks',
      (it: VerdictRecord) => (it.tracks = Array.from({ length: 101 }, (_, id) => ({ ...it.tracks[0]!, id }))),
    ],
    [
      'tracks.0.frames',
      (it: VerdictRecord) =>
        (it.tracks[0]!.frames = Array.from({ length: 40_001 }, (_, i) => ({
          ...it.tracks[0]!.frames[0]!,
          time: i,
        }))),
    ],
    ['media.duration', (it: VerdictRecord) => (it.media!.duration = 1e308)],
  ])('is refused when it holds more than a page can draw: %s', async (field, fill) => {
    const long = record(1);
    fill(long);
    await expect(readRecord(saved(long))).rejects.toMatchObject({ problem: 'field_invalid', field });
  });

  it('is refused in a sentence of bounded length, also where the field’s name has none', async () => {
    const wrong = { ...record(), ['x'.repeat(10_000)]: 1 };
    const error: unknown = await readRecord(saved(wrong)).catch((reason: unknown) => reason);
    expect((error as RecordError).field!.length).toBeLessThan(100);
  });
});

describe('a repetition held against a claim', () => {
  const claim = roundedRecord(record());

  it('repeats it when file and outcome are the same, whatever else differs', () => {
    const own = record();
    expect(compareRecords(claim, own)).toEqual({ kind: 'repeated', differences: [] });
    own.runtime.decoder = 'ffmpeg';
    own.runtime.backend = 'webgpu';
    own.verdict.score = own.verdict.score! + 0.03;
    expect(compareRecords(claim, own)).toEqual({ kind: 'repeated', differences: ['decoder', 'backend'] });
  });

  it('differs when the outcome or the score does, and says what could be the cause', () => {
    const own = record();
    own.model!.sha256 = hash('c');
    own.verdict = { ...own.verdict, outcome: 'strong', score: 0.9 };
    expect(compareRecords(claim, own)).toEqual({
      kind: 'differs',
      differences: ['model', 'outcome', 'score'],
    });
    const unable = record();
    unable.verdict = { outcome: 'cannot-tell', score: null, reasons: ['no_face'], trackId: null };
    expect(compareRecords(claim, unable)).toMatchObject({ kind: 'differs' });
    const [faceless, short] = [unable, { ...record(), verdict: cannotTell('too_short') }];
    expect(compareRecords(faceless, short)).toEqual({ kind: 'differs', differences: ['reasons'] });
    expect(compareRecords(faceless, faceless)).toEqual({ kind: 'repeated', differences: [] });
  });

  it('is none when something else was looked at, whatever was found there', () => {
    const looks: Partial<VerdictRecord['sampling']>[] = [
      { part: { start: 3, end: 9 } },
      { region: 'left-half' },
      { everyFrame: true },
    ];
    for (const look of looks) {
      const own = record();
      Object.assign(own.sampling, look);
      expect(compareRecords(claim, own)).toEqual({ kind: 'another-look' });
      expect(compareRecords(roundedRecord(own), own)).toEqual({ kind: 'repeated', differences: [] });
      own.verdict = { ...own.verdict, outcome: 'strong', score: 0.9 };
      expect(compareRecords(claim, own)).toEqual({ kind: 'another-look' });
    }
  });

  it('tells two copies of one version apart by what they were built from, where both say so', () => {
    const [one, other] = [record(), record()];
    one.app.sha256 = hash('e');
    other.app.sha256 = hash('f');
    expect(compareRecords(one, other)).toEqual({ kind: 'repeated', differences: ['app'] });
    expect(compareRecords(one, one)).toEqual({ kind: 'repeated', differences: [] });
    // Records of earlier versions do not say so.
    expect(compareRecords(record(), other)).toEqual({ kind: 'repeated', differences: [] });
  });

  it('is of another file when the fingerprint differs, whatever became of that', () => {
    const other = record();
    other.file.sha256 = hash('d');
    expect(compareRecords(claim, other)).toEqual({ kind: 'another-file' });
    other.verdict = cannotTell('out_of_memory');
    expect(compareRecords(claim, other)).toEqual({ kind: 'another-file' });
  });

  it('says nothing where a fingerprint is missing, or a check ended without having judged the file', () => {
    const unknown = record();
    unknown.file.sha256 = null;
    expect(compareRecords(claim, unknown)).toEqual({ kind: 'not-compared' });
    expect(compareRecords(unknown, record())).toEqual({ kind: 'not-compared' });
    for (const reason of ['cancelled', 'out_of_memory', 'file_unreadable', 'model_missing'] as const) {
      const ended = { ...record(), verdict: cannotTell(reason) };
      expect(compareRecords(claim, ended)).toEqual({ kind: 'not-compared' });
      expect(compareRecords(ended, record())).toEqual({ kind: 'not-compared' });
    }
    // A claim with an outcome cannot get around the comparison by a reason that it has no use for.
    const forged = record();
    forged.verdict = { ...forged.verdict, outcome: 'strong', reasons: ['cancelled'] };
    expect(compareRecords(forged, record())).toMatchObject({ kind: 'differs' });
  });
});
