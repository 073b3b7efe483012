/**
 * The service worker. The shell (pages, scripts, styles, icons and the two lists of big files) is precached by workbox.
 * The big files (wasm, models) live in a cache of their own, checked by SHA-256 before they are stored.
 */
import { addPlugins, cleanupOutdatedCaches, matchPrecache, precacheAndRoute } from 'workbox-precaching';
import { SHARE_ACTION } from './addresses.ts';
import { CONTENT_SECURITY_POLICY, ISOLATION } from './headers.ts';
import { parkShared } from './share-target.ts';
import { reportRequest } from './traffic.ts';
import { VerifiedCache, type AssetEntry } from './verified-cache.ts';
import type { OfflineState, ShellMessage } from './shell-messages.ts';

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: { url: string; revision: string | null }[] };

const scope = new URL(self.registration.scope);
const assets = new VerifiedCache('clearframe-runtime', scope, listAssets);

// Before workbox registers its own listener: what is listed is ours to answer.
self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method === 'POST' && url.href === new URL(SHARE_ACTION, scope).href) {
    event.respondWith(parkShared(event.request, scope)); // from the system to this device: it is not sent on
    return;
  }
  reportRequest(event.request, scope);
  if (
    event.request.method !== 'GET' ||
    !/\/(runtime|model)\/.+(?<!\/(assets|manifest)\.json)$/.test(url.pathname)
  )
    return;
  event.respondWith(assets.answer(event.request));
});

addPlugins([{ cachedResponseWillBeUsed: async ({ cachedResponse }) => isolated(cachedResponse) }]);
precacheAndRoute(self.__WB_MANIFEST, { ignoreURLParametersMatching: [/^(shared|live)$/] });
cleanupOutdatedCaches();

self.addEventListener('install', (event) => event.waitUntil(bringFiles()));
self.addEventListener('activate', (event) =>
  event.waitUntil(Promise.all([self.clients.claim(), assets.prune().catch(() => undefined)])),
);

self.addEventListener('message', (event) => {
  const message = event.data as ShellMessage | { type: 'SKIP_WAITING' };
  switch (message.type) {
    case 'SKIP_WAITING':
      void self.skipWaiting();
      break;
    case 'offline-state':
      event.waitUntil(offlineState(message.fetch).then((state) => event.ports[0]?.postMessage(state)));
      break;
  }
});

/**
 * A version that is to follow one in use has its big files before it may take over: the next visit may be without a
 * network. A first version waits for nothing; the page asks for them.
 * @throws when they do not come, or there is no room beside those in use: the version in use goes on, and the browser tries
 *   again at a later visit
 */
async function bringFiles(): Promise<void> {
  if (self.registration.active === null) return;
  // Not every browser says how much room there is.
  const storage: Partial<StorageManager> = navigator.storage;
  const { usage = 0, quota = Infinity } = (await storage.estimate?.()) ?? {};
  if ((await assets.missing('start')) > quota - usage)
    throw new Error('There is no room for the files of the new version');
  if (!(await assets.fill('start')))
    throw new Error('The files of the new version did not come, or not whole');
}

async function offlineState(which: ShellMessage['fetch']): Promise<OfflineState> {
  const ready = await assets.fill('start').catch(() => false);
  if (ready && which === 'all') await assets.fill('all').catch(() => false);
  return { ready, missing: await assets.missing('all').catch(() => 0) };
}

/**
 * The big files as the shell of this version lists them: run-time files and, when one is shipped, the model's.
 * @throws when a list does not come: then nothing is known, and nothing is handed out
 */
async function listAssets(): Promise<AssetEntry[]> {
  const read = async (path: string): Promise<Partial<AssetEntry>[] | null> => {
    const response =
      (await matchPrecache(new URL(path, scope).href)) ??
      (await fetch(new URL(path, scope), { cache: 'no-cache' }));
    // A host with a fallback page answers an unknown path with HTML.
    if (response.status === 404 || (response.headers.get('Content-Type') ?? '').includes('html')) return null;
    if (!response.ok) throw new Error(`${path}: HTTP status ${response.status}`);
    return ((await response.json()) as { files: Partial<AssetEntry>[] }).files;
  };
  const [runtime, model] = await Promise.all([read('runtime/assets.json'), read('model/manifest.json')]);
  if (runtime === null) throw new Error('runtime/assets.json is not there');
  return [
    ...(runtime as AssetEntry[]),
    ...(model ?? []).map((file) => ({
      ...(file as AssetEntry),
      path: `model/${file.path}`,
      when: 'start' as const,
    })),
  ];
}

function isolated(response: Response | null | undefined): Response | undefined {
  if (response === null || response === undefined) return undefined;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
  headers.set('Content-Security-Policy', CONTENT_SECURITY_POLICY);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
