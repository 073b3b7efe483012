import { readdirSync, readFileSync } from 'node:fs';
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { sniffContainer, SNIFF_BYTES, type Sniffed } from '../../src/media/sniff.ts';

const CLIPS = new URL('../fixtures/clips/', import.meta.url);
const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : part)),
  );
const video = (container: string): Sniffed => ({ kind: 'video', container });

describe('the made clips', () => {
  const byExtension: Record<string, string> = {
    mp4: 'mp4',
    webm: 'webm',
    mkv: 'matroska',
    mpg: 'mpeg-ps',
    avi: 'avi',
    mpegts: 'mpeg-ts',
  };
  test.each(readdirSync(CLIPS))('%s', (name) => {
    const head = readFileSync(new URL(name, CLIPS)).subarray(0, SNIFF_BYTES);
    expect(sniffContainer(head)).toEqual(video(byExtension[name.split('.').at(-1)!]!));
  });
});

describe('first bytes as the formats define them', () => {
  const size = [0, 0, 0, 24];
  const packets = (count: number, stride: number, offset = 0): Uint8Array =>
    Uint8Array.from({ length: count * stride }, (_, i) => (i % stride === offset ? 0x47 : 0xff));
  test.each<[string, Uint8Array, Sniffed]>([
    ['QuickTime', bytes(size, 'ftypqt  '), video('mov')],
    ['old QuickTime without ftyp', bytes([0, 0, 0, 8], 'wide', [0, 0, 1, 0], 'mdat'), video('mov')],
    [
      'MP4 behind a box of its writer',
      bytes([0, 0, 0, 32], 'uuid', new Array<number>(24).fill(7)),
      video('mov'),
    ],
    ['3GPP', bytes(size, 'ftyp3gp5'), video('3gp')],
    ['Matroska', bytes([0x1a, 0x45, 0xdf, 0xa3, 0x8b, 0x42, 0x82, 0x88], 'matroska'), video('matroska')],
    ['Flash', bytes('FLV', [1, 5, 0, 0, 0, 9]), video('flv')],
    ['Windows Media', bytes([0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11]), video('asf')],
    ['Ogg with Theora', bytes('OggS', [0, 2], new Array<number>(22).fill(0), [0x80], 'theora'), video('ogg')],
    ['transport stream', packets(3, 188), video('mpeg-ts')],
    ['Blu-ray transport stream', packets(3, 192, 4), video('mpeg-ts')],
    [
      'Ogg with Vorbis',
      bytes('OggS', [0, 2], new Array<number>(22).fill(0), [1], 'vorbis'),
      { kind: 'audio' },
    ],
    ['AAC in MP4', bytes(size, 'ftypM4A '), { kind: 'audio' }],
    ['MP3 with a tag', bytes('ID3', [4, 0, 0]), { kind: 'audio' }],
    ['MP3 without', bytes([0xff, 0xfb, 0x90, 0x64, 0]), { kind: 'audio' }],
    ['WAVE', bytes('RIFF', [1, 2, 3, 4], 'WAVEfmt '), { kind: 'audio' }],
    ['HEIC', bytes(size, 'ftypheic'), { kind: 'image' }],
    ['AVIF', bytes(size, 'ftypavif'), { kind: 'image' }],
    ['JPEG', bytes([0xff, 0xd8, 0xff, 0xe0]), { kind: 'image' }],
    ['PNG', bytes([0x89], 'PNG\r\n', [0x1a, 0x0a]), { kind: 'image' }],
    ['GIF', bytes('GIF89a'), { kind: 'image' }],
    ['WebP', bytes('RIFF', [1, 2, 3, 4], 'WEBPVP8 '), { kind: 'image' }],
    ['PDF', bytes('%PDF-1.7'), { kind: 'document' }],
    ['ZIP', bytes('PK', [3, 4, 20, 0]), { kind: 'archive' }],
    ['gzip', gzipSync('x'), { kind: 'archive' }],
    ['text', bytes('Dear reader,\r\n\tthis is not a film.\n'), { kind: 'text' }],
    ['UTF-8 cut within a character', Buffer.from('Übermäßig ä').subarray(0, -1), { kind: 'text' }],
    ['UTF-16', bytes([0xff, 0xfe, 0x48, 0]), { kind: 'text' }],
    ['nothing', bytes(), { kind: 'empty' }],
    ['noise', deflateSync(Buffer.from('noise of no known kind, not text either')), { kind: 'unknown' }],
  ])('%s', (_name, head, expected) => {
    expect(sniffContainer(head)).toEqual(expected);
  });

  test('one or two bytes are no reason to fail', () => {
    for (const head of [[0], [0xff], [0x47, 0x40], [0, 0, 0]])
      expect(() => sniffContainer(Uint8Array.from(head))).not.toThrow();
  });
});
