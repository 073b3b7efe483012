import { Workbox } from 'workbox-window';
import type { OfflineState, ShellMessage } from './shell-messages.ts';

/** What the installed app knows about itself. */
export interface AppShell {
  /** Everything that an analysis needs is on this device, checked. */
  offlineReady: boolean;
  /** Starts the waiting new version; null while there is none. */
  update: (() => void) | null;
}

/**
 * Registers the service worker and reports what it says. Does nothing where there is none (development, old browsers).
 * @returns a function that stops the reports
 */
export function connectServiceWorker(onchange: (shell: AppShell) => void): () => void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return () => undefined;
  let shell: AppShell = { offlineReady: false, update: null };
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
      },
    }),
  );
  const register = async (): Promise<void> => {
    await workbox.register();
    await navigator.serviceWorker.ready;
    // Fetches what is missing, checks it, and answers when it is done.
    const state = (await workbox.messageSW({ type: 'offline-state' } satisfies ShellMessage)) as OfflineState;
    change({ offlineReady: state.ready });
  };
  // Without a service worker (private windows, blocked storage) the page works all the same, online.
  register().catch((error: unknown) => console.info('No service worker:', error));
  return () => {
    stopped = true;
  };
}
