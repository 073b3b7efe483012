/** What comes from the system instead of the page: files opened with the installed app or shared to it, and its shortcuts. */
import { LIVE_QUERY, NO_ROOM_QUERY, SHARED_QUERY } from './addresses.ts';
import { NAME_HEADER, SHARED_CACHE } from './share-target.ts';

/** Of this tab: the system has asked for something. */
const LAUNCHED = 'clearframe-launched';

/** A page that is loaded anew is told of its last launch once more (Chromium's launch_queue.cc). That has not happened yet. */
let toBeToldAgain =
  hasLaunched() &&
  performance.getEntriesByType('navigation').some((entry) => entry.toJSON().type === 'reload');

/** False where the browser is told to store nothing. */
function hasLaunched(): boolean {
  try {
    return sessionStorage.getItem(LAUNCHED) !== null;
  } catch {
    return false;
  }
}

function noteLaunch(): void {
  try {
    sessionStorage.setItem(LAUNCHED, '');
  } catch {
    // Told to store nothing: files are then checked again where the page is loaded anew.
  }
}

/** https://wicg.github.io/web-app-launch/ */
interface LaunchQueue {
  setConsumer(
    consumer: (launch: { targetURL?: string; files?: readonly FileSystemFileHandle[] }) => void,
  ): void;
}

/** Takes what the system hands to the installed app. */
export interface LaunchTaker {
  files(files: File[]): void;
  /** Files that the page was opened for before it was loaded anew. */
  filesAgain(files: File[]): void;
  live(): void;
}

/**
 * Takes what the page was opened for, and what an installed app that is open already is asked for later. Does nothing
 * where there is no such thing. May be called again: the last taker gets what comes.
 */
export function onLaunch(taker: LaunchTaker): void {
  if (location.search === LIVE_QUERY) {
    forgetQuery();
    taker.live();
  }
  const queue = (globalThis as { launchQueue?: LaunchQueue }).launchQueue;
  queue?.setConsumer(({ targetURL, files: handles = [] }) => {
    const known = toBeToldAgain;
    toBeToldAgain = false;
    noteLaunch();
    if (handles.length > 0) {
      void Promise.all(handles.map((handle) => handle.getFile())).then((files) =>
        known ? taker.filesAgain(files) : taker.files(files),
      );
      return;
    }
    if (targetURL === undefined || known) return;
    const { search, hash } = new URL(targetURL);
    if (search === LIVE_QUERY) taker.live();
    // A link that the system opens with the app: an app that is open already is only told of it.
    else if (hash !== '') location.hash = hash;
  });
}

/** Files shared to the app, if the page was opened for that; each is handed over once. */
export async function sharedFiles(): Promise<File[] | 'no-room' | null> {
  if (location.search === NO_ROOM_QUERY) {
    forgetQuery();
    return 'no-room';
  }
  if (location.search !== SHARED_QUERY) return null;
  forgetQuery();
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
  // A browser without such caches has nothing in one.
  if ('caches' in globalThis) await caches.delete(SHARED_CACHE);
}

/** A reload must not do again what the address asked for once. */
function forgetQuery(): void {
  history.replaceState(history.state, '', location.pathname + location.hash);
}
