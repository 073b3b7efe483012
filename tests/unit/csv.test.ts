import { expect, it, describe } from 'vitest';
import { csv } from '../../src/share/csv.ts';
import type { VerdictRecord } from '../../src/verdict/index.ts';
import { record } from './share-record.ts';

/** The line of one record, by column. */
function line(of: VerdictRecord): Record<string, string> {
  const [head, cells] = csv([{ name: 'a.mp4', record: of }])
    .replace('\uFEFF', '')
    .split('\r\n')
    .map((line) => line.split(','));
  return Object.fromEntries(head!.map((title, index) => [title, cells![index]!]));
}

function cells(name: string): string[] {
  return csv([{ name, record: null }])
    .split('\r\n')[1]!
    .split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/);
}

describe('the table of results', () => {
  it('has a column of each name for every row, checked or not', () => {
    const [head, checked, waiting] = csv([
      { name: 'a.mp4', record: record() },
      { name: 'b.mp4', record: null },
    ])
      .replace('\uFEFF', '')
      .split('\r\n')
      .map((line) => line.split(','));
    expect(checked).toHaveLength(head!.length);
    expect(waiting).toHaveLength(head!.length);
    const value = (column: string): string => checked![head!.indexOf(column)]!;
    expect(value('outcome')).toBe(record().verdict.outcome);
    expect(value('sha256')).toBe(record().file.sha256);
    expect(Number(value('score'))).toBeCloseTo(record().verdict.score!, 3);
    expect(waiting![head!.indexOf('outcome')]).toBe('not-checked');
  });

  it('says by which marks a score was judged: small faces have others', () => {
    const { tracks, model, ...rest } = record();
    const smallFaces = { below: 80, some: 0.95, strong: 0.99 };
    const judged = (faceSize: number): VerdictRecord => ({
      ...rest,
      model: { ...model!, operatingPoints: { ...model!.operatingPoints, smallFaces } },
      tracks: tracks.map((track) => ({ ...track, faceSize })),
    });
    expect(line(judged(200))).toMatchObject({ some_from: '0.6607', strong_from: '0.8178', face_px: '200' });
    expect(line(judged(40))).toMatchObject({ some_from: '0.9500', strong_from: '0.9900', face_px: '40' });
  });

  it('has no marks where no face decided', () => {
    const whole = record();
    const verdict = {
      outcome: 'cannot-tell',
      score: null,
      reasons: ['too_short'],
      trackId: null,
    } satisfies VerdictRecord['verdict'];
    expect(line({ ...whole, verdict })).toMatchObject({
      score: '',
      some_from: '',
      strong_from: '',
      face_px: '',
      reasons: 'too_short',
    });
  });

  it('counts people, of whom one may be in view several times', () => {
    const whole = record();
    const people = (...of: (number | undefined)[]): string | undefined => {
      const tracks = of.map((person, id) => ({ ...whole.tracks[0]!, id, person }));
      return line({ ...whole, tracks }).people;
    };
    expect(people(0, 1, 0)).toBe('2');
    expect(people()).toBe('0');
    // Older records do not say who is who.
    expect(people(undefined, undefined)).toBe('2');
  });

  it('quotes what would break a line or a column', () => {
    expect(cells('a, "b".mp4')[0]).toBe('"a, ""b"".mp4"');
    expect(csv([{ name: 'a\r\nb', record: null }])).toContain('"a\r\nb"');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1'])('a file named %j is no formula', (name) => {
    expect(cells(name)[0]).toBe(`'${name}`);
  });

  it('keeps names of all scripts and says that it is UTF-8', () => {
    expect(csv([{ name: 'مقطع.mp4', record: null }])).toMatch(/^\uFEFF[^]*مقطع\.mp4/);
  });
});
