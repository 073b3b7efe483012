/**
 * What a file is, by its first bytes. Neither its name nor its MIME type is looked at.
 * Signatures: the formats' own specifications, collected in https://www.garykessler.net/library/file_sigs.html.
 */

export type Sniffed =
  | { kind: 'video'; container: string }
  | { kind: 'empty' | 'image' | 'audio' | 'text' | 'archive' | 'document' | 'unknown' };

/** Bytes that `sniffContainer` wants to see: three MPEG-TS packets of the longest kind (204 bytes), and a margin. */
export const SNIFF_BYTES = 4096;

/** Containers of Matroska's kind, by the names given here. Their index leads to groups of pictures only. */
export const MATROSKA: ReadonlySet<string> = new Set(['matroska', 'webm']);

/** Brands of the `ftyp` box that mean a picture or sound, not a film. */
const IMAGE_BRANDS = new Set([
  'avif',
  'avis',
  'heic',
  'heix',
  'heif',
  'mif1',
  'msf1',
  'hevc',
  'hevx',
  'crx ',
]);
const AUDIO_BRANDS = new Set(['M4A ', 'M4B ', 'M4P ']);
/** Top-level boxes with which a QuickTime or MP4 file without `ftyp` starts. */
const MOV_BOXES = new Set(['moov', 'mdat', 'wide', 'free', 'skip', 'pnot', 'moof', 'styp', 'sidx', 'uuid']);

/** Signatures at fixed offsets, in hexadecimal; `..` stands for any byte. */
const SIGNATURES: [offset: number, hex: string, sniffed: Sniffed][] = [
  [0, '52494646........415649', { kind: 'video', container: 'avi' }],
  [0, '464c5601', { kind: 'video', container: 'flv' }],
  [0, '3026b2758e66cf11', { kind: 'video', container: 'asf' }],
  [0, '000001ba', { kind: 'video', container: 'mpeg-ps' }],
  [0, '000001b3', { kind: 'video', container: 'mpeg-video' }],
  [0, '2e524d46', { kind: 'video', container: 'realmedia' }],
  [0, '060e2b34020501010d0102', { kind: 'video', container: 'mxf' }],
  [0, '444b4946', { kind: 'video', container: 'ivf' }],
  [0, '595556344d50454732', { kind: 'video', container: 'y4m' }],
  [0, '0000000167', { kind: 'video', container: 'h264' }],
  [0, '000000014001', { kind: 'video', container: 'hevc' }],
  [0, '89504e470d0a1a0a', { kind: 'image' }],
  [0, 'ffd8ff', { kind: 'image' }],
  [0, '47494638', { kind: 'image' }],
  [0, '52494646........57454250', { kind: 'image' }],
  [0, '424d........00000000', { kind: 'image' }],
  [0, '49492a00', { kind: 'image' }],
  [0, '4d4d002a', { kind: 'image' }],
  [0, '38425053', { kind: 'image' }],
  [0, '0000010001', { kind: 'image' }],
  [0, 'ff0a', { kind: 'image' }],
  [0, '0000000c4a584c20', { kind: 'image' }],
  [0, '52494646........57415645', { kind: 'audio' }],
  [0, '494433', { kind: 'audio' }],
  [0, '664c6143', { kind: 'audio' }],
  [0, '464f524d........41494646', { kind: 'audio' }],
  [0, '4d546864', { kind: 'audio' }],
  [0, '2321414d52', { kind: 'audio' }],
  [0, 'fffe', { kind: 'text' }],
  [0, 'feff', { kind: 'text' }],
  [0, '504b0304', { kind: 'archive' }],
  [0, '504b0506', { kind: 'archive' }],
  [0, '1f8b08', { kind: 'archive' }],
  [0, '526172211a07', { kind: 'archive' }],
  [0, '377abcaf271c', { kind: 'archive' }],
  [0, 'fd377a585a00', { kind: 'archive' }],
  [0, '425a68', { kind: 'archive' }],
  [257, '7573746172', { kind: 'archive' }],
  [0, '25504446', { kind: 'document' }],
  [0, 'd0cf11e0a1b11ae1', { kind: 'document' }],
  [0, '7f454c46', { kind: 'document' }],
  [0, '4d5a90', { kind: 'document' }],
];

/**
 * Names the container, or says what kind of file this is instead.
 * @param bytes the first bytes of the file, at best `SNIFF_BYTES` of them
 */
export function sniffContainer(bytes: Uint8Array): Sniffed {
  if (bytes.length === 0) return { kind: 'empty' };
  const found =
    sniffIsoMedia(bytes) ??
    sniffMatroska(bytes) ??
    sniffOgg(bytes) ??
    SIGNATURES.find(([offset, hex]) => matches(bytes, offset, hex))?.[2] ??
    sniffTransportStream(bytes) ??
    sniffAudioFrames(bytes);
  return found ?? (looksLikeText(bytes) ? { kind: 'text' } : { kind: 'unknown' });
}

function matches(bytes: Uint8Array, offset: number, hex: string): boolean {
  if (bytes.length < offset + hex.length / 2) return false;
  for (let i = 0; i < hex.length; i += 2) {
    const byte = hex.slice(i, i + 2);
    if (byte !== '..' && bytes[offset + i / 2] !== parseInt(byte, 16)) return false;
  }
  return true;
}

function ascii(bytes: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(start, start + length));
}

/** ISO base media (ISO/IEC 14496-12) and QuickTime: a box size, then a four-letter type. */
function sniffIsoMedia(bytes: Uint8Array): Sniffed | undefined {
  const type = ascii(bytes, 4, 4);
  if (type !== 'ftyp') return MOV_BOXES.has(type) ? { kind: 'video', container: 'mov' } : undefined;
  const brand = ascii(bytes, 8, 4);
  if (IMAGE_BRANDS.has(brand)) return { kind: 'image' };
  if (AUDIO_BRANDS.has(brand)) return { kind: 'audio' };
  if (brand === 'qt  ') return { kind: 'video', container: 'mov' };
  return { kind: 'video', container: /^3g/.test(brand) ? '3gp' : 'mp4' };
}

/** EBML (RFC 8794): the document type is a string in the header. */
function sniffMatroska(bytes: Uint8Array): Sniffed | undefined {
  if (!matches(bytes, 0, '1a45dfa3')) return undefined;
  return { kind: 'video', container: ascii(bytes, 0, 64).includes('webm') ? 'webm' : 'matroska' };
}

/** Ogg (RFC 3533): the first pages hold one header per stream, each with the name of its codec. */
function sniffOgg(bytes: Uint8Array): Sniffed | undefined {
  if (!matches(bytes, 0, '4f676753')) return undefined;
  const headers = ascii(bytes, 0, Math.min(bytes.length, 1024));
  return /theora|BBCD|VP80|video/.test(headers) ? { kind: 'video', container: 'ogg' } : { kind: 'audio' };
}

/** MPEG transport stream (ISO/IEC 13818-1): a sync byte every 188 bytes; 192 with time codes (M2TS), 204 with FEC. */
function sniffTransportStream(bytes: Uint8Array): Sniffed | undefined {
  for (const [offset, stride] of [
    [0, 188],
    [4, 192],
    [0, 204],
  ] as const) {
    const packets = [0, 1, 2].map((i) => bytes[offset + i * stride]);
    if (packets.every((byte) => byte === 0x47)) return { kind: 'video', container: 'mpeg-ts' };
  }
  return undefined;
}

/** MPEG audio and AAC without a container: a frame sync of 11 or 12 set bits. */
function sniffAudioFrames(bytes: Uint8Array): Sniffed | undefined {
  const [first, second = 0] = bytes;
  const synced = first === 0xff && (second & 0xe0) === 0xe0 && (second & 0x18) !== 0x08 && second !== 0xff;
  return synced ? { kind: 'audio' } : undefined;
}

/** Valid UTF-8 (the last character may be cut) without control characters. */
function looksLikeText(bytes: Uint8Array): boolean {
  const controls = bytes.some((byte) => byte < 0x20 && !(byte >= 0x09 && byte <= 0x0d) && byte !== 0x1b);
  if (controls) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
