/** Files that come from the system instead of the page: opened with the installed app, or shared to it. */
import { NAME_HEADER, SHARED_CACHE, SHARED_QUERY } from './share-target.ts';

interface LaunchQueue {
  setConsumer(consumer: (launch: { files?: readonly FileSystemFileHandle[] }) => void): void;
}

/** Hands over files that the system opens with the installed app. Does nothing where there is no such thing. */
export function onOpenedFiles(take: (files: File[]) => void): void {
  const queue = (globalThis as { launchQueue?: LaunchQueue }).launchQueue;
  queue?.setConsumer(({ files }) => {
    if (files === undefined || files.length === 0) return;
    void Promise.all(files.map((handle) => handle.getFile())).then(take);
  });
}

/** Files shared to the app, if the page was opened for that; each is handed over once. */
export async function sharedFiles(): Promise<File[] | null> {
  if (location.search !== SHARED_QUERY) return null;
  history.replaceState(history.state, '', location.pathname + location.hash);
  const cache = await caches.open(SHARED_CACHE);
  const files: File[] = [];
  for (const request of await cache.keys()) {
    const response = await cache.match(request);
    if (response === undefined) continue;
    const name = decodeURIComponent(response.headers.get(NAME_HEADER) ?? 'video');
    const type = response.headers.get('Content-Type') ?? '';
    files.push(new File([await response.blob()], name, { type }));
  }
  await caches.delete(SHARED_CACHE);
  return files;
}

/** Drops shared files that no page ever took: whole videos, with their names. */
export async function forgetShared(): Promise<void> {
  // Without https there is no such cache, and nothing in it.
  if ('caches' in globalThis) await caches.delete(SHARED_CACHE);
}
