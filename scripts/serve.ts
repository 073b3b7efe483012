/** A small static server for `dist/`: localhost only, with the headers that the app is meant to be hosted with. */
import { open } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { extname, join, normalize, sep } from 'node:path';
import { CONTENT_SECURITY_POLICY, ISOLATION } from '../src/pwa/headers.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.mp4': 'video/mp4',
};

/** Live mode reads the camera or a shared screen, in this page only; nothing else is ever asked for. */
const PERMISSIONS_POLICY = 'camera=(self), display-capture=(self), microphone=(), geolocation=()';

export interface Server {
  /** e.g. `http://localhost:4173/` */
  url: string;
  /** Bytes of bodies sent so far. */
  bytesSent(): number;
  close(): Promise<void>;
}

interface ServerOptions {
  root: string;
  /** 0 picks a free one. */
  port?: number;
  /** Files with a hash in their names may change all the same: browsers are to ask for them again. */
  changing?: boolean;
}

export async function startServer({ root, port = 0, changing = false }: ServerOptions): Promise<Server> {
  let sent = 0;
  const count = (bytes: number): void => void (sent += bytes);
  const server = createServer((request, response) => {
    answer({ root, changing }, request, response, count).catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return {
    url: `http://localhost:${address.port}/`,
    bytesSent: () => sent,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  { root, changing }: Pick<ServerOptions, 'root' | 'changing'>,
  request: IncomingMessage,
  response: ServerResponse,
  count: (bytes: number) => void,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405).end();
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const path = normalize(
    join(root, decodeURIComponent(pathname.endsWith('/') ? `${pathname}index.html` : pathname)),
  );
  const inside = path.startsWith(root.endsWith(sep) ? root : root + sep);
  // One handle for both: a file that is replaced meanwhile must not be sent with the length of another.
  const file = inside ? await open(path).catch(() => null) : null;
  const info = await file?.stat();
  if (file === null || info?.isFile() !== true) {
    await file?.close();
    return void response.writeHead(404, { 'Content-Type': 'text/plain' }).end('Not found\n');
  }
  // The service worker asks again for what the page has just fetched: what has not changed is not sent twice.
  const tag = `"${info.size.toString(36)}-${info.mtimeMs.toString(36)}"`;
  const known = request.headers['if-none-match'] === tag;
  response.writeHead(known ? 304 : 200, {
    ...ISOLATION,
    ETag: tag,
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'Permissions-Policy': PERMISSIONS_POLICY,
    'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream',
    ...(!known && { 'Content-Length': info.size }),
    // Names with a hash never change; everything else is asked for again.
    'Cache-Control':
      pathname.startsWith('/assets/') && !changing ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
  if (known || request.method === 'HEAD') {
    await file.close();
    return void response.end();
  }
  const bytes = file.createReadStream().on('data', (chunk) => count(chunk.length));
  // Closes the file, also when the browser wants no more of it.
  await pipeline(bytes, response).catch(() => response.destroy());
}
