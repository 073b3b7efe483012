/** A small static server for `dist/`: localhost only, with the headers that the app is meant to be hosted with, and compressed. */
import { open, type FileHandle } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extname, join, normalize, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
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

/** What shrinks by half and more. Weights, pictures and videos do not. */
const COMPRESSED = new Set(['.html', '.js', '.css', '.json', '.webmanifest', '.wasm', '.svg']);
const compress = promisify(gzip);

/** Live mode reads the camera or a shared screen, in this page only; nothing else is ever asked for. */
const PERMISSIONS_POLICY = 'camera=(self), display-capture=(self), microphone=(), geolocation=()';

export interface Server {
  /** e.g. `http://localhost:4173/` */
  url: string;
  /** Bytes of bodies sent so far, as they were sent. */
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
  const sender: Sender = { root, changing, made: new Map(), count: (bytes) => void (sent += bytes) };
  const server = createServer((request, response) => {
    answer(sender, request, response).catch(() => response.writeHead(500).end());
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

interface Sender extends Required<Omit<ServerOptions, 'port'>> {
  /** By path: the file's tag and its bytes, compressed. As many as there are files. */
  made: Map<string, { tag: string; bytes: Promise<Buffer> }>;
  count(bytes: number): void;
}

/** A file's bytes, compressed once for as long as it does not change. */
function compressed({ made }: Sender, path: string, tag: string, file: FileHandle): Promise<Buffer> {
  const held = made.get(path);
  if (held?.tag === tag) return held.bytes;
  const bytes = file.readFile().then((content) => compress(content));
  made.set(path, { tag, bytes });
  bytes.catch(() => made.delete(path));
  return bytes;
}

async function answer(sender: Sender, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, headers } = request;
  if (method !== 'GET' && method !== 'HEAD') return void response.writeHead(405).end();
  const { root, changing, count } = sender;
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const path = normalize(
    join(root, decodeURIComponent(pathname.endsWith('/') ? `${pathname}index.html` : pathname)),
  );
  const inside = path.startsWith(root.endsWith(sep) ? root : root + sep);
  // One handle for all: a file that is replaced meanwhile must not be sent with the length of another.
  const file = inside ? await open(path).catch(() => null) : null;
  try {
    const info = await file?.stat();
    if (file === null || info?.isFile() !== true)
      return void response.writeHead(404, { 'Content-Type': 'text/plain' }).end('Not found\n');
    // The service worker asks again for what the page has just fetched: what has not changed is not sent twice.
    const tag = `"${info.size.toString(36)}-${info.mtimeMs.toString(36)}"`;
    const common = {
      ...ISOLATION,
      ETag: tag,
      Vary: 'Accept-Encoding',
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      'Permissions-Policy': PERMISSIONS_POLICY,
      'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream',
      // Names with a hash never change; everything else is asked for again.
      'Cache-Control':
        pathname.startsWith('/assets/') && !changing ? 'public, max-age=31536000, immutable' : 'no-cache',
    };
    if (headers['if-none-match'] === tag) return void response.writeHead(304, common).end();
    const gzipped =
      COMPRESSED.has(extname(path)) && /\bgzip\b/.test(String(headers['accept-encoding']))
        ? await compressed(sender, path, tag, file)
        : undefined;
    response.writeHead(200, {
      ...common,
      ...(gzipped && { 'Content-Encoding': 'gzip' }),
      'Content-Length': gzipped?.length ?? info.size,
    });
    if (method === 'HEAD') return void response.end();
    const body = gzipped ? Readable.from([gzipped]) : file.createReadStream({ autoClose: false });
    // Ends also when the browser wants no more of it.
    await pipeline(
      body.on('data', (chunk: Buffer) => count(chunk.length)),
      response,
    ).catch(() => response.destroy());
  } finally {
    await file?.close();
  }
}
