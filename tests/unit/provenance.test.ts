import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/root.ts';
import { messages } from '../../src/app/messages.ts';
import { findCredentials, type Found } from '../../src/provenance/find.ts';
import { plainText, summarize } from '../../src/provenance/summary.ts';

const never = new AbortController().signal;
const fixture = (path: string): Buffer => readFileSync(join(root, 'tests/fixtures', path));
const find = (...parts: (Uint8Array<ArrayBuffer> | Buffer)[]): Promise<Found> =>
  findCredentials(new Blob(parts as BlobPart[]), never);

function box(type: string, content: Uint8Array | string, size?: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(size ?? 8 + content.length);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, Buffer.from(content)]);
}
const ftyp = box('ftyp', 'isom\0\0\x02\0');
const c2pa = Buffer.from('d8fec3d61b0e483c92975828877ec481', 'hex');
const xmp = Buffer.from('be7acfcb97a942e89c71999491e3afac', 'hex');

describe('the look for credentials', () => {
  it('finds them in signed clips and in no other', async () => {
    expect(await find(fixture('credentials/signed.mp4'))).toMatchObject({
      kind: 'embedded',
      format: 'video/mp4',
    });
    expect(await find(fixture('credentials/signed.avi'))).toMatchObject({
      kind: 'embedded',
      format: 'video/avi',
    });
    for (const name of ['h264-bframes.mp4', 'mpeg4.avi', 'vp9.webm', 'h264.mpegts', 'no-moov.mp4'])
      expect(await find(fixture(`clips/${name}`))).toEqual({ kind: 'none' });
  });

  it('finds them behind a box with a 64-bit size and far into the file', async () => {
    const long = Buffer.alloc(16 + 200_000);
    long.writeUInt32BE(1);
    long.write('mdat', 4, 'latin1');
    long.writeBigUInt64BE(BigInt(long.length), 8);
    const found = await find(ftyp, long, box('uuid', c2pa, 0));
    expect(found).toEqual({ kind: 'embedded', format: 'video/mp4', bytes: 24 });
  });

  it('does not take the bytes inside another box for them', async () => {
    expect(await find(ftyp, box('mdat', box('uuid', c2pa)))).toEqual({ kind: 'none' });
  });

  it('says that a manifest lies elsewhere when the XMP names one', async () => {
    const named = Buffer.concat([xmp, Buffer.from('<rdf dcterms:provenance="https://example.com/m.c2pa"/>')]);
    expect(await find(ftyp, box('uuid', named))).toEqual({ kind: 'remote' });
    expect(await find(ftyp, box('uuid', xmp))).toEqual({ kind: 'none' });
  });

  it('ends on files that are empty, cut or made to keep it busy', async () => {
    expect(await find()).toEqual({ kind: 'none' });
    expect(await find(ftyp, box('free', '', 4))).toEqual({ kind: 'none' });
    expect(await find(ftyp, Buffer.from([0, 0, 0, 1, 0x66, 0x72]))).toEqual({ kind: 'none' });
    const busy = new Uint8Array(Buffer.alloc(8 * 300_000, box('free', '')));
    expect(await find(ftyp, busy)).toEqual({ kind: 'too-many-boxes' });
    await expect(findCredentials(new Blob([new Uint8Array(ftyp)]), AbortSignal.abort())).rejects.toThrow();
  });
});

/** A manifest store as the reader gives it, with these failures. */
function store(failures: string[], more: object = {}): unknown {
  const statuses = (codes: string[]): object[] => codes.map((code) => ({ code }));
  return {
    active_manifest: 'a',
    manifests: { a: {} },
    validation_state: 'Valid',
    validation_results: {
      activeManifest: { success: statuses(['claimSignature.validated']), failure: statuses(failures) },
    },
    ...more,
  };
}

describe('the summary', () => {
  it.each([
    ['assertion.bmffHash.mismatch', 'content-changed'],
    ['assertion.hashedURI.mismatch', 'statement-changed'],
    ['claimSignature.mismatch', 'signature-invalid'],
    ['claimSignature.outsideValidity', 'certificate-invalid'],
    ['signingCredential.expired', 'certificate-invalid'],
    ['timeStamp.mismatch', 'timestamp-invalid'],
    ['ingredient.manifest.mismatch', 'ingredient-invalid'],
    ['general.error', 'other'],
  ])('%s is %s', (code, problem) => {
    expect(summarize(store([code]), false)).toMatchObject({ intact: false, problems: [problem] });
  });

  it('keeps an unknown signer apart from what is intact', () => {
    const untrusted = store(['signingCredential.untrusted']);
    expect(summarize(untrusted, true)).toMatchObject({ intact: true, signer: { trusted: 'no' } });
    expect(summarize(untrusted, false)).toMatchObject({ intact: true, signer: { trusted: 'unchecked' } });
  });

  it('a source whose credentials fail makes the history not intact', () => {
    const failure = [{ code: 'assertion.dataHash.mismatch' }];
    const results = {
      activeManifest: { success: [{ code: 'claimSignature.validated' }], failure: [] },
      ingredientDeltas: [{ validationDeltas: { failure } }],
    };
    expect(summarize(store([], { validation_results: results }), false).problems).toEqual([
      'ingredient-invalid',
    ]);
  });

  it('never counts as intact or trusted what was not checked', () => {
    const odd = [
      null,
      [],
      'x',
      {},
      { manifests: 3, validation_results: [] },
      { validation_state: 'Trusted' },
    ];
    for (const one of odd) {
      const { intact, problems, signer } = summarize(one, true);
      expect([intact, problems, signer.trusted]).toEqual([false, ['other'], 'no']);
    }
    expect(summarize(store([], { validation_state: 'Invalid' }), false).intact).toBe(false);
  });

  it('bounds hostile text and lists', () => {
    const actions = Array.from({ length: 1000 }, (_, index) => ({
      action: `x${index}`,
      digitalSourceType: `http://a/${'y'.repeat(1e3)}${index}`,
    }));
    const manifest = {
      claim_generator_info: [{ name: 'a'.repeat(1e5) }],
      signature_info: { common_name: 5, issuer: 'one\u202Etwo\n\n<b>three\u0000', time: 'yesterday' },
      assertions: [{ label: 'c2pa.actions.v2', data: { actions } }],
    };
    const text = '{"active_manifest":"__proto__","manifests":{"__proto__":' + JSON.stringify(manifest) + '}}';
    const summary = summarize(JSON.parse(text), false);
    expect(summary.signer).toMatchObject({ name: null, organisation: 'onetwo <b>three' });
    expect(summary.signedAt).toBeNull();
    expect(summary.claimGenerator).toHaveLength(120);
    expect(summary.actions).toHaveLength(20);
    expect(summary.sources).toHaveLength(1);
    expect(JSON.stringify(summary).length).toBeLessThan(2000);
  });

  it('names that a manifest makes up are shown as they are', () => {
    const { source, action } = messages.credentials;
    expect(source('trainedAlgorithmicMedia')).toBe('generated by AI');
    for (const name of ['constructor', '__proto__', 'com.example.done'])
      expect([source(name), action(name)]).toEqual([name, name]);
  });

  it('plain text is never empty', () => {
    expect([plainText(' \n '), plainText('\u200F'), plainText(7), plainText(' a  b ')]).toEqual([
      null,
      null,
      null,
      'a b',
    ]);
  });
});
