import { keepsSize, RUN_GAP, SHAPE_TOLERANCE, TIME_TOLERANCE } from './decoder.ts';
import type { Slice } from './ffmpeg-protocol.ts';
import type { Probe } from './ffmpeg-probe.ts';
import { MATROSKA } from './sniff.ts';

/** Most bytes of frames that wait in the queue. */
export const QUEUE_BYTES = 64 * 2 ** 20;
/** Most asked times in one slice: they all stand in one filter expression. */
const SLICE_TIMES = 128;
/** Seconds after which a stretch may end at a key frame: so many that starting ffmpeg anew does not count. */
const KEY_STRETCH = 0.99;
/** Seconds behind a key frame's time to seek to: rounded below it, the key frame before it would be found. */
const KEY_SLACK = 1e-3;
/**
 * Seconds that ffmpeg takes off `-ss` where pictures are reordered and a demuxer seeks by decoding times (`dts_heuristic` in
 * ffmpeg_opt.c). Of the containers whose key frames are known Matroska's does (no `AVFMT_SEEK_TO_PTS`).
 */
const REORDER_ALLOWANCE = 3 / 23;
/** Up to this time (seconds after the start) nothing is gained by seeking. */
const SEEK_FROM = 1;
/** Seconds before the first asked time to which a first attempt seeks; B-frames and sloppy indices need some. */
const FIRST_SEEK_MARGIN = 0.5;
/** Containers without an index: a seek lands anywhere, so go back further than most groups of pictures are long. */
const UNINDEXED = new Set(['mpeg-ps', 'mpeg-ts', 'mpeg-video', 'unknown']);
const UNINDEXED_SEEK_MARGIN = 2;

/** How many frames fit into the queue. */
export function queueLength(frameBytes: number): number {
  return Math.max(1, Math.floor(QUEUE_BYTES / frameBytes));
}

/** A stretch of the asked times that is decoded in one go. */
export interface Stretch {
  /** Place of its first time among all. */
  from: number;
  times: readonly number[];
  /** The key frame (seconds) that its first time is decoded from, where that is known. */
  key: number | undefined;
}

/**
 * Cuts the asked times where a gap is long, before there are more frames than the queue holds, unless the worker is `paced` (waits
 * for room in the queue), and, where key frames are given, where one begins that the stretch can do without: such stretches cost no
 * more than one, and can be decoded side by side. Every other stretch after a seek decodes from a key frame on that it must look for, so that
 * short ones of large frames cost time: pacing needs shared memory, which not every host of the app allows.
 * @param keys for each time that of its key frame; undefined where nobody knows
 */
export function planStretches(
  times: readonly number[],
  keys: readonly (number | undefined)[],
  frameBytes: number,
  paced: boolean,
): Stretch[] {
  const most = paced ? SLICE_TIMES : Math.min(SLICE_TIMES, queueLength(frameBytes));
  const stretches: Stretch[] = [];
  for (let from = 0; from < times.length;) {
    let to = from + 1;
    while (to - from < most && to < times.length) {
      if (times[to]! - times[to - 1]! > RUN_GAP) break;
      const begun = keys[to] !== undefined && keys[to]! > times[to - 1]!;
      if (begun && times[to]! - times[from]! >= KEY_STRETCH) break;
      to++;
    }
    stretches.push({ from, times: times.slice(from, to), key: keys[from] });
    from = to;
  }
  return stretches;
}

/** Pixels that have to be decoded for the asked times. */
export function decodedPixels({ info }: Probe, times: readonly number[]): number {
  const seconds = times.slice(1).reduce((sum, time, i) => sum + Math.min(time - times[i]!, RUN_GAP), 0);
  return info.width * info.height * info.frameRate * seconds;
}

/**
 * Seconds before the first time to seek to in attempt 0, 1, ...; `undefined`: decode from the start.
 * @param key time of the key frame, where it is known
 */
export function seekMargin(
  probe: Probe,
  time: number,
  attempt: number,
  key: number | undefined,
): number | undefined {
  if (key !== undefined && attempt === 0)
    return key - probe.info.start < SEEK_FROM ? undefined : time - key - keySlack(probe);
  const first = UNINDEXED.has(probe.info.container) ? UNINDEXED_SEEK_MARGIN : FIRST_SEEK_MARGIN;
  const margin = first * 8 ** attempt;
  return time - margin - probe.info.start < SEEK_FROM ? undefined : margin;
}

function keySlack({ info, reordered }: Probe): number {
  const early = reordered && MATROSKA.has(info.container);
  return early ? REORDER_ALLOWANCE + KEY_SLACK : KEY_SLACK;
}

/**
 * The command that decodes one slice: for each asked time the last frame that starts at or before it, as raw RGBA, or in
 * planes as it was coded (`Probe.planes`).
 *
 * How: `setpts` replaces a frame's time by the number of asked times that are earlier. On this warped clock the asked
 * times are 0, 1, 2, ..., and the `fps` filter at one frame per "second" gives for each of them the last frame that is
 * not later: exactly what is wanted, for any frame rate, constant or not. The 0.4 is rounded away for frames, but it
 * makes the end of the stream come after its last frame, which would be lost otherwise. `tpad` repeats that one for
 * times after the end. Only the frames that come out are scaled and converted. `showinfo` before it all tells the true
 * times, and parts the log: what is said of damage belongs to the next frame it shows (`DamageLog`).
 */
export function decodeSlice(probe: Probe, times: readonly number[], margin: number | undefined): Slice {
  const { width, height } = probe.frame;
  const { planes } = probe;
  const format = planes?.pixelFormat ?? 'rgba';
  const earlier = times.map((time) => `gt(T,${(time + TIME_TOLERANCE).toFixed(6)})`).join('+');
  const filters = [
    'showinfo=checksum=0',
    // After a seek, frames before the first key frame miss their references.
    ...(margin === undefined ? [] : [`select='st(0,max(ld(0),key))'`]),
    'settb=1/1000000',
    `setpts='(${earlier}+0.4)/TB'`,
    'fps=fps=1:start_time=0:round=near:eof_action=pass',
    'tpad=stop=-1:stop_mode=clone',
    ...scale(probe),
    'setsar=1',
    `format=${format}`,
  ];
  // ffmpeg counts `-ss` from the start of the file unless it is told that this is a time as the file has them.
  const seek =
    margin === undefined
      ? []
      : ['-seek_timestamp', '1', '-ss', (times[0]! - margin).toFixed(6), '-noaccurate_seek'];
  const args = [
    ...['-hide_banner', '-nostats', '-loglevel', 'info', '-copyts', '-reinit_filter', '0'],
    ...seek,
    ...(probe.x264Version === undefined ? [] : ['-x264_build', String(probe.x264Version)]),
    ...['-i', '/input/file', '-map', `0:${probe.stream}`, '-vf', filters.join(',')],
    ...['-frames:v', String(times.length), '-fps_mode', 'passthrough'],
    ...['-f', 'rawvideo', '-pix_fmt', format, '/frames'],
  ];
  return { times, width, height, planes, args, seeked: margin !== undefined };
}

/** Without interpolation of the chroma planes: as browsers do it, and the fastest way when the size stays. */
function scale({ info, frame, planes, assumedMatrix }: Probe): string[] {
  const { width, height } = planes ?? frame;
  const matrix = assumedMatrix === undefined ? '' : `:in_color_matrix=${assumedMatrix}`;
  // `pad` can only make sides of whole pairs of pixels, which share a colour.
  const pairs = width % 2 === 0 && height % 2 === 0;
  if (planes === undefined || !pairs || keepsSize(info))
    return [`scale=${width}:${height}:flags=bilinear${matrix}`];
  // As in `placeInFrame`.
  const narrower = `(iw/ih*${height}/${width})`;
  const side = (length: number, part: string): string =>
    `'if(lt(abs(${narrower}-1),${SHAPE_TOLERANCE}),${length},2*max(1,round(${length}*min(1,${part})/2)))'`;
  return [
    `scale=w=${side(width, narrower)}:h=${side(height, `1/${narrower}`)}:eval=frame:flags=bilinear`,
    `pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2:eval=frame`,
  ];
}

/** Copies the videos of a stream whose clock jumps into one with a clock that does not: ffmpeg evens it out unless it is told not to. */
export const EVEN_CLOCK_ARGS: readonly string[] = [
  ...['-v', 'info', '-hide_banner', '-nostats', '-i', '/input/file'],
  ...['-map', '0:v', '-c', 'copy', '-f', 'mpegts', '/frames'],
];

/** Copies the packets to nowhere; the log's last line tells the time at the end (for files that do not say it). */
export function measureArgs(stream: number): string[] {
  // The level is told again: it stays as the probe before has set it, and the time is told at `info`.
  return [
    '-v',
    'info',
    '-hide_banner',
    '-i',
    '/input/file',
    '-map',
    `0:${stream}`,
    '-c',
    'copy',
    '-f',
    'null',
    '-',
  ];
}

/**
 * Seconds from the start to the end of the last frame, by the times in ffmpeg's log; 0 when there is none. Those are when packets are
 * to be decoded, the first one before zero where pictures are reordered, cut to hundredths.
 */
export function measuredEnd(log: string, frameRate: number): number {
  const times = [...log.matchAll(/time=(-?)(\d+):(\d\d):(\d\d\.\d+)/g)].map(
    ([, sign, hours, minutes, seconds]) =>
      (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)),
  );
  const last = times.at(-1);
  if (last === undefined) return 0;
  const first = Math.min(0, times[0]!);
  // At most a frame too much where frames come unevenly.
  return frameRate > 0 ? (Math.ceil(last * frameRate) - Math.floor(first * frameRate) + 1) / frameRate : last;
}
