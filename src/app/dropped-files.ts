import { looksLikeVideo } from '../analysis/index.ts';
import type { NamedFile } from './job.svelte.ts';

/** What somebody handed over. `leftOut` counts files of folders that are no videos. */
export interface Dropped {
  files: NamedFile[];
  leftOut: number;
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
  return sorted(plain, inFolders);
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
  const inFolders: NamedFile[] = [];
  for (const folder of folders) await walk(folder, inFolders);
  return sorted(plain, inFolders);
}

/** What is named by hand is taken as it is; of a folder, only what looks like a video. */
async function sorted(plain: NamedFile[], inFolders: NamedFile[]): Promise<Dropped> {
  const seen = inFolders.slice(0, MAX_FILES);
  const videos: NamedFile[] = [];
  for (const one of seen) {
    // A file that cannot be read is kept: the check says what is wrong with it.
    if (await looksLikeVideo(one.file).catch(() => true)) videos.push(one);
  }
  videos.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  return {
    files: [...plain, ...videos],
    leftOut: seen.length - videos.length,
    cutOff: inFolders.length > MAX_FILES,
  };
}

async function walk(folder: FileSystemDirectoryEntry, into: NamedFile[]): Promise<void> {
  const reader = folder.createReader();
  // A reader hands out its entries in portions, and an empty one at the end.
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (entries.length === 0) return;
    for (const entry of entries) {
      if (into.length > MAX_FILES) return;
      if (entry.isDirectory) await walk(entry as FileSystemDirectoryEntry, into);
      else {
        const file = await new Promise<File>((resolve, reject) =>
          (entry as FileSystemFileEntry).file(resolve, reject),
        );
        into.push({ name: entry.fullPath.replace(/^\//, ''), file });
      }
    }
  }
}
