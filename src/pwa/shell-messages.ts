/**
 * What the page asks the service worker: fetch what is missing and say what is there. `start` is what every analysis
 * needs, `all` also what only some files need (the built-in decoder).
 */
export interface ShellMessage {
  type: 'offline-state';
  fetch: 'start' | 'all';
}

/** The answer. */
export interface OfflineState {
  /** All that every analysis needs is on this device, checked. */
  ready: boolean;
  /** Bytes of what only some files need and is not here yet. */
  missing: number;
}
