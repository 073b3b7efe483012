import { afterEach, describe, expect, it, vi } from 'vitest';
import { VerifiedCache, type AssetEntry } from '../../src/pwa/verified-cache.ts';

const NAME = 'verified-cache-test';
const ICON = 'icon.svg';
const scope = new URL('/', location.href);

async function entryOf(path: string): Promise<AssetEntry> {
  const bytes = await (await fetch(new URL(path, scope))).arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { path, sha256, bytes: bytes.byteLength, when: 'start' };
}

const keys = async (): Promise<string[]> =>
  (await (await caches.open(NAME)).keys()).map(({ url }) => new URL(url).pathname.slice(1));

afterEach(async () => {
  vi.restoreAllMocks();
  await caches.delete(NAME);
});

describe('VerifiedCache', () => {
  it('fetches what is listed, once, and answers from the cache from then on', async () => {
    const entry = await entryOf(ICON);
    const cache = new VerifiedCache(NAME, scope, async () => [entry]);
    expect(await cache.fill('start')).toBe(true);
    expect(await keys()).toEqual([ICON]);
    const answer = await cache.answer(new Request(new URL(ICON, scope)));
    expect((await answer.arrayBuffer()).byteLength).toBe(entry.bytes);
  });

  it('keeps no file whose bytes are not the listed ones, and says it is not ready', async () => {
    const entry = { ...(await entryOf(ICON)), sha256: '0'.repeat(64) };
    const cache = new VerifiedCache(NAME, scope, async () => [entry]);
    expect(await cache.fill('start')).toBe(false);
    expect(await keys()).toEqual([]);
    expect((await cache.answer(new Request(new URL(ICON, scope)))).status).toBe(502);
  });

  it('hands out nothing that is not listed', async () => {
    const cache = new VerifiedCache(NAME, scope, async () => []);
    expect((await cache.answer(new Request(new URL(ICON, scope)))).status).toBe(404);
  });

  it('hands out nothing while the list is not there, and reads it anew the next time', async () => {
    const entry = await entryOf(ICON);
    let there = false;
    const list = (): Promise<AssetEntry[]> =>
      there ? Promise.resolve([entry]) : Promise.reject(new Error('no list'));
    const cache = new VerifiedCache(NAME, scope, list);
    expect((await cache.answer(new Request(new URL(ICON, scope)))).status).toBe(503);
    there = true;
    const answer = await cache.answer(new Request(new URL(ICON, scope)));
    expect((await answer.arrayBuffer()).byteLength).toBe(entry.bytes);
  });

  it('drops a held file that was damaged on the disk, and fetches it again', async () => {
    const entry = await entryOf(ICON);
    const cache = new VerifiedCache(NAME, scope, async () => [entry]);
    await cache.fill('start');
    const store = await caches.open(NAME);
    const [key] = await store.keys();
    const whole = await (await store.match(key!))!.arrayBuffer();
    await store.put(key!, new Response(whole.slice(0, whole.byteLength / 2)));
    const answer = await cache.answer(new Request(new URL(ICON, scope)));
    expect((await answer.arrayBuffer()).byteLength).toBe(entry.bytes);
    expect((await (await store.match(key!))!.arrayBuffer()).byteLength).toBe(entry.bytes);
  });

  it('leaves what is needed later until it is used', async () => {
    const entry: AssetEntry = { ...(await entryOf(ICON)), when: 'needed' };
    const cache = new VerifiedCache(NAME, scope, async () => [entry]);
    expect(await cache.fill('start')).toBe(true);
    expect(await keys()).toEqual([]);
    expect(await cache.missing('start')).toBe(0);
    expect(await cache.missing('all')).toBe(entry.bytes);
    await cache.answer(new Request(new URL(ICON, scope)));
    expect(await keys()).toEqual([ICON]);
    expect(await cache.missing('all')).toBe(0);
  });

  it('or until all is asked for', async () => {
    const entry: AssetEntry = { ...(await entryOf(ICON)), when: 'needed' };
    const cache = new VerifiedCache(NAME, scope, async () => [entry]);
    expect(await cache.fill('all')).toBe(true);
    expect(await keys()).toEqual([ICON]);
  });

  it('leaves what a newer list does not name until it is told to drop it', async () => {
    const old = await entryOf(ICON);
    await new VerifiedCache(NAME, scope, async () => [old]).fill('start');
    const newer = await entryOf('icon-192.png');
    const cache = new VerifiedCache(NAME, scope, async () => [newer]);
    expect(await cache.fill('start')).toBe(true);
    expect((await keys()).sort()).toEqual(['icon-192.png', ICON]);
    await cache.prune();
    expect(await keys()).toEqual(['icon-192.png']);
  });

  it('is not ready where there is no room for a file, and hands it out all the same', async () => {
    const entry = await entryOf(ICON);
    const cache = new VerifiedCache(NAME, scope, async () => [entry]);
    vi.spyOn(Cache.prototype, 'put').mockRejectedValue(new DOMException('', 'QuotaExceededError'));
    expect(await cache.fill('start')).toBe(false);
    expect((await cache.answer(new Request(new URL(ICON, scope)))).status).toBe(200);
  });
});
