/** The server of `npm start` and of the tests: what it compresses, and that it never sends what a file was before. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startServer, type Server } from '../../scripts/serve.ts';

const TEXT = 'nothing new here. '.repeat(100);

let root: string;
let server: Server;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'clearframe-serve-'));
  writeFileSync(join(root, 'page.html'), TEXT);
  writeFileSync(join(root, 'clip.mp4'), TEXT);
  server = await startServer({ root });
});
afterEach(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

interface Answer {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  /** As it was sent. */
  body: Buffer;
}

const ask = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    request(server.url + path, { headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    })
      .on('error', reject)
      .end();
  });

const ZIPPED = { 'accept-encoding': 'gzip, br' };

it('compresses pages and programs for whoever takes that', async () => {
  const { headers, body } = await ask('page.html', ZIPPED);
  expect(headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(body).toString()).toBe(TEXT);
  expect(Number(headers['content-length'])).toBe(body.length);
  expect(server.bytesSent()).toBe(body.length);
  expect(body.length).toBeLessThan(TEXT.length / 2);
});

it.each([
  ['to whoever does not', 'page.html', {}],
  ['what does not shrink', 'clip.mp4', ZIPPED],
])('sends plain bytes %s', async (_, path, headers) => {
  const answer = await ask(path, headers);
  expect(answer.headers['content-encoding']).toBeUndefined();
  expect(answer.body.toString()).toBe(TEXT);
});

it('compresses a file anew when it has changed', async () => {
  const before = await ask('page.html', ZIPPED);
  writeFileSync(join(root, 'page.html'), `${TEXT}But this is.`);
  const after = await ask('page.html', ZIPPED);
  expect(gunzipSync(after.body).toString()).toBe(`${TEXT}But this is.`);
  expect(after.headers.etag).not.toBe(before.headers.etag);
});

it('sends nothing twice to whoever has it', async () => {
  const { headers } = await ask('page.html', ZIPPED);
  const sent = server.bytesSent();
  const again = await ask('page.html', { ...ZIPPED, 'if-none-match': headers.etag! });
  expect([again.status, again.body.length, again.headers['content-encoding']]).toEqual([304, 0, undefined]);
  expect(server.bytesSent()).toBe(sent);
});

it('gives nothing from outside of its folder', async () => {
  expect((await ask('..%2fetc%2fpasswd')).status).toBe(404);
  expect((await ask('nothing.html', ZIPPED)).status).toBe(404);
});
