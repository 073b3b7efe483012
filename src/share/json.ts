import { parseRecord, RecordError, type VerdictRecord } from '../verdict/index.ts';

/** Gives the record to the person as a JSON file. Its name starts with the video's fingerprint, not with its name. */
export function downloadRecord(record: VerdictRecord): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(record, null, 2)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `clearframe-${record.file.sha256?.slice(0, 12) ?? 'record'}.json`;
  link.click();
  // The download has started when the click returns; the blob itself may be read a little later.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Reads a record that somebody saved. @throws RecordError with the field that is wrong */
export async function readRecord(file: Blob): Promise<VerdictRecord> {
  let value: unknown;
  try {
    value = JSON.parse(await file.text());
  } catch (error) {
    throw new RecordError(`The file is not JSON: ${(error as Error).message}`);
  }
  return parseRecord(value);
}
