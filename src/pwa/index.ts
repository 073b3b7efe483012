import { messageSW, Workbox } from 'workbox-window';
import type { OfflineState, ShellMessage } from './shell-messages.ts';

export { forgetShared, onLaunch, sharedFiles } from './incoming.ts';
export { keepStorage, storageUse, type StorageUse } from './storage.ts';
export { watchRequests, type SentRequest } from './traffic.ts';

/** What the installed app knows about itself. */
export interface AppShell {
  /** Everything that an analysis needs is on this device, checked. */
  offlineReady: boolean;
  /** Bytes of what only some files need and is not on this device yet; null while it is not known. */
  missing: number | null;
  /** Fetches that too; null where there is no service worker. */
  fetchAll: (() => Promise<void>) | null;
  /** Starts the waiting new version; null while there is none. */
  update: (() => void) | null;
  /** That was asked for; the old version ends once it has answered what other tabs load from it. */
  updating: boolean;
}

/** Before the service worker has said anything, and for ever where there is none. */
export const NO_SHELL: AppShell = {
  offlineReady: false,
  missing: null,
  fetchAll: null,
  update: null,
  updating: false,
};

/**
 * Registers the service worker and reports what it says. Does nothing where there is none (development, old browsers).
 * @returns a function that stops the reports
 */
export function connectServiceWorker(onchange: (shell: AppShell) => void): () => void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return () => undefined;
  let shell: AppShell = NO_SHELL;
  let stopped = false;
  const change = (part: Partial<AppShell>): void => {
    if (stopped) return;
    shell = { ...shell, ...part };
    onchange(shell);
  };
  const workbox = new Workbox('./sw.js', { type: 'classic' });
  workbox.addEventListener('waiting', () =>
    change({
      update: () => {
        workbox.addEventListener('controlling', () => location.reload());
        workbox.messageSkipWaiting();
        change({ updating: true });
      },
    }),
  );
  // Another tab has started a new version: this page's own scripts may be gone, so it should be loaded anew as well.
  // The first version that takes over is none: where the language is changed meanwhile, it was registered by another call of this.
  let controlled = navigator.serviceWorker.controller !== null;
  workbox.addEventListener('controlling', ({ isUpdate, isExternal }) => {
    if (controlled && (isUpdate || isExternal)) change({ update: () => location.reload() });
    controlled = true;
  });
  const register = async (): Promise<void> => {
    await workbox.register();
    const { active } = await navigator.serviceWorker.ready;
    // Fetches what is missing, checks it, and answers when it is done. Asked of the version that the page is loaded from,
    // not of a newer one that waits.
    const fill = async (fetch: ShellMessage['fetch']): Promise<void> => {
      const message: ShellMessage = { type: 'offline-state', fetch };
      const worker = navigator.serviceWorker.controller ?? active!;
      const { ready, missing } = (await messageSW(worker, message)) as OfflineState;
      change({ offlineReady: ready, missing });
    };
    await fill('start');
    change({ fetchAll: () => fill('all') });
  };
  // Without a service worker (private windows, blocked storage) the page works all the same, online.
  register().catch((error: unknown) => console.info('No service worker:', error));
  return () => {
    stopped = true;
  };
}
