import { parseRecord, RecordError, type VerdictRecord } from '../verdict/index.ts';
import { roundedRecord } from './link.ts';
import { saveFile } from './save.ts';

/** Gives the record to the person as a JSON file. Its name starts with the video's fingerprint, not with its name. */
export function downloadRecord(record: VerdictRecord): void {
  const name = `clearframe-${record.file.sha256?.slice(0, 12) ?? 'record'}.json`;
  saveFile(name, new Blob([recordText(record)], { type: 'application/json' }));
}

/** A record as JSON, numbers rounded as a link has them. Frames, of which there may be hundreds of thousands, have a line each. */
export function recordText(record: VerdictRecord): string {
  const whole = roundedRecord(record, Infinity);
  const frames = whole.tracks.map((track) => track.frames.map((frame) => JSON.stringify(frame)).join(',\n'));
  const tracks = whole.tracks.map((track) => ({ ...track, frames: [] }));
  let track = 0;
  // A text in quotes cannot have these: its own quotes are escaped.
  return JSON.stringify({ ...whole, tracks }, null, 2).replaceAll(
    '"frames": []',
    () => `"frames": [\n${frames[track++]}\n]`,
  );
}

/** Bytes of a saved record: half as much again as of 24 faces, the most that are kept, in each of ten minutes' 36,000 frames. */
export const MAX_BYTES = 100_000_000;

/** Reads a record that somebody saved. @throws RecordError */
export async function readRecord(file: Blob): Promise<VerdictRecord> {
  if (file.size > MAX_BYTES)
    throw new RecordError('file_too_large', 'The file is too large to hold a verdict.');
  let value: unknown;
  try {
    value = JSON.parse(await file.text());
  } catch (error) {
    throw new RecordError('not_json', `The file is not JSON: ${(error as Error).message}`);
  }
  return parseRecord(value);
}
