import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import jsQR from 'jsqr';
import { describe, expect, it } from 'vitest';
import { recordSchema, SCHEMA_FILE } from '../../scripts/record-schema.ts';
import { root } from '../../scripts/root.ts';
import { wrapped } from '../../src/share/card.ts';
import { readVerdictLink } from '../../src/share/link.ts';
import { verdictQrCode } from '../../src/share/qr.ts';
import { record } from './share-record.ts';

/** A CommonJS module whose types promise an ES one. */
const decode = (jsQR as unknown as { default?: typeof jsQR }).default ?? jsQR;

describe('the QR code', () => {
  it('is read by a camera as a link with the verdict and without single frames', async () => {
    const { size, path } = (await verdictQrCode(record(), 'https://example.org/'))!;
    // Draws the path as a camera would see it, four pixels per module.
    const scale = 4;
    const side = size * scale;
    const pixels = new Uint8ClampedArray(4 * side * side).fill(255);
    for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) {
      for (let row = Number(y) * scale; row < (Number(y) + 1) * scale; row++) {
        for (let column = Number(x) * scale; column < (Number(x) + 1) * scale; column++) {
          pixels.fill(0, 4 * (row * side + column), 4 * (row * side + column) + 3);
        }
      }
    }
    const link = decode(pixels, side, side)?.data;
    expect(link).toMatch(/^https:\/\/example\.org\/#verdict=/);
    const read = await readVerdictLink(new URL(link!).hash);
    expect(read!.file.sha256).toBe(record().file.sha256);
    expect(read!.verdict.outcome).toBe(record().verdict.outcome);
    expect(read!.tracks[0]!.frames).toEqual([]);
  });

  it('is none where no code holds what the link does, as of a crowd', async () => {
    const crowd = (faces: number) => {
      const { tracks, ...rest } = record();
      const noise = (id: number): number => Math.abs(Math.sin(1e4 * id + faces));
      const track = (id: number) => ({
        ...{ ...tracks[0]!, id, start: 60 * noise(id), end: 60 + noise(id), faceSize: 200 * noise(id + 0.1) },
        ...{ sharpness: 200 * noise(id + 0.2), logit: noise(id + 0.3), score: noise(id + 0.4) },
      });
      return { ...rest, tracks: Array.from({ length: faces }, (_, id) => track(id)) };
    };
    expect(await verdictQrCode(crowd(20), 'https://example.org/')).not.toBeNull();
    expect(await verdictQrCode(crowd(120), 'https://example.org/')).toBeNull();
  });
});

describe('text on the picture', () => {
  const measure = (line: string): number => line.length;

  it('breaks between words, and loses none', () => {
    const lines = wrapped('one two three four', 9, measure);
    expect(lines).toEqual(['one two', 'three', 'four']);
  });

  it('leaves a word that is too wide on a line of its own', () => {
    expect(wrapped('a incomprehensible b', 5, measure)).toEqual(['a', 'incomprehensible', 'b']);
  });
});

describe('the published JSON Schema', () => {
  const published = JSON.parse(readFileSync(join(root, 'public', SCHEMA_FILE), 'utf8')) as object;

  it('is the one that the validator gives (npx tsx scripts/record-schema.ts)', () => {
    expect(published).toEqual(JSON.parse(recordSchema()));
  });

  it('takes a record and refuses one that the app refuses', () => {
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(published);
    expect(validate(record())).toBe(true);
    expect(validate({ ...record(), version: 2 })).toBe(false);
    expect(validate({ ...record(), extra: 1 })).toBe(false);
    const { verdict, ...without } = record();
    expect(verdict.outcome).toBe('none');
    expect(validate(without)).toBe(false);
  });
});
