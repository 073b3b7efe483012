/** One process at a time writes into a folder. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const remove = (file: string): void => rmSync(file, { force: true });
const claimed = new Set<string>();
process.once('exit', () => claimed.forEach(remove));

/**
 * Makes a folder this process's own until it ends, or until what is returned is called. A process that was killed leaves its
 * claim behind, which counts for nothing.
 * @throws when another process that still runs has claimed it
 */
export function claim(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'writer.pid');
  const holder = existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
  if (holder !== undefined && isAnother(holder)) throw inUse(folder, file, holder);
  remove(file);
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch (error) {
    // Two that begin at the same moment.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw inUse(folder, file, Number(readFileSync(file, 'utf8')));
  }
  claimed.add(file);
  return () => {
    claimed.delete(file);
    remove(file);
  };
}

function isAnother(id: number): boolean {
  if (!Number.isInteger(id) || id <= 0 || id === process.pid) return false;
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    // It runs, and is somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const inUse = (folder: string, file: string, holder: number): Error =>
  new Error(
    `process ${holder} is writing into ${folder}: wait for it, or stop it (if that is none of these commands, delete ${file})`,
  );
