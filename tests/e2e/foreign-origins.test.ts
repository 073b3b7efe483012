import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { ensureBuilt } from '../../scripts/build-stamp.ts';
import { root } from '../../scripts/root.ts';

const DIST = join(root, 'dist');
/** Pictures and films: what they hold is never looked up. */
const SKIPPED = new Set(['.png', '.mp4']);
/** A host by its name, by its number, or this very machine. */
const HOST = String.raw`([a-z0-9.-]+\.[a-z]{2,}|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\]|localhost)`;
/** An address with its scheme, or a quoted one that takes the page's own. */
const ADDRESS = new RegExp(String.raw`(?:\b(?:https?|wss?|ftp):|["'\x60(=])\/\/${HOST}`, 'gi');

const NAMESPACE = 'names an XML, XMP or JSON vocabulary; nothing is fetched';
const COMMENT = 'a comment, or the text of an error, that tells where to read more';
const METADATA = 'names a standard or a product in the metadata that the library reads and writes';
const DICTIONARY = 'a fragment of the fixed dictionary of the Brotli decoder';

/** Hosts named in the built files, and why each is harmless. */
const KNOWN: Readonly<Record<string, string>> = {
  'www.w3.org': NAMESPACE,
  'ns.adobe.com': NAMESPACE,
  'purl.org': NAMESPACE,
  'c2pa.org': NAMESPACE,
  'cipa.jp': NAMESPACE,
  'json-schema.org': NAMESPACE,
  'bit.ly': COMMENT,
  'bugzil.la': COMMENT,
  'developer.mozilla.org': COMMENT,
  'docs.rs': COMMENT,
  'emscripten.org': COMMENT,
  'en.wikipedia.org': COMMENT,
  'github.com': COMMENT,
  'kripken.github.io': COMMENT,
  'mozilla.org': COMMENT,
  'pubs.opengroup.org': COMMENT,
  'server.com': COMMENT,
  'svelte.dev': COMMENT,
  'tools.ietf.org': COMMENT,
  'unicode.org': COMMENT,
  'webkit.org': COMMENT,
  'www.apache.org': COMMENT,
  'www.garykessler.net': COMMENT,
  'www.ietf.org': COMMENT,
  'www.khronos.org': COMMENT,
  'www.shadertoy.com': COMMENT,
  'www.tensorflow.org': COMMENT,
  'dashif.org': METADATA,
  'standards.iso.org': METADATA,
  'streams.videolan.org': METADATA,
  'www.ffmpeg.org': METADATA,
  'www.videolan.org': METADATA,
  'x265.org': METADATA,
  'www.css': DICTIONARY,
  'www.hortcut': DICTIONARY,
  'www.icon': DICTIONARY,
  'www.interpretation': DICTIONARY,
  'www.language': DICTIONARY,
  'www.recent': DICTIONARY,
  'www.style': DICTIONARY,
  'www.text': DICTIONARY,
  'www.wencodeuricomponent': DICTIONARY,
  'www.years': DICTIONARY,
};

const hostsIn = (text: string): string[] =>
  [...text.matchAll(ADDRESS)].map(([, host]) => host!.toLowerCase());

it.each([
  ['a name', 'fetch("https://Example.org/a")', 'example.org'],
  ['a web socket', 'new WebSocket(`wss://a.example.org`)', 'a.example.org'],
  ['an address without a scheme', '<img src="//example.org/a.png">', 'example.org'],
  ['one that is not quoted', '<img src=//example.org/a.png>', 'example.org'],
  ['one in a style sheet', 'url(//example.org/a.png)', 'example.org'],
  ['a number', "import('http://192.0.2.1:8080/a.js')", '192.0.2.1'],
  ['a number of IPv6', 'fetch("http://[2001:db8::1]/")', '[2001:db8::1]'],
  ['this machine', 'fetch("http://localhost:8080/")', 'localhost'],
])('%s counts as a host', (_, text, host) => expect(hostsIn(text)).toEqual([host]));

it('the built files name no foreign host but those that are known to be harmless', async () => {
  await ensureBuilt();
  const found = new Map<string, Set<string>>();
  for (const entry of readdirSync(DIST, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || SKIPPED.has(extname(entry.name))) continue;
    const path = join(entry.parentPath, entry.name);
    for (const host of hostsIn(readFileSync(path, 'latin1')))
      found.set(host, (found.get(host) ?? new Set()).add(relative(DIST, path)));
  }
  const unknown = [...found].filter(([host]) => KNOWN[host] === undefined);
  expect(unknown.map(([host, files]) => `${host}: ${[...files].join(', ')}`)).toEqual([]);
  // A host that is named no more has to leave the list too.
  expect(Object.keys(KNOWN).filter((host) => !found.has(host))).toEqual([]);
});
