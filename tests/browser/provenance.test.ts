import { describe, expect, test } from 'vitest';
import { readCredentials, type Credentials } from '../../src/provenance/index.ts';
import { MAX_FILE_BYTES } from '../../src/provenance/settings.ts';
import otherRootPem from '../fixtures/credentials/other-root.pem?raw';
import rootPem from '../fixtures/credentials/root.pem?raw';
import { clip } from './media-clips.ts';

const URLS = import.meta.glob<string>('../fixtures/credentials/*', {
  query: '?url',
  import: 'default',
  eager: true,
});
const base = new URL('/', location.href).href;
const never = new AbortController().signal;

/** A signed clip (see `scripts/make-signed-clips.py`). */
async function signed(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await fetch(URLS[`../fixtures/credentials/${name}`]!)).arrayBuffer());
}

/** `bytes` with one bit changed, `distance` bytes after the first `text`. */
function changed(bytes: Uint8Array<ArrayBuffer>, text: string, distance: number): Uint8Array<ArrayBuffer> {
  const at = new TextDecoder('latin1').decode(bytes).indexOf(text);
  if (at < 0) throw new Error(`no ${text}`);
  const copy = bytes.slice();
  copy[at + distance]! ^= 1;
  return copy;
}

const read = (content: Uint8Array<ArrayBuffer> | Blob, anchors: string | null = null): Promise<Credentials> =>
  readCredentials(content instanceof Blob ? content : new Blob([content]), never, { base, anchors });

describe('a signed clip', () => {
  test('is present and intact; without a trust list its signer is unchecked', async () => {
    expect(await read(await signed('signed.mp4'))).toEqual({
      state: 'present',
      intact: true,
      problems: [],
      signer: { name: 'Test signer', organisation: 'Test newsroom', trusted: 'unchecked' },
      claimGenerator: '<b>Clearframe</b> tests 1',
      signedAt: null,
      actions: ['c2pa.created'],
      sources: ['trainedAlgorithmicMedia'],
      earlierSources: [],
      ingredients: 0,
    });
  });

  test('made from another one tells its history', async () => {
    expect(await read(await signed('edited.mp4'))).toMatchObject({
      intact: true,
      actions: ['c2pa.opened', 'c2pa.trimmed', 'c2pa.color_adjustments', 'c2pa.adjustedColor'],
      sources: [],
      earlierSources: ['trainedAlgorithmicMedia'],
      ingredients: 1,
    });
  });

  test('is the same when every read gives a small piece', async () => {
    const file = new Blob([await signed('signed.mp4')]);
    const pieces = await readCredentials(file, never, { base, readBytes: 700 });
    expect(pieces).toMatchObject({ intact: true });
    expect(pieces).toEqual(await read(file));
  });

  test('in AVI is read too', async () => {
    expect(await read(await signed('signed.avi'))).toMatchObject({
      intact: true,
      sources: ['digitalCapture'],
    });
  });
});

describe('trust and intactness are answers of their own', () => {
  test('with its root on the list the signer is trusted', async () => {
    expect(await read(await signed('signed.mp4'), rootPem)).toMatchObject({
      intact: true,
      signer: { trusted: 'yes' },
    });
  });

  test('with only another root on the list the signer is not trusted, the clip intact all the same', async () => {
    expect(await read(await signed('signed.mp4'), otherRootPem)).toMatchObject({
      intact: true,
      problems: [],
      signer: { trusted: 'no' },
    });
  });

  test('a changed clip is not intact, though its signer is trusted', async () => {
    const bytes = changed(await signed('signed.mp4'), 'mdat', 2000);
    expect(await read(bytes, rootPem)).toMatchObject({
      state: 'present',
      intact: false,
      problems: ['content-changed'],
      signer: { trusted: 'yes' },
    });
  });

  test('a changed statement is not intact', async () => {
    const bytes = changed(await signed('signed.mp4'), 'trainedAlgorithmicMedia', 3);
    expect(await read(bytes)).toMatchObject({ intact: false, problems: ['statement-changed'] });
  });
});

describe('what cannot be read ends in a code', () => {
  test('a damaged manifest', async () => {
    const bytes = changed(await signed('signed.mp4'), 'jumb', 0);
    expect(await read(bytes)).toEqual({ state: 'unreadable', code: 'damaged' });
  });

  test('a cut manifest', async () => {
    expect(await read((await signed('signed.mp4')).slice(0, 1500))).toEqual({
      state: 'unreadable',
      code: 'damaged',
    });
  });

  test('a file over the limit, of which little is read', async () => {
    const bytes = await signed('signed.mp4');
    const padding = new Blob([new Uint8Array(1e8)]);
    const huge = new Blob([bytes, ...Array<Blob>(Math.ceil(MAX_FILE_BYTES / padding.size)).fill(padding)]);
    expect(await read(huge)).toEqual({ state: 'unreadable', code: 'too-large' });
  });

  test('a reader that is not there', async () => {
    const options = { base: `${base}nowhere/` };
    expect(await readCredentials(new Blob([await signed('signed.mp4')]), never, options)).toEqual({
      state: 'unreadable',
      code: 'reader-unavailable',
    });
  });

  test('an abort, before and while reading', async () => {
    const cancelled = { state: 'unreadable', code: 'cancelled' };
    const file = new Blob([await signed('signed.mp4')]);
    expect(await readCredentials(file, AbortSignal.abort(), { base })).toEqual(cancelled);
    expect(await readCredentials(file, AbortSignal.timeout(5), { base })).toEqual(cancelled);
  });
});

test('a clip without credentials has none, whatever the reader', async () => {
  const options = { base: `${base}nowhere/` };
  for (const name of ['h264-bframes.mp4', 'vp9.webm', 'mpeg4.avi', 'mpeg1.mpg', 'truncated.mp4'])
    expect(await readCredentials(await clip(name), never, options)).toEqual({ state: 'none' });
});
