/** What the page asks the service worker: fetch what an analysis needs, and say whether all of it is there. */
export interface ShellMessage {
  type: 'offline-state';
}

/** The answer. */
export interface OfflineState {
  ready: boolean;
}
