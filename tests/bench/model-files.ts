import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A model's folder by name: its manifest and every file that this names. */
export function modelFiles(folder: string): Map<string, Uint8Array> {
  const manifest = readFileSync(join(folder, 'manifest.json'));
  const { files } = JSON.parse(manifest.toString()) as { files: { path: string }[] };
  const entries = files.map(({ path }) => [path, readFileSync(join(folder, path))] as [string, Uint8Array]);
  return new Map<string, Uint8Array>([['manifest.json', manifest], ...entries]);
}
