/**
 * The museum of odd files: what is odd about each, and what either decoder makes of it. Encoded pieces lie in `pieces/`
 * (`scripts/make-museum.ts`), the others are made of them here.
 */
import type { MediaErrorCode } from '../../src/media/index.ts';
import {
  blanked,
  box,
  cut,
  flipped,
  find,
  join,
  nested,
  noise,
  nullPackets,
  overwritten,
  packedZeros,
  patch,
  resized,
  secondTrackOn,
  selfIndexed,
  size64,
  text,
  without,
  withoutFirstKeyPicture,
  zipBomb,
} from './surgery.ts';
import type { Bytes } from './surgery.ts';

/** `frames`: pictures of the piece's size. Several where browsers or their builds differ. */
export type Outcome = 'frames' | MediaErrorCode;

export interface Piece {
  name: string;
  odd: string;
  /** Name of the encoded piece that it is, or is made of; none for files made of nothing. */
  from?: string;
  /** It lies in `found/`, where the fuzzer puts what has broken a rule. */
  found?: true;
  make?: (bytes: Bytes) => Bytes;
  /** Of the pictures, in pixels; not said where the file lies about it. */
  size?: [width: number, height: number];
  /** Of the six pictures that the test asks for, those that ffmpeg has to leave out. */
  damaged?: number;
  webcodecs: Outcome | readonly Outcome[];
  ffmpeg: Outcome | readonly Outcome[];
}

/** What a row says beyond what most have in common: pictures of the usual size on either decoder. */
type How = Partial<Pick<Piece, 'damaged' | 'webcodecs' | 'ffmpeg'>> & { size?: Piece['size'] | undefined };

/** Not every browser has this codec. */
const PERHAPS = ['frames', 'codec_unsupported'] as const;

const both = (outcome: Piece['ffmpeg']): How => ({ webcodecs: outcome, ffmpeg: outcome });

function piece(about: Pick<Piece, 'name' | 'odd' | 'from' | 'found' | 'make'>, how: How): Piece {
  const { webcodecs = 'frames', ffmpeg = 'frames', damaged } = how;
  const shows = [webcodecs, ffmpeg].flat().includes('frames');
  const size = 'size' in how ? how.size : shows ? ([96, 72] as const) : undefined;
  return {
    ...about,
    ...(size !== undefined && { size: [...size] }),
    ...(damaged !== undefined && { damaged }),
    webcodecs,
    ffmpeg,
  };
}

/** A file as an encoder left it. */
const encoded = (name: string, odd: string, how: How = {}): Piece => piece({ name, odd, from: name }, how);

/** A file made of an encoded one. */
const changed = (
  from: string,
  name: string,
  odd: string,
  make: (bytes: Bytes) => Bytes,
  how: How = {},
): Piece => piece({ name, odd, from, make }, how);

/** A file made of nothing. */
const made = (name: string, odd: string, make: () => Bytes, how: How = {}): Piece =>
  piece({ name, odd, make }, how);

/** What the fuzzer has broken something with. */
const found = (name: string, odd: string, how: How = {}, make = (bytes: Bytes): Bytes => bytes): Piece =>
  piece({ name, odd, from: name, found: true, make }, how);

/** Sound files of unusual kinds. */
export const ENCODED: readonly Piece[] = [
  encoded('base.mp4', 'H.264 in MP4, its index in front'),
  encoded('moov-last.mp4', 'its index behind the pictures'),
  encoded('fragmented.mp4', 'in fragments'),
  encoded('base.mov', 'QuickTime'),
  encoded('base.mkv', 'Matroska'),
  encoded('live.mkv', 'clusters of unknown size, as a live stream leaves them'),
  encoded('no-index.mkv', 'a recording that was cut off: no index, and clusters without a key frame'),
  encoded('base.mpegts', 'MPEG transport stream'),
  encoded('base.m2ts', 'packets of 192 bytes'),
  encoded('base.flv', 'Flash video with H.264', { webcodecs: 'not_a_video' }),
  encoded('base.3gp', 'H.263 of a phone', { webcodecs: 'codec_unsupported', size: [176, 144] }),
  encoded('base.avi', 'MPEG-4 Part 2 in AVI', { webcodecs: 'not_a_video' }),
  encoded('base.mpg', 'MPEG-1 program stream', { webcodecs: 'not_a_video' }),
  encoded('base.vob', 'MPEG-2 program stream', { webcodecs: 'not_a_video' }),
  encoded('base.wmv', 'Windows Media 8 in ASF', { webcodecs: 'not_a_video' }),
  encoded('base.ogv', 'Theora in Ogg', { webcodecs: 'no_video_track' }),
  encoded('base.rm', 'RealVideo 1', { webcodecs: 'not_a_video', size: [96, 80] }),
  encoded('base.mxf', 'MPEG-2 in MXF', { webcodecs: 'not_a_video' }),
  encoded('base.ivf', 'VP8 in IVF', { webcodecs: 'not_a_video' }),
  encoded('base.h264', 'H.264 without a container', { webcodecs: 'not_a_video' }),
  encoded('base.y4m', 'pictures as they are', { webcodecs: 'not_a_video', size: [48, 36] }),
  encoded('animated.gif', 'a picture that moves', both('image_file')),
  encoded('animated.webp', 'a picture that moves', both('image_file')),
  encoded('animated.png', 'a picture that moves', both('image_file')),
  encoded('h264-baseline.mp4', 'H.264 Baseline'),
  encoded('h264-main.mp4', 'H.264, Main profile'),
  encoded('h264-10bit.mp4', 'H.264 High 10', { webcodecs: PERHAPS }),
  encoded('h264-422.mp4', 'H.264 High 4:2:2', { webcodecs: PERHAPS }),
  encoded('h264-444.mp4', 'H.264 High 4:4:4 Predictive', { webcodecs: 'codec_unsupported' }),
  encoded('h264-interlaced.mp4', 'H.264 in fields'),
  encoded('hevc.mp4', 'HEVC', { webcodecs: PERHAPS }),
  encoded('hevc-10bit.mkv', 'HEVC Main 10', { webcodecs: PERHAPS }),
  encoded('hdr-pq.mp4', 'HEVC Main 10 with PQ, BT.2020', { webcodecs: PERHAPS }),
  encoded('vp8.webm', 'VP8'),
  encoded('vp9.webm', 'VP9'),
  encoded('vp9-10bit.webm', 'VP9 Profile 2', { webcodecs: PERHAPS }),
  encoded('vp9-alpha.webm', 'VP9 with transparency'),
  encoded('av1.mp4', 'AV1 in MP4', {
    webcodecs: PERHAPS,
    ffmpeg: 'codec_unsupported',
  }),
  encoded('av1.webm', 'AV1 in WebM', {
    webcodecs: PERHAPS,
    ffmpeg: 'codec_unsupported',
  }),
  encoded('av1-clusters.webm', 'AV1 in WebM, a cluster for every key frame', {
    webcodecs: PERHAPS,
    ffmpeg: 'codec_unsupported',
  }),
  encoded('mjpeg.avi', 'Motion JPEG', { webcodecs: 'not_a_video' }),
  encoded('prores.mov', 'ProRes Proxy', { webcodecs: 'codec_unsupported' }),
  encoded('prores-alpha.mov', 'ProRes 4444 with transparency', { webcodecs: 'codec_unsupported' }),
  encoded('mpeg4.mp4', 'MPEG-4 Part 2 in MP4', { webcodecs: 'codec_unsupported' }),
  encoded('msmpeg4.avi', 'Microsoft MPEG-4 version 2', { webcodecs: 'not_a_video' }),
  encoded('ffv1.mkv', 'FFV1, lossless', { webcodecs: 'codec_unsupported', size: [48, 36] }),
  encoded('huffyuv.avi', 'HuffYUV, lossless', { webcodecs: 'not_a_video', size: [48, 36] }),
  encoded('cinepak.avi', 'Cinepak', { webcodecs: 'not_a_video' }),
  encoded('animation.mov', 'QuickTime Animation', { webcodecs: 'codec_unsupported' }),
  encoded('flash.flv', 'Sorenson H.263', { webcodecs: 'not_a_video' }),
  encoded('odd-size.webm', 'odd width and height', { size: [97, 73] }),
  encoded('narrow.mp4', '16 pixels wide and 240 high', { size: [16, 240] }),
  encoded('anamorphic.mkv', 'pixels twice as wide as high'),
  encoded('one-frame.mp4', 'one frame'),
  encoded('variable-rate.mkv', 'frames further and further apart'),
  encoded('ten-hours.mp4', 'three frames over ten hours'),
  encoded('negative-time.mkv', 'begins before time zero'),
  encoded('eight-k.webm', '7680 x 4320 pixels', {
    webcodecs: PERHAPS,
    size: [7680, 4320],
  }),
  encoded('thin.mp4', '4096 x 4 pixels', { size: [4096, 4] }),
  encoded('edit-list.mp4', 'an edit list that begins between key frames'),
  encoded('rotated-180.mp4', 'upside down, and says so'),
  encoded('rotated-90.mp4', 'lies on its left side, and says so'),
  encoded('rotated-270.mp4', 'lies on its right side, and says so'),
  encoded('empty-edit.mp4', 'an edit list that begins with a second of nothing'),
  encoded('two-videos.mp4', 'two video tracks'),
  encoded('picture-first.mov', 'a track of one picture, then a video'),
  encoded('with-sound.mp4', 'sound first, then pictures'),
  encoded('with-sound.mkv', 'the same in Matroska'),
  encoded('sound.mp3', 'sound only', both('no_video_track')),
  encoded('sound.mkv', 'sound only, in a container for video', both('no_video_track')),
  encoded('sound-with-cover.mp4', 'sound with a cover picture', both('no_video_track')),
  encoded('subtitles-only.mkv', 'subtitles only', { webcodecs: 'no_video_track', ffmpeg: 'file_damaged' }),
  encoded('encrypted.mp4', 'encrypted (CENC), without the key', both('file_encrypted')),
];

/** Damaged, lying and hostile files, and files that are no video. */
export const MADE: readonly Piece[] = [
  changed('base.mp4', 'cut-05.mp4', 'cut after 5 %', (b) => cut(b, 0.05), both('no_video_track')),
  changed('base.mp4', 'cut-25.mp4', 'cut after 25 %', (b) => cut(b, 0.25), both('file_damaged')),
  changed('base.mp4', 'cut-50.mp4', 'cut after half', (b) => cut(b, 0.5), both('file_damaged')),
  changed('base.mp4', 'cut-75.mp4', 'cut after 75 %', (b) => cut(b, 0.75), { damaged: 2 }),
  changed('base.mp4', 'cut-95.mp4', 'cut after 95 %', (b) => cut(b, 0.95)),
  changed('moov-last.mp4', 'cut-before-index.mp4', 'cut before its index', (b) => cut(b, 0.6), {
    webcodecs: 'no_video_track',
    ffmpeg: 'file_damaged',
  }),
  changed('base.mkv', 'cut-50.mkv', 'cut after half', (b) => cut(b, 0.5), both('file_damaged')),
  changed('base.mkv', 'cut-10.mkv', 'cut after 10 %', (b) => cut(b, 0.1), both('file_damaged')),
  changed(
    'av1-clusters.webm',
    'cut-av1.webm',
    'cut in its last cluster, of a codec that ffmpeg has not',
    (b) => cut(b, 0.9),
    {
      webcodecs: PERHAPS,
      ffmpeg: 'codec_unsupported',
    },
  ),
  changed('vp9.webm', 'cut-50.webm', 'cut after half', (b) => cut(b, 0.5), both('file_damaged')),
  changed('base.mpegts', 'cut-50.ts', 'cut after half, in the middle of a packet', (b) => cut(b, 0.503)),
  changed('base.avi', 'cut-50.avi', 'cut after half', (b) => cut(b, 0.5), {
    webcodecs: 'not_a_video',
    ffmpeg: 'file_damaged',
  }),
  changed('fragmented.mp4', 'cut-50-fragmented.mp4', 'cut in a fragment', (b) => cut(b, 0.5), {
    ...both('file_damaged'),
  }),
  changed('base.mpegts', 'no-key-frame.ts', 'begins between key frames', (b) =>
    join(b.subarray(0, 3 * 188), b.subarray(188 * 12)),
  ),
  changed('base.mpegts', 'garbage-before.ts', 'begins in the middle of a packet', (b) => b.slice(100), {
    webcodecs: 'not_a_video',
  }),
  changed('base.mp4', 'no-index.mp4', 'without an index', (b) => without(b, 'moov'), {
    webcodecs: 'no_video_track',
    ffmpeg: 'file_damaged',
  }),
  changed(
    'base.mp4',
    'no-pictures.mp4',
    'an index of pictures that are not there',
    (b) => without(b, 'mdat'),
    both('file_damaged'),
  ),
  changed('base.mp4', 'only-ftyp.mp4', 'nothing but its kind', (b) => b.slice(0, 32), {
    webcodecs: 'no_video_track',
    ffmpeg: 'file_damaged',
  }),
  changed('moov-last.mp4', 'no-ftyp.mp4', 'does not say its kind', (b) => patch(b, 'ftyp', 0, 0x66726565), {
    webcodecs: 'not_a_video',
  }),
  changed('base.mp4', 'box-size-0.mp4', 'last box says: to the end of the file', (b) =>
    resized(b, 'mdat', 0),
  ),
  changed('moov-last.mp4', 'box-size-64.mp4', 'size of a box in 64 bits', (b) => size64(b, 'mdat')),
  changed('moov-last.mp4', 'box-size-huge.mp4', 'a box of 2^62 bytes', (b) => size64(b, 'mdat', 2n ** 62n), {
    webcodecs: 'no_video_track',
    ffmpeg: 'file_damaged',
  }),
  changed('base.mp4', 'box-size-huge-behind.mp4', 'last box says 2^62 bytes', (b) =>
    size64(b, 'mdat', 2n ** 62n),
  ),
  changed('base.mp4', 'box-size-4.mp4', 'a box smaller than its own head', (b) => resized(b, 'mdat', 4)),
  changed(
    'base.mp4',
    'index-too-long.mp4',
    'an index longer than the file',
    (b) => resized(b, 'moov', 0x7fffffff),
    { webcodecs: 'no_video_track' },
  ),
  changed(
    'base.mp4',
    'index-size-0.mp4',
    'an index that says: to the end of the file',
    (b) => resized(b, 'moov', 0),
    { webcodecs: 'no_video_track' },
  ),
  changed(
    'base.mp4',
    'track-too-long.mp4',
    'a track longer than the index that it lies in',
    (b) => resized(b, 'trak', 0x00ffffff),
    { webcodecs: 'file_damaged' },
  ),
  changed(
    'base.mp4',
    'nested.mp4',
    '10,000 boxes within one another',
    (b) => join(b.subarray(0, 32), nested('moov', 10_000)),
    { webcodecs: ['decoder_failed', 'file_damaged', 'no_video_track'], ffmpeg: 'file_damaged' },
  ),
  changed(
    'base.mp4',
    'nested-tracks.mp4',
    '5,000 tracks within one another',
    (b) => join(b.subarray(0, 32), box('moov', nested('trak', 5000))),
    { webcodecs: ['decoder_failed', 'file_damaged', 'no_video_track'], ffmpeg: 'no_video_track' },
  ),
  changed(
    'moov-last.mp4',
    'many-boxes.mp4',
    '2,000 empty boxes before its index',
    (b) =>
      join(
        b.subarray(0, find(b, 'moov') - 4),
        ...Array.from({ length: 2000 }, () => box('free')),
        b.subarray(find(b, 'moov') - 4),
      ),
    { webcodecs: ['frames', 'decoder_failed'] },
  ),
  changed('base.mp4', 'two-indexes.mp4', 'its index twice', (b) =>
    join(b, b.subarray(find(b, 'moov') - 4, find(b, 'mdat') - 4)),
  ),
  changed('two-videos.mp4', 'second-video-on.mp4', 'two video tracks, the first switched off', secondTrackOn),
  changed('base.mp4', 'claims-ten-hours.mp4', 'claims to last 2^32 - 2 ticks', (b) =>
    patch(patch(b, 'mvhd', 20, 0xfffffffe), 'mdhd', 20, 0xfffffffe),
  ),
  changed('base.mp4', 'no-duration.mp4', 'says it lasts no time', (b) =>
    patch(patch(patch(b, 'mvhd', 20, 0), 'mdhd', 20, 0), 'tkhd', 24, 0),
  ),
  changed(
    'base.mp4',
    'timescale-0.mp4',
    'counts time in steps of infinite length',
    (b) => patch(b, 'mdhd', 16, 0),
    { webcodecs: 'file_damaged' },
  ),
  changed('base.mp4', 'odd-angle.mp4', 'to be turned by 5 degrees', (b) =>
    [65_287, 5712, 0, 0x1_0000_0000 - 5712, 65_287].reduce(
      (file, value, i) => patch(file, 'tkhd', 44 + 4 * i, value),
      b,
    ),
  ),
  changed('base.mp4', 'claims-8k.mp4', 'claims 7680 x 4320 and is 96 x 72', (b) =>
    patch(b, 'stsd', 44, (7680 << 16) | 4320),
  ),
  changed(
    'base.mp4',
    'claims-wide-pixels.mp4',
    'claims pixels 87,209 times as wide as high',
    (b) => patch(patch(b, 'pasp', 4, 87_209), 'pasp', 8, 1),
    { webcodecs: ['frames', 'decoder_failed'] },
  ),
  changed(
    'base.mp4',
    'claims-64k.mp4',
    'claims 65535 x 65535 and is 96 x 72',
    (b) => patch(b, 'stsd', 44, 0xffffffff),
    { webcodecs: ['frames', 'codec_unsupported', 'decoder_failed', 'file_damaged', 'out_of_memory'] },
  ),
  changed(
    'base.mp4',
    'many-samples.mp4',
    'claims two billion frames',
    (b) => patch(b, 'stsz', 12, 0x7fffffff),
    both('file_damaged'),
  ),
  changed(
    'base.mp4',
    'many-equal-samples.mp4',
    'claims two billion frames of one byte',
    (b) => patch(patch(b, 'stsz', 8, 1), 'stsz', 12, 0x7fffffff),
    both('file_damaged'),
  ),
  changed(
    'base.mp4',
    'long-times.mp4',
    'claims two billion entries of time',
    (b) => patch(b, 'stts', 8, 0x7fffffff),
    both('file_damaged'),
  ),
  changed(
    'base.mp4',
    'many-per-entry.mp4',
    'one entry of time for two billion frames',
    (b) => patch(b, 'stts', 12, 0x7fffffff),
    { webcodecs: 'file_damaged' },
  ),
  changed(
    'base.mp4',
    'chunks-at-0.mp4',
    'pictures said to lie where the file begins',
    (b) => patch(b, 'stco', 12, 0),
    both('file_damaged'),
  ),
  changed(
    'base.mp4',
    'chunks-beyond.mp4',
    'pictures said to lie behind the end',
    (b) => patch(b, 'stco', 12, 0x7ffffff0),
    both('file_damaged'),
  ),
  changed(
    'base.mp4',
    'no-such-codec.mp4',
    'a codec that nobody knows',
    (b) => patch(b, 'stsd', 16, 0x7a7a7a7a),
    both('codec_unsupported'),
  ),
  changed(
    'base.mp4',
    'empty-config.mp4',
    'a decoder configuration of zeros',
    (b) => patch(patch(b, 'avcC', 4, 0), 'avcC', 8, 0),
    { webcodecs: 'codec_unsupported', ffmpeg: 'file_damaged' },
  ),
  changed('base.mp4', 'blank-pictures.mp4', 'zeros where the pictures were', (b) => blanked(b, 0.45, 1), {
    webcodecs: ['decoder_failed', 'file_damaged'],
    ffmpeg: 'file_damaged',
  }),
  changed(
    'base.mp4',
    'bits-flipped.mp4',
    'a bit wrong in every 97 bytes of the pictures',
    (b) => flipped(b, 0.5, 97),
    { webcodecs: ['decoder_failed', 'file_damaged'], ffmpeg: 'file_damaged' },
  ),
  changed(
    'base.mp4',
    'late-damage.mp4',
    'a bit wrong in every 29 bytes behind the second key frame’s head',
    (b) => flipped(b, 0.75, 29),
    { webcodecs: ['decoder_failed', 'file_damaged'], damaged: 2 },
  ),
  changed(
    'base.mp4',
    'early-damage.mp4',
    'one picture of its first group is noise',
    (b) => join(b.subarray(0, 2760), noise(100), b.subarray(2860)),
    { webcodecs: ['decoder_failed', 'file_damaged'], damaged: 3 },
  ),
  changed(
    'base.mpegts',
    'late-damage.ts',
    'two packets of the second key frame are missing',
    (b) => join(b.subarray(0, 188 * 32), b.subarray(188 * 34)),
    { webcodecs: ['frames', 'decoder_failed', 'file_damaged'], damaged: 3 },
  ),
  changed('vp9.webm', 'bits-flipped.webm', 'a bit wrong in every 61 bytes', (b) => flipped(b, 0.4, 61), {
    webcodecs: ['decoder_failed', 'file_damaged'],
  }),
  changed('base.avi', 'bits-flipped.avi', 'a bit wrong in every 61 bytes', (b) => flipped(b, 0.5, 61), {
    webcodecs: 'not_a_video',
    ffmpeg: 'file_damaged',
  }),
  changed(
    'base.mkv',
    'head-flipped.mkv',
    'a bit wrong in every 13 bytes from the start on',
    (b) => flipped(b, 0.01, 13),
    { webcodecs: 'no_video_track', ffmpeg: 'file_damaged' },
  ),
  changed('base.mp4', 'junk-behind.mp4', 'as much noise behind as there is video', (b) =>
    join(b, noise(b.length)),
  ),
  changed(
    'base.mkv',
    'mkv-in-mp4.mp4',
    'Matroska behind the head of an MP4',
    (b) => join(box('ftyp', text('isom0000isom')), b),
    { webcodecs: 'no_video_track', ffmpeg: 'file_damaged' },
  ),
  made('empty.mp4', 'no bytes', () => new Uint8Array(0), both('empty_file')),
  made('zeros.mp4', 'a hundred thousand zeros', () => new Uint8Array(100_000), both('not_a_video')),
  made('noise.mp4', 'noise', () => noise(100_000), both('not_a_video')),
  made('one-byte.mp4', 'one byte', () => new Uint8Array(1), both('not_a_video')),
  made('letter.mp4', 'a text', () => text('Dear all,\nthis is no video.\n'.repeat(40)), {
    ...both('not_a_video'),
  }),
  made(
    'page.mp4',
    'a web page',
    () => text('<!doctype html><video src="https://example.org/a.mp4"></video>'),
    both('not_a_video'),
  ),
  made(
    'playlist.mp4',
    'a playlist that names another file',
    () => text('#EXTM3U\n#EXTINF:10,\nfile:///input/other\n'),
    both('not_a_video'),
  ),
  made(
    'concat.mp4',
    'a list of files for ffmpeg',
    () => text("ffconcat version 1.0\nfile '/input/file'\n".repeat(3)),
    both('not_a_video'),
  ),
  made(
    'drawing.mp4',
    'an SVG drawing',
    () => text('<svg xmlns="http://www.w3.org/2000/svg"><image href="https://example.org/a.png"/></svg>'),
    both('not_a_video'),
  ),
  made('subtitles.mp4', 'subtitles', () => text('1\n00:00:00,000 --> 00:00:02,000\nHello\n'), {
    ...both('not_a_video'),
  }),
  made('document.mp4', 'the head of a PDF', () => join(text('%PDF-1.7\n'), noise(2000)), {
    ...both('not_a_video'),
  }),
  made(
    'program.mp4',
    'the head of a program',
    () => join(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46), noise(2000)),
    both('not_a_video'),
  ),
  made('zip-bomb.mp4', 'an archive that claims 4 GB', zipBomb, both('not_a_video')),
  made('gzip.mp4', 'compressed by gzip', () => join(Uint8Array.of(0x1f, 0x8b, 8, 0), noise(3000)), {
    ...both('not_a_video'),
  }),
  made('null-packets.ts', 'packets that carry nothing', () => nullPackets(500), both('file_damaged')),
  made('photo.mp4', 'the head of a JPEG', () => join(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), noise(3000)), {
    ...both('image_file'),
  }),
  made(
    'riff-loop.avi',
    'an AVI whose list is longer than the file',
    () =>
      join(
        text('RIFF'),
        Uint8Array.of(255, 255, 255, 127),
        text('AVI LIST'),
        Uint8Array.of(255, 255, 255, 127),
        text('hdrl'),
        new Uint8Array(200),
      ),
    { webcodecs: 'not_a_video', ffmpeg: 'file_damaged' },
  ),
  changed('base.mkv', 'ebml-only.mkv', 'the head of a Matroska file and no more', (b) => b.slice(0, 48), {
    webcodecs: 'no_video_track',
    ffmpeg: 'file_damaged',
  }),
  changed('base.mp4', 'no-key-frame.mp4', 'an index that names its second key frame only', (b) =>
    patch(patch(b, 'stss', 8, 1), 'stss', 12, 11),
  ),
  changed('base.h264', 'no-key-frame.h264', 'begins between key frames', (b) => withoutFirstKeyPicture(b), {
    webcodecs: 'not_a_video',
  }),
  changed('base.mp4', 'huge-edit.mp4', 'an edit of 2^31 ticks', (b) => patch(b, 'elst', 12, 0x7fffffff)),
  changed(
    'base.mp4',
    'edit-beyond.mp4',
    'an edit that begins far behind the end',
    (b) => patch(b, 'elst', 16, 0x7ffffff0),
    { ffmpeg: 'file_damaged' },
  ),
  changed('base.mp4', 'many-edits.mp4', 'claims two billion edits', (b) => patch(b, 'elst', 8, 0x7fffffff), {
    webcodecs: 'file_damaged',
  }),
  changed('base.mkv', 'claims-eternity.mkv', 'claims to last 10^300 milliseconds', (b) =>
    overwritten(b, [0x44, 0x89, 0x88], 3, [0x7e, 0x37, 0xe4, 0x3c, 0x88, 0x00, 0x75, 0x9c]),
  ),
  changed(
    'base.mkv',
    'claims-petabytes.mkv',
    'claims 2^55 bytes',
    (b) => overwritten(b, [0x18, 0x53, 0x80, 0x67, 1], 5, [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]),
    { webcodecs: 'file_damaged' },
  ),
  changed('base.mkv', 'loop.mkv', 'an index of indexes that names itself', (b) =>
    overwritten(
      b,
      [0x53, 0xab, 0x84, 0x15, 0x49, 0xa9, 0x66],
      3,
      [0x11, 0x4d, 0x9b, 0x74, 0x53, 0xac, 0x81, 0],
    ),
  ),
  changed('base.avi', 'loop.avi', 'an index that names itself', (b) => selfIndexed(b), {
    webcodecs: 'not_a_video',
  }),
  changed(
    'base.avi',
    'many-frames.avi',
    'claims four billion frames',
    (b) => overwritten(b, [0x76, 0x69, 0x64, 0x73], 32, [0xfe, 0xff, 0xff, 0xff]),
    { webcodecs: 'not_a_video' },
  ),
  changed(
    'base.avi',
    'claims-wide.avi',
    'claims 2^30 x 2^30 and is 96 x 72',
    (b) => overwritten(b, [0x73, 0x74, 0x72, 0x66], 12, [0, 0, 0, 0x40, 0, 0, 0, 0x40]),
    { webcodecs: 'not_a_video' },
  ),
  made('packed-zeros.mp4', 'an archive of 10 kB with 10 MB of zeros', () => packedZeros(10_000_000), {
    ...both('not_a_video'),
  }),
];

/** What the fuzzer has found: files that have broken a rule, and break none any more. */
export const FOUND: readonly Piece[] = [
  found(
    'endless.mkv',
    'the browser’s demuxer runs in circles',
    { webcodecs: 'decoder_failed', ffmpeg: 'codec_unsupported' },
    // It is cut off, of which no browser's demuxer is asked any more.
    (b) => join(b, new Uint8Array(1000)),
  ),
  found('wide-pixels.asf', 'pixels 87,209 times as wide as high', {
    webcodecs: 'not_a_video',
    size: undefined,
  }),
];

export const MUSEUM: readonly Piece[] = [...ENCODED, ...MADE, ...FOUND];
