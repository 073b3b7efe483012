/** Addresses that the system opens the installed app at, relative to the app's own: page, service worker and manifest agree on them. */

/** Where the system posts shared files to. */
export const SHARE_ACTION = 'share-target';
/** The page's query after the service worker took in shared files. */
export const SHARED_QUERY = '?shared';
/** The same, where there was no room for them. */
export const NO_ROOM_QUERY = '?shared=no-room';
/** The page's query that asks for the live check. */
export const LIVE_QUERY = '?live';
