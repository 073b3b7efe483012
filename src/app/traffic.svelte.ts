import { watchRequests, type SentRequest } from '../pwa/index.ts';

/** Sums over requests. */
export interface Totals {
  requests: number;
  bytes: number;
  /** Requests whose size is not known. */
  unknown: number;
}

/** Addresses that are kept to be shown: far more than a check asks for. */
const MAX_SHOWN = 200;

/** What the page and its workers have asked for since the page was opened, as the service worker counts it. */
class Traffic {
  /** Null while nobody counts: before the service worker is in control, and where there is none. */
  totals = $state.raw<Totals | null>(null);
  /** The newest requests, the oldest first. */
  recent = $state.raw<readonly SentRequest[]>([]);

  /** Starts to listen. @returns a function that stops it */
  connect(): () => void {
    const { serviceWorker } = navigator;
    // No service worker: an old browser, a private window, blocked storage.
    if (serviceWorker === undefined || typeof BroadcastChannel === 'undefined') return () => undefined;
    const begin = (): void => {
      if (serviceWorker.controller !== null) this.totals ??= { requests: 0, bytes: 0, unknown: 0 };
    };
    const stop = watchRequests((sent) => this.#add(sent));
    serviceWorker.addEventListener('controllerchange', begin);
    begin();
    return () => {
      serviceWorker.removeEventListener('controllerchange', begin);
      stop();
      this.totals = null;
    };
  }

  #add(sent: SentRequest): void {
    if (this.totals === null) return; // another page's, while nobody counts this one's
    const { requests, bytes, unknown } = this.totals;
    this.totals = {
      requests: requests + 1,
      bytes: bytes + (sent.bytes ?? 0),
      unknown: unknown + (sent.bytes === null ? 1 : 0),
    };
    this.recent = [...this.recent, sent].slice(-MAX_SHOWN);
  }
}

/** What was added since an earlier moment; null when it was not counted from there on. */
export function since(before: Totals | null, now: Totals | null): Totals | null {
  if (before === null || now === null) return null;
  const requests = now.requests - before.requests;
  return { requests, bytes: now.bytes - before.bytes, unknown: now.unknown - before.unknown };
}

/** One page, one count. */
export const traffic = new Traffic();
