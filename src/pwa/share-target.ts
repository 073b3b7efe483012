/** What page and service worker agree on for files shared to the installed app. */
import { NO_ROOM_QUERY, SHARE_ACTION, SHARED_QUERY } from './addresses.ts';

/** Where the service worker parks shared files until the page fetches them. */
export const SHARED_CACHE = 'clearframe-shared';
/** Holds a parked file's name, percent-encoded. */
export const NAME_HEADER = 'X-File-Name';

/** The service worker's part: parks the posted files and sends the browser to the page, which says when there was no room. */
export async function parkShared(request: Request, scope: URL): Promise<Response> {
  // What no page ever took would take up room, and be handed over with what comes now.
  await caches.delete(SHARED_CACHE);
  let query = SHARED_QUERY;
  try {
    await park(request, scope);
  } catch (error) {
    console.info('Shared files cannot be taken in:', error);
    await caches.delete(SHARED_CACHE);
    query = NO_ROOM_QUERY;
  }
  return Response.redirect(new URL(`./${query}`, scope).href, 303);
}

async function park(request: Request, scope: URL): Promise<void> {
  const form = await request.formData();
  const cache = await caches.open(SHARED_CACHE);
  const files = [...form.values()].filter((value): value is File => value instanceof File);
  for (const [index, file] of files.entries()) {
    const headers = { 'Content-Type': file.type, [NAME_HEADER]: encodeURIComponent(file.name) };
    await cache.put(new URL(`${SHARE_ACTION}/${index}`, scope), new Response(file, { headers }));
  }
}
