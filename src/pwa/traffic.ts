/**
 * What leaves the page, counted where nothing can go past: by the service worker, which sees every HTTP request of the
 * page and of all its workers, beacons too. It tells every open page of each one; nothing is stored.
 */

/** One request that the page or a worker made. */
export interface SentRequest {
  /** Relative to the app's root for its own files, else the whole address. */
  address: string;
  /**
   * Bytes that the request carries beyond the question for a file: its body, a query, and the whole of an address outside
   * of the app. Null when the body could not be read to its end.
   */
  bytes: number | null;
}

const CHANNEL = 'clearframe-traffic';

/** The service worker's part: weighs a request and tells the pages. Must be called before the request is answered. */
export function reportRequest(request: Request, scope: URL): void {
  // The copy is made now: whoever answers the request may use up its body.
  const copy = request.method === 'GET' || request.method === 'HEAD' ? null : request.clone();
  void weigh(request, copy, scope).then((sent) => {
    const channel = new BroadcastChannel(CHANNEL);
    channel.postMessage(sent);
    channel.close();
  });
}

async function weigh({ url }: Request, copy: Request | null, scope: URL): Promise<SentRequest> {
  const own = url.startsWith(scope.href);
  const carried = new TextEncoder().encode(own ? new URL(url).search : url).byteLength;
  const address = own ? url.slice(scope.href.length) || './' : url;
  try {
    return { address, bytes: carried + (copy === null ? 0 : (await copy.blob()).size) };
  } catch {
    return { address, bytes: null };
  }
}

/** The page's part: hears of every request while a service worker is in control. @returns a function that stops it */
export function watchRequests(onrequest: (sent: SentRequest) => void): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }: MessageEvent<SentRequest>) => onrequest(data);
  return () => channel.close();
}
