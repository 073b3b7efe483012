/**
 * Makes the clips of tests/fixtures/clips with the system's ffmpeg: `npx tsx scripts/make-clips.ts`.
 * Every frame carries its own number in a strip of eight bits along its upper edge, lowest bit left (`FRAME_NUMBER`).
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const DIR = new URL('../tests/fixtures/clips/', import.meta.url).pathname;

/** The upper sixth of the picture: eight blocks, white for a set bit of the frame's number. */
const bit = 'mod(floor(N/pow(2,floor(X*8/W))),2)';
const FRAME_NUMBER = `geq=lum='if(lt(Y,H/6),16+219*${bit},lum(X,Y))':cb='if(lt(Y,H/6),128,cb(X,Y))':cr='if(lt(Y,H/6),128,cr(X,Y))'`;

/** Colour bars that stand still and shapes that move. */
function pattern(size: string, seconds: number): string[] {
  const [width, height] = size.split('x').map(Number) as [number, number];
  const moving = `testsrc2=size=${width}x${height / 2}:rate=25:duration=${seconds}`;
  const bars = `smptebars=size=${width}x${height / 2}:rate=25:duration=${seconds}`;
  return [
    '-f',
    'lavfi',
    '-i',
    `${bars},format=yuv420p[a];${moving},format=yuv420p[b];[a][b]vstack,${FRAME_NUMBER}`,
  ];
}

const BT709 = [
  '-colorspace',
  'bt709',
  '-color_primaries',
  'bt709',
  '-color_trc',
  'bt709',
  '-color_range',
  'tv',
];
const H264 = ['-c:v', 'libx264', '-preset', 'medium', '-crf', '26', '-threads', '1'];
const B_FRAMES = ['-bf', '3', '-g', '25', '-x264-params', 'b-adapt=0:open-gop=0'];
const EXACT = ['-fflags', '+bitexact', '-flags', '+bitexact'];

function make(name: string, args: string[]): void {
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...args, ...EXACT, `${DIR}${name}`], { stdio: 'inherit' });
}

/** Turns Matroska's DefaultDuration, which ffmpeg's muxer always writes, into an empty element of the same size. */
function voidDefaultDuration(name: string): void {
  const bytes = readFileSync(`${DIR}${name}`);
  const at = bytes.indexOf(Buffer.from([0x23, 0xe3, 0x83]));
  const size = 4 + (bytes[at + 3]! & 0x7f);
  bytes.set([0xec, 0x80 | (size - 2)], at);
  bytes.fill(0, at + 2, at + size);
  writeFileSync(`${DIR}${name}`, bytes);
}

mkdirSync(DIR, { recursive: true });
const small = '192x144';
make('h264-bframes.mp4', [...pattern(small, 2), ...H264, ...B_FRAMES, ...BT709, '-movflags', '+faststart']);
make('h264-no-colour-info.mp4', [...pattern(small, 0.4), ...H264]);
make('h264-full-range.mp4', [
  ...[...pattern(small, 0.4), '-vf', 'scale=out_range=full', '-pix_fmt', 'yuvj420p', ...H264],
  ...['-colorspace', 'bt470bg', '-color_range', 'pc'],
]);
// Frame n starts at n²/100 seconds (n = 0..12), told exactly by a time base of 1/100.
make('h264-vfr.mp4', [
  ...[...pattern(small, 0.52), '-vf', "settb=1/100,setpts='N*N'", '-vsync', 'passthrough'],
  ...['-enc_time_base', '1/100', '-video_track_timescale', '100', ...H264, '-bf', '0', ...BT709],
]);
make('h264-start-5s.mp4', [...pattern(small, 1), ...H264, ...B_FRAMES, ...BT709, '-output_ts_offset', '5']);
make('h264-sar.mp4', [...pattern('96x144', 0.4), '-vf', 'setsar=2/1', ...H264, ...BT709]);
make('h264.mpegts', [...pattern(small, 2), ...H264, ...B_FRAMES, ...BT709, '-f', 'mpegts']);
// As recorded from a broadcast: its clock has run for hours, and browsers do not decode it.
make('mpeg2-start-30000s.mpegts', [
  ...['-f', 'lavfi', '-i', `color=gray:size=96x72:rate=25:duration=6,format=yuv420p,${FRAME_NUMBER}`],
  ...['-c:v', 'mpeg2video', '-q:v', '20', '-g', '12', '-bf', '2'],
  ...['-f', 'mpegts', '-output_ts_offset', '30000'],
]);
make('turned.tmp.mp4', [...pattern('144x192', 0.4), '-vf', 'transpose=clock', ...H264, ...BT709]);
make('h264-rotated-90.mp4', ['-i', `${DIR}turned.tmp.mp4`, '-c', 'copy', '-metadata:s:v:0', 'rotate=90']);
rmSync(`${DIR}turned.tmp.mp4`);
make('vp9.webm', [
  ...pattern(small, 1),
  '-c:v',
  'libvpx-vp9',
  '-crf',
  '40',
  '-b:v',
  '0',
  ...BT709,
  '-threads',
  '1',
]);
// As a browser records: without a length, a frame rate, an index, or a word on its colours, at uneven times; VP8.
make('vp8-recorded.webm', [
  ...[...pattern(small, 1), '-vf', "settb=1/1000,setpts='40*N+3*mod(N*N,11)'", '-vsync', 'passthrough'],
  ...[
    '-enc_time_base',
    '1/1000',
    '-c:v',
    'libvpx',
    '-crf',
    '40',
    '-b:v',
    '200k',
    '-threads',
    '1',
    '-live',
    '1',
  ],
]);
voidDefaultDuration('vp8-recorded.webm');
// As a call that is recorded while the other side turns the phone: the pictures change their shape on the way.
const sides = ['192x144', '108x144'].map((size, i) => {
  const name = `side-${i}.tmp.webm`;
  make(name, [...pattern(size, 0.4), '-c:v', 'libvpx', '-crf', '40', '-b:v', '200k', '-threads', '1']);
  return name;
});
writeFileSync(`${DIR}sides.tmp.txt`, sides.map((name) => `file ${name}\n`).join(''));
make('vp8-turning.webm', ['-f', 'concat', '-i', `${DIR}sides.tmp.txt`, '-c', 'copy']);
for (const name of [...sides, 'sides.tmp.txt']) rmSync(`${DIR}${name}`);
// Two broadcasts one behind the other: H.264 of two shapes.
const broadcasts = ['192x144', '108x144'].map((size, i) => {
  const name = `broadcast-${i}.tmp.mpegts`;
  make(name, [
    ...[...pattern(size, 0.4), ...H264, '-bf', '0', '-crf', '30', ...BT709],
    ...['-f', 'mpegts', '-output_ts_offset', String(0.4 * i)],
  ]);
  return name;
});
writeFileSync(
  `${DIR}h264-turning.mpegts`,
  Buffer.concat(broadcasts.map((name) => readFileSync(`${DIR}${name}`))),
);
for (const name of broadcasts) rmSync(`${DIR}${name}`);
make('vp9-10bit.webm', [
  ...[...pattern(small, 0.4), '-c:v', 'libvpx-vp9', '-pix_fmt', 'yuv420p10le', '-crf', '40', '-b:v', '0'],
  ...[...BT709, '-threads', '1'],
]);
make('vp9-hlg.webm', [
  ...[...pattern(small, 0.4), '-c:v', 'libvpx-vp9', '-pix_fmt', 'yuv420p10le', '-crf', '40', '-b:v', '0'],
  ...['-colorspace', 'bt2020nc', '-color_primaries', 'bt2020', '-color_trc', 'arib-std-b67', '-threads', '1'],
]);
make('mpeg1.mpg', [...pattern(small, 6), '-c:v', 'mpeg1video', '-q:v', '16', '-g', '12', '-bf', '2']);
// No B-frames: AVI has no presentation times, so that nobody could say which frame is shown when.
make('mpeg4.avi', [...pattern(small, 1), '-c:v', 'mpeg4', '-q:v', '10', '-bf', '0']);
make('hevc.mp4', [
  ...[...pattern(small, 1), '-c:v', 'libx265', '-crf', '30', '-x265-params', 'log-level=error:pools=none'],
  ...['-tag:v', 'hvc1', ...BT709],
]);
make('long-gop.mp4', [...pattern('96x72', 60), ...H264, '-crf', '40', '-g', '250', '-bf', '2', ...BT709]);
// Its index leads to key frames only.
make('long-gop.mkv', ['-i', `${DIR}long-gop.mp4`, '-c', 'copy']);
// Twelve frames of 3840x2160: more than the queue of decoded frames holds.
make('large.mp4', [...pattern('3840x2160', 0.48), ...H264, '-preset', 'ultrafast', '-crf', '51', ...BT709]);
// Much to decode, and a key frame twice a second: 50 frames of 3840x2160, grey but for their numbers.
make('large-keys.mp4', [
  ...['-f', 'lavfi', '-i', `color=gray:size=3840x2160:rate=10:duration=5,format=yuv420p,${FRAME_NUMBER}`],
  ...[...H264, '-crf', '40', '-g', '5', ...BT709],
]);
make('audio-only.mp4', ['-f', 'lavfi', '-i', 'sine=duration=0.5', '-c:a', 'aac', '-b:a', '32k']);

// A file cut in the middle that still has its index, and one that has lost it.
const whole = readFileSync(`${DIR}h264-bframes.mp4`);
writeFileSync(`${DIR}truncated.mp4`, whole.subarray(0, Math.round(whole.length * 0.6)));
make('index-last.tmp.mp4', ['-i', `${DIR}h264-bframes.mp4`, '-c', 'copy']);
const indexLast = readFileSync(`${DIR}index-last.tmp.mp4`);
writeFileSync(`${DIR}no-moov.mp4`, indexLast.subarray(0, Math.round(indexLast.length * 0.5)));
rmSync(`${DIR}index-last.tmp.mp4`);

// A face that moves: the astronaut's portrait under a slow camera, 2.5 s, for the whole walk.
const portrait = new URL('../tests/fixtures/faces/astronaut.jpg', import.meta.url).pathname;
const camera =
  "scale=1024:-1,zoompan=z='1.6+0.15*sin(on/13)':x='200+60*sin(on/19)':y='40+25*sin(on/11)':d=63:s=480x360:fps=25";
make('face.mp4', ['-i', portrait, '-vf', camera, ...H264, '-g', '25', '-pix_fmt', 'yuv420p', ...BT709]);
// The same in a codec that browsers do not play.
make('face-mpeg4.mp4', [
  ...['-i', `${DIR}face.mp4`, '-t', '1.4', '-c:v', 'mpeg4', '-q:v', '8', '-bf', '0', '-g', '12'],
]);
