import { looksLikeVideo } from '../analysis/index.ts';
import type { NamedFile } from './job.svelte.ts';

/** What somebody handed over. */
export interface Dropped {
  files: NamedFile[];
  /** Files of folders that are no videos. */
  leftOut: number;
  /** Files and folders in folders that the system does not give away: no permission, a broken link, gone meanwhile. */
  unreadable: number;
  /** There were more files in the folders than are looked at. */
  cutOff: boolean;
}

/** Files of folders that are looked at: enough for any collection, and an end for a whole disk dropped by mistake. */
const MAX_FILES = 5000;

/** Files chosen in a dialog; those chosen as a folder carry their path. */
export async function chosenFiles(list: Iterable<File>): Promise<Dropped> {
  const [plain, inFolders] = [[] as NamedFile[], [] as NamedFile[]];
  for (const file of list) {
    const path = file.webkitRelativePath;
    (path === '' ? plain : inFolders).push({ name: path || file.name, file });
  }
  return sorted(plain, { files: inFolders, unreadable: 0 });
}

/** Files and folders dropped or pasted. Must be called before the event's handler gives control away. */
export async function droppedFiles(transfer: DataTransfer): Promise<Dropped> {
  const [plain, folders] = [[] as NamedFile[], [] as FileSystemDirectoryEntry[]];
  for (const item of transfer.items) {
    const entry = item.webkitGetAsEntry?.();
    const file = item.getAsFile();
    if (entry?.isDirectory) folders.push(entry as FileSystemDirectoryEntry);
    else if (file !== null) plain.push({ name: file.name, file });
  }
  const found: Found = { files: [], unreadable: 0 };
  for (const folder of folders) await walk(folder, found);
  return sorted(plain, found);
}

/** What folders hold. */
interface Found {
  files: NamedFile[];
  unreadable: number;
}

const enough = ({ files, unreadable }: Found): boolean => files.length + unreadable > MAX_FILES;

/** What is named by hand is taken as it is; of a folder, only what looks like a video. */
async function sorted(plain: NamedFile[], found: Found): Promise<Dropped> {
  const seen = found.files.slice(0, MAX_FILES);
  const videos: NamedFile[] = [];
  for (const one of seen) {
    // A file that cannot be read is kept: the check says what is wrong with it.
    if (await looksLikeVideo(one.file).catch(() => true)) videos.push(one);
  }
  videos.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  return {
    files: [...plain, ...videos],
    leftOut: seen.length - videos.length,
    unreadable: found.unreadable,
    cutOff: enough(found),
  };
}

/** One that cannot be read must not take the others with it. */
async function walk(folder: FileSystemDirectoryEntry, into: Found): Promise<void> {
  const reader = folder.createReader();
  // A reader hands out its entries in portions, and an empty one at the end.
  for (;;) {
    const entries = await given<FileSystemEntry[]>((give, refuse) => reader.readEntries(give, refuse));
    if (entries === null) into.unreadable++;
    if (entries === null || entries.length === 0) return;
    for (const entry of entries) {
      if (enough(into)) return;
      if (entry.isDirectory) await walk(entry as FileSystemDirectoryEntry, into);
      else {
        const file = await given<File>((give, refuse) => (entry as FileSystemFileEntry).file(give, refuse));
        if (file === null) into.unreadable++;
        else into.files.push({ name: entry.fullPath.replace(/^\//, ''), file });
      }
    }
  }
}

/** What the system gives, or null when it refuses. */
function given<T>(ask: (give: (value: T) => void, refuse: () => void) => void): Promise<T | null> {
  return new Promise((resolve) => ask(resolve, () => resolve(null)));
}
