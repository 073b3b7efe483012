import { describe, expect, it } from 'vitest';
import { readManifest } from '../../model-export/manifest-csv.ts';

describe('readManifest', () => {
  it('reads what a spreadsheet has written', () => {
    expect(readManifest('\ufeffpath,label\r\na.mp4,real\r\n')).toMatchObject([
      { path: 'a.mp4', label: 'real' },
    ]);
  });

  it('reads quoted fields, CRLF and fills in what is optional', () => {
    const rows = readManifest(
      'path,label,kind,region\r\n"a ""b"", c.mp4",fake,fake-swap,left-half\r\nd.mp4,real,,\r\n',
    );
    expect(rows).toEqual([
      {
        path: 'a "b", c.mp4',
        label: 'fake',
        kind: 'fake-swap',
        region: 'left-half',
        group: 'a "b", c.mp4',
        split: '',
        original: '',
        source: '.',
      },
      {
        path: 'd.mp4',
        label: 'real',
        kind: 'real',
        region: 'full',
        group: 'd.mp4',
        split: '',
        original: '',
        source: '.',
      },
    ]);
  });

  it('groups a file with what was made of it, where no group is given', () => {
    const rows = readManifest('path,label,original\na.mp4,real,\nb.mp4,fake,a.mp4\nc.mp4,fake,\n');
    expect(rows.map(({ group }) => group)).toEqual(['a.mp4', 'a.mp4', 'c.mp4']);
  });

  it.each([
    ['path,label\na.mp4,maybe\n', /line 2: label is "maybe"/],
    ['path,label,region\na.mp4,real,real\n,fake,top\n', /line 2: region is "real"/],
    ['file,label\na.mp4,real\n', /no column "path"/],
    ['', /empty/],
  ])('names what is wrong in %j', (text, message) => {
    expect(() => readManifest(text)).toThrow(message);
  });
});
