import { expect, it, describe } from 'vitest';
import { csv } from '../../src/share/csv.ts';
import { record } from './share-record.ts';

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
