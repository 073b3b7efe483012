/** The list of labelled clips: CSV with the columns path, label, kind and, optionally, region, group, split, original, source. */

import { basename, dirname } from 'node:path';

export interface ManifestRow {
  /** Relative to the data root. */
  path: string;
  label: 'real' | 'fake';
  kind: string;
  region: 'full' | 'left-half' | 'right-half';
  /** Rows that share footage or people; never split between training and validation. By default a file with what names it as `original`. */
  group: string;
  split: string;
  /** Path of the footage that a fake was made of, with the same moments; empty when unknown. */
  original: string;
  /** Family of data, weighed as one in training; the folder's name unless said otherwise. */
  source: string;
}

const REGIONS = ['full', 'left-half', 'right-half'] as const;

/** @throws Error that names the line, the field and the value that is wrong */
export function readManifest(text: string): ManifestRow[] {
  // Spreadsheets begin a file with a byte order mark.
  const [header, ...records] = parseCsv(text.replace(/^\ufeff/, ''));
  if (header === undefined)
    throw new Error('The manifest is empty: it needs a first line with the names of its columns.');
  for (const column of ['path', 'label']) {
    if (!header.includes(column))
      throw new Error(`The manifest has no column "${column}"; it has: ${header.join(', ')}.`);
  }
  return records.map((record, index) => {
    const at = (column: string): string => record[header.indexOf(column)] ?? '';
    const fail = (column: string, expected: string): never => {
      throw new Error(`Manifest line ${index + 2}: ${column} is "${at(column)}", expected ${expected}.`);
    };
    if (at('path') === '') fail('path', 'a file');
    const label = at('label');
    if (label !== 'real' && label !== 'fake') return fail('label', 'real or fake');
    const region =
      REGIONS.find((known) => known === (at('region') || 'full')) ?? fail('region', REGIONS.join(', '));
    return {
      path: at('path'),
      label,
      kind: at('kind') || label,
      region,
      group: at('group') || at('original') || at('path'),
      split: at('split'),
      original: at('original'),
      source: at('source') || basename(dirname(at('path'))),
    };
  });
}

/** RFC 4180: commas, quotes doubled inside quotes, LF or CRLF. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === ',') continue;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  return rows;
}
