/** A host that sends no headers of its own, with the app in a folder, and that notes all it is asked for. */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

/** What any host knows; without these a browser takes neither modules nor pages. */
const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
};

export interface BareServer {
  /** Where the app is, with a trailing slash. */
  url: string;
  /** Everything that arrived, e.g. `GET /some/folder/`. */
  hits: string[];
  close(): Promise<void>;
}

/** @param folder the app's place at the host, e.g. `/some/folder/` */
export async function startBareServer(root: string, folder = '/some/folder/'): Promise<BareServer> {
  const hits: string[] = [];
  const read = async ({ method, url = '/' }: IncomingMessage): Promise<[bytes: Buffer, type: string]> => {
    hits.push(`${method} ${url}`);
    const { pathname } = new URL(url, 'http://localhost');
    if (!pathname.startsWith(folder)) throw new Error('outside of the folder');
    const inside = decodeURIComponent(pathname.slice(folder.length));
    const path = normalize(join(root, inside === '' ? 'index.html' : inside));
    if (!path.startsWith(root + sep)) throw new Error('outside of the root');
    return [await readFile(path), TYPES[extname(path)] ?? 'application/octet-stream'];
  };
  const server = createServer((request, response) => {
    read(request).then(
      ([bytes, type]) => response.writeHead(200, { 'Content-Type': type }).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as { port: number };
  return {
    url: `http://localhost:${address.port}${folder}`,
    hits,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
