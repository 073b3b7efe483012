import { fitFrame, pixelAspect, type Size } from './decoder.ts';
import { MediaError, type VideoInfo } from './types.ts';
import { MATRICES, type YuvColours } from './planes/colours.ts';
import type { PlaneFormat } from './planes/plane-format.ts';

/** What ffmpeg must know about a file to decode it, beyond what everybody may know. */
export interface Probe {
  info: VideoInfo;
  /** Index of the video stream in the file. */
  stream: number;
  /** The track's own number, where the container has one that ffprobe tells. */
  track: number | undefined;
  /** Size of the frames handed out: the display size, or smaller (see `fitFrame`). */
  frame: Size;
  /** Pictures that ffmpeg hands over as they were coded, upright, for us to convert (`planes/`); undefined: it makes RGBA of them. */
  planes: CodedPlanes | undefined;
  /** YUV matrix for swscale, where that converts and the file does not say which one it uses. */
  assumedMatrix: YuvColours['matrix'] | undefined;
  /** Frames per second at most, where the file does not say how many on average; 0 when unknown. */
  mostFrameRate: number;
  /** A stream's pictures are stored in another order than they are shown in. */
  reordered: boolean;
  /** Version of the x264 that made a 4:4:4 H.264 stream, see `findX264Version`. */
  x264Version?: number;
}

export interface CodedPlanes {
  /** ffmpeg's name of the format. */
  pixelFormat: string;
  width: number;
  height: number;
  format: PlaneFormat & { layout: 'planes' };
  colours: YuvColours;
}

export const PROBE_ARGS = [
  '-v',
  'error',
  '-print_format',
  'json',
  '-show_streams',
  '-show_format',
  '/input/file',
];

interface StreamJson {
  index: number;
  /** Hexadecimal. */
  id?: string;
  codec_type?: string;
  codec_name?: string;
  width?: number;
  height?: number;
  sample_aspect_ratio?: string;
  color_space?: string;
  color_range?: string;
  color_transfer?: string;
  pix_fmt?: string;
  avg_frame_rate?: string;
  r_frame_rate?: string;
  start_time?: string;
  duration?: string;
  bit_rate?: string;
  disposition?: { attached_pic?: number };
  has_b_frames?: number;
  /** Told by ISO files. */
  nb_frames?: string;
  side_data_list?: { rotation?: number }[];
}
interface ProbeJson {
  streams?: StreamJson[];
  format?: { start_time?: string; duration?: string; bit_rate?: string };
}

/** As far as this from a file's start the first frame is looked for, behind the index of a file made for streaming. */
const FIRST_FRAME_BYTES = 4 * 2 ** 20;

/**
 * Which x264 encoded a file, by the text it leaves beside the first frame; undefined when there is none.
 *
 * Before version 151 x264 wrote 4:4:4 streams wrongly, and ffmpeg decodes them by the same error, once it has read the
 * version. After a seek it has not, and shows a green picture. So it has to be told (`-x264_build`).
 */
export async function findX264Version(file: Blob): Promise<number | undefined> {
  const text = new TextDecoder('latin1').decode(await file.slice(0, FIRST_FRAME_BYTES).arrayBuffer());
  const version = /x264 - core (\d+)/.exec(text)?.[1];
  return version === undefined ? undefined : Number(version);
}

/** ffprobe's codec names where they differ from the common ones that mediabunny uses. */
const CODEC_NAMES: Record<string, string> = { h264: 'avc' };
/** Codecs that Chromium takes for BT.709 when nothing is said, at any size; both decoders must show the same colours. */
const ASSUMED_BT709 = new Set(['h264', 'hevc', 'vp8', 'vp9', 'av1']);
/**
 * More than cameras take: where the times have no common rate, ffprobe tells the container's ticks per second instead, 1000
 * for Matroska.
 */
const MOST_BELIEVED_RATE = 250;
/** Lines from which a video of another codec without colour information is taken for BT.709, as players do. */
const HD_LINES = 720;

/**
 * Reads ffprobe's JSON (`-show_streams -show_format`).
 * @throws MediaError `not_a_video` or `file_damaged` when there is nothing to read, `no_video_track`, `codec_unsupported`
 */
export function readProbe(json: string, log: string, container: string): Probe {
  const { streams = [], format = {} } = parse(json);
  if (streams.length === 0) {
    const code = container === 'unknown' ? 'not_a_video' : 'file_damaged';
    throw new MediaError(code, `ffprobe found no streams: ${log}`);
  }
  const videos = streams.filter((s) => s.codec_type === 'video' && s.disposition?.attached_pic !== 1);
  if (videos.length === 0) throw new MediaError('no_video_track', 'no video stream');
  const known = videos.filter((s) => s.codec_name !== undefined && s.codec_name !== 'unknown');
  // A track of one picture is a cover beside one of more; containers that do not count them are taken as they come.
  const video = known.find((s) => s.nb_frames !== '1') ?? known[0];
  if (video?.codec_name === undefined)
    throw new MediaError('codec_unsupported', 'ffmpeg does not know this codec');
  if (!video.width || !video.height) throw new MediaError('file_damaged', `no picture size: ${log}`);

  const size = displaySize(video);
  const start = number(video.start_time) ?? number(format.start_time) ?? 0;
  const wholeDuration = number(format.duration);
  const end = wholeDuration === undefined ? start : (number(format.start_time) ?? 0) + wholeDuration;
  const info: VideoInfo = {
    container,
    codec: CODEC_NAMES[video.codec_name] ?? video.codec_name,
    ...size,
    start,
    duration: number(video.duration) ?? Math.max(0, end - start),
    frameRate: ratio(video.avg_frame_rate),
    bitrate: bitrate(number(video.bit_rate), number(format.bit_rate), container),
  };
  const planes = codedPlanes(video);
  const rate = ratio(video.r_frame_rate);
  return {
    info,
    stream: video.index,
    track: video.id === undefined ? undefined : Number(video.id),
    frame: fitFrame(size.width, size.height),
    planes,
    assumedMatrix: planes === undefined ? assumedMatrix(video) : undefined,
    mostFrameRate: rate <= MOST_BELIEVED_RATE ? rate : 0,
    reordered: streams.some(({ has_b_frames }) => has_b_frames !== undefined && has_b_frames > 0),
  };
}

/** Of high dynamic range. */
const TRANSFERS: Readonly<Record<string, YuvColours['transfer']>> = {
  smpte2084: 'pq',
  'arib-std-b67': 'hlg',
};

const isFullRange = ({ pix_fmt, color_range }: StreamJson): boolean =>
  pix_fmt?.startsWith('yuvj') === true || color_range === 'pc';

/** What `pix_fmt` says of formats that are YUV in planes, without transparency, with colour samples for two pixels at most. */
const PLANAR = /^yuvj?(420|422|440|444)p(9|10|12|14|16)?(le)?$/;

function codedPlanes(video: StreamJson): CodedPlanes | undefined {
  const { pix_fmt: pixelFormat = '', color_space, color_transfer } = video;
  const named = PLANAR.exec(pixelFormat);
  const matrix = assumedMatrix(video) ?? MATRICES[color_space ?? ''];
  if (named === null || matrix === undefined) return undefined;
  const [, halves, bits] = named;
  const format = {
    layout: 'planes' as const,
    halfAcross: halves === '420' || halves === '422',
    halfDown: halves === '420' || halves === '440',
    depth: Number(bits ?? 8),
  };
  const size = upright(video, { width: video.width!, height: video.height! });
  const transfer = TRANSFERS[color_transfer ?? ''];
  const colours = { matrix, fullRange: isFullRange(video), ...(transfer && { transfer }) };
  return { pixelFormat, ...size, format, colours };
}

function assumedMatrix(video: StreamJson): Probe['assumedMatrix'] {
  const { codec_name, color_space, color_transfer, pix_fmt, height } = video;
  const known = color_space !== undefined && color_space !== 'unknown';
  if (known || /rgb|gbr|gray|pal8/.test(pix_fmt ?? '')) return undefined;
  if (color_transfer !== undefined && color_transfer in TRANSFERS) return 'bt2020';
  // Of the full range without a word on the matrix, browsers take it for JPEG's.
  if (isFullRange(video)) return 'bt601';
  return ASSUMED_BT709.has(codec_name!) || height! >= HD_LINES ? 'bt709' : 'bt601';
}

/** Containers whose head tells what an encoder was set to, or nothing that is true. */
const UNTRUE_RATES = new Set(['flv', 'realmedia']);

/** @param track as the file tells it @param file over its length */
function bitrate(track: number | undefined, file: number | undefined, container: string): number {
  if (track === undefined || file === undefined) return track ?? file ?? 0;
  // Sound takes less than half of a file with pictures.
  if (UNTRUE_RATES.has(container) && track < file / 2) return file;
  // MPEG-1 and MPEG-2 headers may tell a bound instead of the rate; the track has at most the file's rate.
  return Math.min(track, file);
}

function parse(json: string): ProbeJson {
  try {
    return JSON.parse(json) as ProbeJson;
  } catch {
    return {};
  }
}

/** Coded size, with square pixels and turned upright. The wider side of a pixel is stretched, none is shrunk. */
function displaySize(video: StreamJson): Size {
  const aspect = pixelAspect(ratio(video.sample_aspect_ratio, ':'));
  const width = Math.round(video.width! * Math.max(1, aspect));
  const height = Math.round(video.height! * Math.max(1, 1 / aspect));
  return upright(video, { width, height });
}

function upright({ side_data_list }: StreamJson, { width, height }: Size): Size {
  const rotation = side_data_list?.find((data) => data.rotation !== undefined)?.rotation ?? 0;
  return Math.abs(rotation) % 180 === 90 ? { width: height, height: width } : { width, height };
}

function number(text: string | undefined): number | undefined {
  const value = Number.parseFloat(text ?? '');
  return Number.isFinite(value) ? value : undefined;
}

/** A fraction such as `30000/1001`; 0 when it is missing or has no value. */
function ratio(text: string | undefined, separator = '/'): number {
  const [numerator, denominator] = (text ?? '').split(separator).map(Number);
  return numerator && denominator ? numerator / denominator : 0;
}
