import { parseRecord, RecordError, type VerdictRecord } from '../verdict/index.ts';
import { saveFile } from './save.ts';

/** Gives the record to the person as a JSON file. Its name starts with the video's fingerprint, not with its name. */
export function downloadRecord(record: VerdictRecord): void {
  const name = `clearframe-${record.file.sha256?.slice(0, 12) ?? 'record'}.json`;
  saveFile(name, new Blob([JSON.stringify(record, null, 2)], { type: 'application/json' }));
}

/** Bytes of a saved record: many times what the app writes for a video with the most tracks that it keeps. */
const MAX_BYTES = 20_000_000;

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
