/** Writes the JSON Schema of the verdict record, for those who read records with their own tools: `npx tsx scripts/record-schema.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toJsonSchema } from '@valibot/to-json-schema';
import { verdictRecordSchema } from '../src/verdict/record.ts';
import { root } from './root.ts';

/** Where it is published, relative to the app's address. */
export const SCHEMA_FILE = 'schema/verdict-record-1.json';

/** The schema (JSON Schema, draft 2020-12) as the text of a file, made from the validator that the app itself uses. */
export function recordSchema(): string {
  const schema = toJsonSchema(verdictRecordSchema, {
    target: 'draft-2020-12',
    typeMode: 'input',
    errorMode: 'ignore', // `finite` has no word in JSON Schema: JSON knows no other numbers
  });
  return JSON.stringify({ title: 'Clearframe verdict record, version 1', ...schema }, null, 2) + '\n';
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = join(root, 'public', SCHEMA_FILE);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, recordSchema());
  console.log(path);
}
