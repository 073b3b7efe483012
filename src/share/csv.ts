import { marksFor, type Marks, type TrackRecord, type VerdictRecord } from '../verdict/index.ts';

/** One line of the table: a file that was checked, or that still waits (`record` null). */
export interface CsvRow {
  name: string;
  record: VerdictRecord | null;
}

/** The track that decided; without one there is no score either. */
function deciding(record: VerdictRecord | null): TrackRecord | undefined {
  return record?.tracks.find(({ id }) => id === record.verdict.trackId);
}

/** The marks that its score was held against: those of small faces are higher. */
function marks(record: VerdictRecord | null): Marks | undefined {
  const track = deciding(record);
  return track && record?.model ? marksFor(record.model.operatingPoints, track.faceSize) : undefined;
}

/** Several tracks may show one person; an older record does not say which. */
function people({ tracks }: VerdictRecord): number {
  return new Set(tracks.map(({ id, person }) => (person === undefined ? `track ${id}` : person))).size;
}

const COLUMNS: [title: string, value: (row: CsvRow) => string | number | null | undefined][] = [
  ['file', ({ name }) => name],
  ['outcome', ({ record }) => record?.verdict.outcome ?? 'not-checked'],
  ['score', ({ record }) => record?.verdict.score?.toFixed(4)],
  ['some_from', ({ record }) => marks(record)?.some.toFixed(4)],
  ['strong_from', ({ record }) => marks(record)?.strong.toFixed(4)],
  // In pixels of the decoded frame, as the marks go by it.
  ['face_px', ({ record }) => deciding(record)?.faceSize.toFixed(0)],
  ['reasons', ({ record }) => record?.verdict.reasons.join(' ')],
  ['people', ({ record }) => record && people(record)],
  ['duration_s', ({ record }) => record?.media?.duration.toFixed(3)],
  ['width_px', ({ record }) => record?.media?.width],
  ['height_px', ({ record }) => record?.media?.height],
  ['codec', ({ record }) => record?.media?.codec],
  ['region', ({ record }) => record?.sampling.region],
  ['part_start_s', ({ record }) => record?.sampling.part?.start.toFixed(3)],
  ['part_end_s', ({ record }) => record?.sampling.part?.end.toFixed(3)],
  ['every_frame', ({ record }) => record && (record.sampling.everyFrame === true ? 'yes' : 'no')],
  ['frames_with_face', ({ record }) => record?.sampling.framesWithFace],
  ['frames_damaged', ({ record }) => record?.sampling.framesDamaged],
  ['bytes', ({ record }) => record?.file.bytes],
  ['sha256', ({ record }) => record?.file.sha256],
  ['model', ({ record }) => (record?.model ? `${record.model.name} ${record.model.version}` : '')],
  ['model_sha256', ({ record }) => record?.model?.sha256],
  ['decoder', ({ record }) => record?.runtime.decoder],
  ['backend', ({ record }) => record?.runtime.backend],
  ['app_version', ({ record }) => record?.app.version],
  ['app_sha256', ({ record }) => record?.app.sha256],
  ['checked_at', ({ record }) => record?.createdAt],
];

/**
 * Results as a table (RFC 4180, UTF-8 with a byte order mark, which spreadsheet programs want). A text that a
 * spreadsheet would take for a formula gets an apostrophe in front.
 */
export function csv(rows: readonly CsvRow[]): string {
  const lines = [
    COLUMNS.map(([title]) => title),
    ...rows.map((row) => COLUMNS.map(([, value]) => cell(value(row)))),
  ];
  return '\uFEFF' + lines.map((line) => line.join(',') + '\r\n').join('');
}

function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
