/**
 * Makes the encoded pieces of the museum of odd files with the system's ffmpeg: `npx tsx scripts/make-museum.ts`.
 * Pieces that differ from another one by a few bytes are made of it while testing (`tests/museum/surgery.ts`).
 * Every frame carries its own number in a strip of eight bits along its upper edge, as in `make-clips.ts`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';

const DIR = new URL('../tests/museum/pieces/', import.meta.url).pathname;
rmSync(DIR, { recursive: true, force: true });
mkdirSync(DIR, { recursive: true });

const bit = 'mod(floor(N/pow(2,floor(X*8/W))),2)';
const NUMBER = `geq=lum='if(lt(Y,H/6),16+219*${bit},lum(X,Y))':cb='if(lt(Y,H/6),128,cb(X,Y))':cr='if(lt(Y,H/6),128,cr(X,Y))'`;
const pattern = (size = '96x72', seconds = 0.6): string[] => [
  ...['-f', 'lavfi', '-i', `testsrc=size=${size}:rate=25:duration=${seconds},format=yuv420p,${NUMBER}`],
];
const TONE = ['-f', 'lavfi', '-i', 'sine=duration=0.6'];
const EXACT = ['-fflags', '+bitexact', '-flags', '+bitexact', '-threads', '1'];

function make(name: string, ...args: string[]): void {
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...args, ...EXACT, `${DIR}${name}`], { stdio: 'inherit' });
}

const h264 = (...more: string[]): string[] => [
  '-c:v',
  'libx264',
  '-crf',
  '24',
  '-g',
  '10',
  '-bf',
  '2',
  ...more,
];
const [VP8, VP9] = [
  ['-c:v', 'libvpx', '-crf', '20', '-b:v', '200k'],
  ['-c:v', 'libvpx-vp9', '-crf', '40', '-b:v', '0'],
];
const HEVC = [
  '-c:v',
  'libx265',
  '-crf',
  '28',
  '-tag:v',
  'hvc1',
  '-x265-params',
  'log-level=error:pools=none',
];
const AV1 = ['-c:v', 'libaom-av1', '-crf', '40', '-b:v', '0', '-cpu-used', '8'];

// Containers.
make('base.mp4', ...pattern(), ...h264(), '-movflags', '+faststart');
make('moov-last.mp4', ...pattern(), ...h264());
make('fragmented.mp4', ...pattern(), ...h264(), '-movflags', '+frag_keyframe+empty_moov');
make('base.mov', ...pattern(), ...h264());
make('base.mkv', ...pattern(), ...h264());
make('live.mkv', ...pattern(), ...h264(), '-live', '1');
make('no-index.mkv', ...pattern('96x72', 2), ...h264('-g', '25'), '-live', '1', '-cluster_time_limit', '200');
make('base.mpegts', ...pattern(), ...h264('-flags', '+cgop'), '-f', 'mpegts');
make('base.m2ts', ...pattern(), ...h264(), '-mpegts_m2ts_mode', '1');
make('base.flv', ...pattern(), ...h264());
make('base.3gp', ...pattern('176x144'), '-c:v', 'h263', '-q:v', '8');
make('base.avi', ...pattern(), '-c:v', 'mpeg4', '-q:v', '6', '-bf', '0');
make('base.mpg', ...pattern(), '-c:v', 'mpeg1video', '-q:v', '6', '-bf', '0');
make('base.vob', ...pattern(), '-c:v', 'mpeg2video', '-q:v', '6', '-bf', '0');
make('base.wmv', ...pattern(), '-c:v', 'wmv2', '-q:v', '6');
make('base.ogv', ...pattern(), '-c:v', 'libtheora', '-q:v', '6');
make('base.rm', ...pattern('96x80'), '-c:v', 'rv10', '-q:v', '6');
make('base.mxf', ...pattern(), '-c:v', 'mpeg2video', '-q:v', '6', '-bf', '0');
make('base.ivf', ...pattern(), ...VP8);
make('base.h264', ...pattern(), ...h264('-bf', '0'));
make('base.y4m', ...pattern('48x36', 0.2));
make('animated.gif', ...pattern('96x72', 0.4), '-vf', 'format=rgb8');
make('animated.webp', ...pattern('96x72', 0.4), '-c:v', 'libwebp_anim', '-loop', '0');
make('animated.png', ...pattern('48x36', 0.2), '-f', 'apng', '-plays', '0');

// Codecs.
make('h264-baseline.mp4', ...pattern(), ...h264('-profile:v', 'baseline', '-bf', '0'));
make('h264-main.mp4', ...pattern(), ...h264('-profile:v', 'main'));
make('h264-10bit.mp4', ...pattern(), ...h264('-pix_fmt', 'yuv420p10le'));
make('h264-422.mp4', ...pattern(), ...h264('-pix_fmt', 'yuv422p'));
make('h264-444.mp4', ...pattern(), ...h264('-pix_fmt', 'yuv444p'));
make('h264-interlaced.mp4', ...pattern(), ...h264('-flags', '+ildct+ilme', '-x264-params', 'tff=1'));
make('hevc.mp4', ...pattern(), ...HEVC);
make('hevc-10bit.mkv', ...pattern(), ...HEVC.slice(0, 4), '-pix_fmt', 'yuv420p10le', ...HEVC.slice(6));
make(
  'hdr-pq.mp4',
  ...[...pattern(), ...HEVC, '-pix_fmt', 'yuv420p10le', '-color_trc', 'smpte2084'],
  ...['-color_primaries', 'bt2020', '-colorspace', 'bt2020nc'],
);
make('vp8.webm', ...pattern(), ...VP8);
make('vp9.webm', ...pattern(), ...VP9);
make('vp9-10bit.webm', ...pattern(), ...VP9, '-pix_fmt', 'yuv420p10le');
make('vp9-alpha.webm', ...pattern(), '-vf', 'format=yuva420p', ...VP9);
make('av1.mp4', ...pattern(), ...AV1);
make('av1.webm', ...pattern(), ...AV1);
make('av1-clusters.webm', ...pattern(), ...AV1, '-g', '5', '-cluster_time_limit', '200');
make('mjpeg.avi', ...pattern('96x72', 0.4), '-c:v', 'mjpeg', '-q:v', '8', '-pix_fmt', 'yuvj420p');
make('prores.mov', ...pattern('96x72', 0.2), '-c:v', 'prores_ks', '-profile:v', '0');
make('prores-alpha.mov', ...pattern('96x72', 0.12), '-vf', 'format=yuva444p10le', '-c:v', 'prores_ks');
make('mpeg4.mp4', ...pattern(), '-c:v', 'mpeg4', '-q:v', '6');
make('msmpeg4.avi', ...pattern(), '-c:v', 'msmpeg4v2', '-q:v', '6');
make('ffv1.mkv', ...pattern('48x36', 0.2), '-c:v', 'ffv1');
make('huffyuv.avi', ...pattern('48x36', 0.12), '-c:v', 'huffyuv', '-pix_fmt', 'yuv422p');
make('cinepak.avi', ...pattern('96x72', 0.2), '-c:v', 'cinepak');
make('animation.mov', ...pattern('96x72', 0.12), '-c:v', 'qtrle', '-pix_fmt', 'rgb24');
make('flash.flv', ...pattern(), '-c:v', 'flv', '-q:v', '6');

// Oddities of time and picture.
make('odd-size.webm', ...pattern('97x73'), ...VP9);
make('narrow.mp4', ...pattern('16x240', 0.2), ...h264());
make('anamorphic.mkv', ...pattern('48x72'), '-vf', 'setsar=2', ...h264());
make('one-frame.mp4', ...pattern('96x72', 0.04), ...h264());
make('variable-rate.mkv', ...pattern(), '-vf', "setpts='N*N/25/TB/10'", '-vsync', 'vfr', ...h264());
make(
  'ten-hours.mp4',
  ...pattern('96x72', 0.12),
  '-vf',
  'setpts=N*18000/TB',
  '-vsync',
  'passthrough',
  ...h264(),
);
make(
  'negative-time.mkv',
  ...pattern(),
  ...h264(),
  '-output_ts_offset',
  '-0.2',
  '-avoid_negative_ts',
  'disabled',
);
make(
  'eight-k.webm',
  '-f',
  'lavfi',
  '-i',
  'color=0x405060:s=7680x4320:r=25:d=0.08',
  ...VP9,
  '-deadline',
  'realtime',
  '-cpu-used',
  '8',
);
make('thin.mp4', '-f', 'lavfi', '-i', 'color=0x405060:s=4096x4:r=25:d=0.2', ...h264());
make('cut.tmp.mp4', ...pattern('96x72', 1), ...h264('-g', '25', '-bf', '2'));
make('edit-list.mp4', '-ss', '0.4', '-i', `${DIR}cut.tmp.mp4`, '-c', 'copy');
make('rotated-180.tmp.mp4', ...pattern(), '-vf', 'hflip,vflip', ...h264());
make('rotated-180.mp4', '-i', `${DIR}rotated-180.tmp.mp4`, '-c', 'copy', '-metadata:s:v:0', 'rotate=180');
for (const [name, turn] of [
  ['rotated-90', 'transpose=1'],
  ['rotated-270', 'transpose=2'],
] as const) {
  make('turned.tmp.mp4', ...pattern(), '-vf', turn, ...h264());
  const degrees = name.replace('rotated-', 'rotate=');
  make(`${name}.mp4`, '-i', `${DIR}turned.tmp.mp4`, '-c', 'copy', '-metadata:s:v:0', degrees);
}
make('empty-edit.mp4', '-itsoffset', '1', '-i', `${DIR}base.mp4`, '-c', 'copy');

// Streams.
make('two-videos.mp4', ...pattern(), ...pattern('48x36'), '-map', '0', '-map', '1', ...h264());
make(
  'picture-first.mov',
  ...[...pattern('48x36', 0.04), '-i', `${DIR}base.mp4`, '-map', '0', '-map', '1'],
  ...['-c:v:0', 'mjpeg', '-c:v:1', 'copy'],
);
make('with-sound.mp4', ...TONE, ...pattern(), ...h264(), '-c:a', 'aac', '-b:a', '32k');
make('with-sound.mkv', '-i', `${DIR}with-sound.mp4`, '-c', 'copy');
make('sound.mp3', ...TONE, '-b:a', '32k');
make('sound.mkv', ...TONE, '-c:a', 'libopus', '-b:a', '16k');
make('cover.png', ...pattern('48x36', 0.04), '-frames:v', '1');
make(
  'sound-with-cover.mp4',
  ...[...TONE, '-i', `${DIR}cover.png`, '-map', '0', '-map', '1', '-c:a', 'aac', '-b:a', '32k'],
  ...['-c:v', 'png', '-disposition:v:0', 'attached_pic'],
);
make(
  'subtitles-only.mkv',
  '-f',
  'srt',
  '-i',
  'data:text/plain,1%0A00:00:00,000 --> 00:00:01,000%0AHello%0A',
  '-c:s',
  'srt',
);
make(
  'encrypted.mp4',
  ...[...pattern(), ...h264(), '-encryption_scheme', 'cenc-aes-ctr'],
  ...[
    '-encryption_key',
    '76a6c65c5ea762046bd749a2e632ccbb',
    '-encryption_kid',
    'a7e61c373e219033c21091fa607bf3b8',
  ],
);
for (const name of ['cut.tmp.mp4', 'rotated-180.tmp.mp4', 'turned.tmp.mp4', 'cover.png'])
  rmSync(`${DIR}${name}`);
