import { describe, expect, test } from 'vitest';
import {
  decodedPixels,
  decodeSlice,
  measuredEnd,
  planStretches,
  seekMargin,
  QUEUE_BYTES,
} from '../../src/media/ffmpeg-command.ts';
import { isMuch, workersFor } from '../../src/media/ffmpeg-workers.ts';
import { findX264Version, readProbe } from '../../src/media/ffmpeg-probe.ts';
import { DamageLog, type Wholeness } from '../../src/media/damage-log.ts';
import { FrameClock } from '../../src/media/frame-clock.ts';
import { MediaError } from '../../src/media/types.ts';

const stream = {
  index: 1,
  codec_type: 'video',
  codec_name: 'mpeg1video',
  width: 720,
  height: 576,
  sample_aspect_ratio: '16:15',
  avg_frame_rate: '30000/1001',
  start_time: '0.5',
  duration: '10.0',
  bit_rate: '104857200',
};
const format = { start_time: '0.4', duration: '10.1', bit_rate: '1200000' };
const probe = (change: object = {}, container = 'mpeg-ps') =>
  readProbe(
    JSON.stringify({
      streams: [
        { codec_type: 'audio', index: 0 },
        { ...stream, ...change },
      ],
      format,
    }),
    '',
    container,
  );
const codeOf = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error instanceof MediaError ? error.code : error;
  }
  return undefined;
};

describe("ffprobe's answer", () => {
  test('becomes facts about the picture as it is shown', () => {
    expect(probe().info).toEqual({
      container: 'mpeg-ps',
      codec: 'mpeg1video',
      width: 768,
      height: 576,
      start: 0.5,
      duration: 10,
      frameRate: 30000 / 1001,
      bitrate: 1200000, // the file's: the stream's header tells a bound
    });
    expect(probe().stream).toBe(1);
  });

  test('are of the first video stream that ffmpeg knows, and that is no cover', () => {
    const streams = [
      { ...stream, index: 0, disposition: { attached_pic: 1 } },
      { ...stream, index: 1, codec_name: undefined },
      { ...stream, index: 2, id: '0x1f' },
      { ...stream, index: 3, disposition: { default: 1 } },
    ];
    expect(readProbe(JSON.stringify({ streams, format }), '', 'mp4')).toMatchObject({ stream: 2, track: 31 });
  });

  test('are of a video rather than of a track of one picture before it', () => {
    const streams = [
      { ...stream, index: 0, nb_frames: '1' },
      { ...stream, index: 1, nb_frames: '15' },
    ];
    const read = (some: object[]): number =>
      readProbe(JSON.stringify({ streams: some, format }), '', 'mov').stream;
    expect([read(streams), read(streams.slice(0, 1))]).toEqual([1, 0]);
  });

  test('a rate that the head of a Flash or Real video tells is not believed where the file has more than twice as much', () => {
    const rate = (bit_rate: string, container: string): number => probe({ bit_rate }, container).info.bitrate;
    expect(['flv', 'realmedia', 'mpeg-ps'].map((container) => rate('200000', container))).toEqual([
      ...[1_200_000, 1_200_000, 200_000],
    ]);
    expect(rate('700000', 'flv')).toBe(700_000);
  });

  test('a display matrix turns the picture', () => {
    const { info } = probe({ side_data_list: [{}, { rotation: -90 }] });
    expect([info.width, info.height]).toEqual([576, 768]);
  });

  test('pixels narrower than high are stretched in height', () => {
    const { info } = probe({ sample_aspect_ratio: '1:2' });
    expect([info.width, info.height]).toEqual([720, 1152]);
  });

  test('without a duration of the stream, that of the file counts, up to the same end', () => {
    expect(probe({ duration: undefined }).info.duration).toBeCloseTo(10, 6);
  });

  test('a rate that is none on average is the most that the file may have, unless it is its ticks', () => {
    const { info, mostFrameRate } = probe({ avg_frame_rate: '0/0', r_frame_rate: '25/1' });
    expect([info.frameRate, mostFrameRate]).toEqual([0, 25]);
    expect(probe({ avg_frame_rate: '0/0', r_frame_rate: '1000/1' }).mostFrameRate).toBe(0);
  });

  test('frames larger than the cap are scaled down, the facts are not', () => {
    const { info, frame } = probe({ width: 3840, height: 2160, sample_aspect_ratio: '1:1' });
    expect([info.width, frame.width, frame.height]).toEqual([3840, 1920, 1080]);
  });

  test('the colour matrix is assumed only where the file says none', () => {
    expect(probe().assumedMatrix).toBe('bt601');
    expect(probe({ codec_name: 'h264' }).assumedMatrix).toBe('bt709');
    expect(probe({ height: 720 }).assumedMatrix).toBe('bt709');
    expect(probe({ color_space: 'smpte170m' }).assumedMatrix).toBeUndefined();
  });

  test('pictures in planes are handed over as they were coded, with what these mean', () => {
    const coded = { pix_fmt: 'yuv420p', codec_name: 'h264' };
    const planes = (change: object) => probe({ ...coded, ...change }).planes;
    const format = { layout: 'planes', halfAcross: true, halfDown: true, depth: 8 };
    expect(planes({})).toEqual({
      ...{ pixelFormat: 'yuv420p', width: 720, height: 576, format },
      colours: { matrix: 'bt709', fullRange: false },
    });
    expect(planes({ side_data_list: [{ rotation: -90 }] })).toMatchObject({ width: 576, height: 720 });
    expect(planes({ width: 3840, height: 2160 })).toMatchObject({ width: 3840, height: 2160 });
    expect(planes({ pix_fmt: 'yuv422p10le' })!.format).toEqual({ ...format, halfDown: false, depth: 10 });
    expect(planes({ pix_fmt: 'yuv440p' })!.format).toEqual({ ...format, halfAcross: false });
    expect(planes({ pix_fmt: 'yuvj444p' })).toMatchObject({
      format: { ...format, halfAcross: false, halfDown: false },
      colours: { fullRange: true },
    });
    const colours = (change: object) => planes(change)!.colours;
    expect(colours({ color_space: 'smpte170m' })).toEqual({ matrix: 'bt601', fullRange: false });
    expect(colours({ color_space: 'bt2020nc', color_range: 'pc' })).toEqual({
      ...{ matrix: 'bt2020', fullRange: true },
    });
    expect(colours({ color_transfer: 'arib-std-b67' })).toEqual({
      ...{ matrix: 'bt2020', fullRange: false, transfer: 'hlg' },
    });
    expect(colours({ color_transfer: 'smpte2084', color_space: 'bt709' })).toMatchObject({
      ...{ matrix: 'bt709', transfer: 'pq' },
    });
    // Without a word on the matrix, the full range is JPEG's.
    expect(colours({ pix_fmt: 'yuvj420p' })).toEqual({ matrix: 'bt601', fullRange: true });
    const others = [
      { pix_fmt: 'yuva420p' },
      { pix_fmt: 'yuv411p' },
      { pix_fmt: 'gbrp' },
      { pix_fmt: 'gray' },
      { color_space: 'ycgco' },
    ];
    for (const other of others) expect(planes(other)).toBeUndefined();
  });

  test('what cannot be decoded has its code', () => {
    expect(codeOf(() => readProbe('{}', 'moov atom not found', 'mp4'))).toBe('file_damaged');
    expect(codeOf(() => readProbe('', '', 'unknown'))).toBe('not_a_video');
    expect(codeOf(() => probe({ codec_type: 'audio' }))).toBe('no_video_track');
    expect(codeOf(() => probe({ disposition: { attached_pic: 1 } }))).toBe('no_video_track');
    expect(codeOf(() => probe({ codec_name: undefined }))).toBe('codec_unsupported');
    expect(codeOf(() => probe({ width: 0 }))).toBe('file_damaged');
  });
});

describe('stretches that are decoded in one go', () => {
  const times = Array.from({ length: 40 }, (_, i) => i / 8);
  const lengths = (...[asked, keys, bytes, paced]: Parameters<typeof planStretches>): number[] =>
    planStretches(asked, keys, bytes, paced).map((stretch) => stretch.times.length);

  test('never hold more bytes than the queue may, and at least one frame', () => {
    const frame = 1920 * 1080 * 4;
    const planned = planStretches(times, [], frame, false);
    expect(planned.flatMap((stretch) => stretch.times)).toEqual(times);
    expect(planned.map(({ from }) => times[from])).toEqual(planned.map((stretch) => stretch.times[0]));
    for (const stretch of planned) expect(stretch.times.length * frame).toBeLessThanOrEqual(QUEUE_BYTES);
    expect(lengths(times.slice(0, 3), [], QUEUE_BYTES * 2, false)).toEqual([1, 1, 1]);
  });

  test('may be longer when the worker waits for room', () => {
    expect(lengths(times, [], QUEUE_BYTES, true)).toEqual([40]);
  });

  test('end at a long gap', () => {
    expect(lengths([0, 0.1, 0.2, 60, 60.1], [], 100, true)).toEqual([3, 2]);
  });

  test('end where a key frame begins what comes next, after a second or so', () => {
    const everySecond = times.map(Math.floor);
    expect(lengths(times, everySecond, 100, true)).toEqual([8, 8, 8, 8, 8]);
    expect(planStretches(times, everySecond, 100, true).map(({ key }) => key)).toEqual([0, 1, 2, 3, 4]);
    const everyQuarter = times.map((time) => Math.floor(4 * time) / 4);
    expect(lengths(times, everyQuarter, 100, true)).toEqual([8, 8, 8, 8, 8]);
    const everyThreeHalves = times.map((time) => 1.5 * Math.floor(time / 1.5));
    expect(lengths(times, everyThreeHalves, 100, true)).toEqual([12, 12, 12, 4]);
    expect(lengths(times, Array<number>(40).fill(0), 100, true)).toEqual([40]);
  });

  test('are sought for, further back with every attempt, and at last decoded from the start', () => {
    const { info } = probe();
    expect(seekMargin(probe(), info.start + 1, 0, undefined)).toBeUndefined();
    const margins = [0, 1, 2].map((attempt) => seekMargin(probe(), info.start + 100, attempt, undefined));
    expect(margins[0]).toBeGreaterThan(0);
    expect(margins[1]).toBeGreaterThan(margins[0]!);
    expect(seekMargin(probe(), info.start + 100, 9, undefined)).toBeUndefined();
  });

  test('are sought for at their key frame, where that is known, and not otherwise when it is not there', () => {
    const { start } = probe().info;
    const key = start + 90;
    const sought = start + 100 - seekMargin(probe(), start + 100, 0, key)!;
    expect(sought).toBeGreaterThan(key);
    expect(sought - key).toBeLessThan(0.01);
    expect(seekMargin(probe(), start + 100, 0, start)).toBeUndefined();
    expect(seekMargin(probe(), start + 100, 1, key)).toBe(seekMargin(probe(), start + 100, 1, undefined));
  });

  test('are sought for so much further on as ffmpeg goes back by itself: in Matroska, where pictures are reordered', () => {
    const sought = (change: object, container: string): number =>
      100 - seekMargin(probe(change, container), 100, 0, 90)! - 90;
    expect(sought({ has_b_frames: 2 }, 'matroska')).toBeCloseTo(3 / 23 + 0.001, 9);
    expect(sought({ has_b_frames: 2 }, 'webm')).toBeCloseTo(3 / 23 + 0.001, 9);
    expect(sought({ has_b_frames: 0 }, 'matroska')).toBeCloseTo(0.001, 9);
    expect(sought({ has_b_frames: 2 }, 'mp4')).toBeCloseTo(0.001, 9);
  });

  test('are shared by as many workers as there are cores, and as fit into an eighth of the memory', () => {
    const large = probe({ width: 3840, height: 2160, pix_fmt: 'yuv420p10le' });
    const small = probe({ pix_fmt: 'yuv420p' });
    expect(workersFor(small, { hardwareConcurrency: 2, deviceMemory: 8 })).toBe(2);
    expect(workersFor(small, { hardwareConcurrency: 64, deviceMemory: 8 })).toBe(4);
    expect(workersFor(large, { hardwareConcurrency: 8, deviceMemory: 8 })).toBe(2);
    expect(workersFor(large, { hardwareConcurrency: 8 })).toBe(1);
    expect(workersFor(large, { hardwareConcurrency: 8, deviceMemory: 0.25 })).toBe(1);
  });

  test('are shared where there is much to decode', () => {
    const hd = probe({ width: 1920, height: 1080, sample_aspect_ratio: '1:1', avg_frame_rate: '25/1' });
    expect(decodedPixels(hd, [0, 1, 2])).toBe(1920 * 1080 * 50);
    // Between runs that are far apart it does not decode.
    expect(decodedPixels(hd, [0, 1, 1000, 1001])).toBeLessThan(1920 * 1080 * 25 * 6);
    expect(isMuch(decodedPixels(hd, [0, 1, 2]))).toBe(false);
    expect(
      isMuch(
        decodedPixels(
          hd,
          Array.from({ length: 60 }, (_, i) => i / 6),
        ),
      ),
    ).toBe(true);
  });
});

describe('slices', () => {
  test('select by the warped clock and hand out one frame per time', () => {
    const { args, seeked } = decodeSlice(probe(), [1, 2.5], undefined);
    const filters = args[args.indexOf('-vf') + 1]!;
    expect(filters).toContain("setpts='(gt(T,1.000100)+gt(T,2.500100)+0.4)/TB'");
    expect(args[args.indexOf('-frames:v') + 1]).toBe('2');
    expect(args).not.toContain('-ss');
    expect(seeked).toBe(false);
    const later = decodeSlice(probe(), [50], 2).args;
    expect(later[later.indexOf('-ss') + 1]).toBe('48.000000');
    expect(later.slice(0, later.indexOf('-ss'))).toContain('-seek_timestamp');
  });

  test('ask for planes in their own size where we convert them, and for RGBA to show where ffmpeg has to', () => {
    const written = (change: object, container = 'mp4'): unknown[] => {
      const slice = decodeSlice(probe({ codec_name: 'h264', ...change }, container), [1], undefined);
      const { args, planes } = slice;
      const filters = args[args.indexOf('-vf') + 1]!.split(',');
      const scale = filters.find((filter) => filter.startsWith('scale='))!;
      return [args[args.indexOf('-pix_fmt') + 1], filters.at(-1), planes !== undefined, scale];
    };
    expect(written({ pix_fmt: 'yuv420p' })).toEqual([
      ...['yuv420p', 'format=yuv420p', true, 'scale=720:576:flags=bilinear'],
    ]);
    expect(written({ pix_fmt: 'yuv411p' })).toEqual([
      ...['rgba', 'format=rgba', false, 'scale=768:576:flags=bilinear:in_color_matrix=bt709'],
    ]);
    // Broadcasts may change their pictures' shape.
    expect(written({ pix_fmt: 'yuv420p' }, 'mpeg-ts').at(-1)).toContain("scale=w='if(");
  });
});

describe('the frame clock', () => {
  const clock = (times: number[], ticks: number[]): FrameClock => {
    const made = new FrameClock(times);
    made.readLog('[Parsed_showinfo_0 @ 0x1] config in time_base: 1/90000, frame_rate: 25/1');
    for (const [n, pts] of ticks.entries())
      made.readLog(
        `[Parsed_showinfo_0 @ 0x1] n:${String(n).padStart(4)} pts:${String(pts).padStart(7)} pts_time:0.04`,
      );
    return made;
  };

  test('gives the true time of the last frame at or before each asked time', () => {
    const made = clock([0.01, 0.05, 0.06, 0.12], [0, 3600, 10800]);
    expect([0, 1, 2, 3].map((index) => made.frameOf(index))).toEqual([
      { time: 0, repeated: false, wholeness: 'whole' },
      { time: 0.04, repeated: false, wholeness: 'whole' },
      { time: 0.04, repeated: true, wholeness: 'whole' },
      { time: 0.12, repeated: false, wholeness: 'whole' },
    ]);
  });

  test('reads the time base behind what ffmpeg prints without an end of line', () => {
    const made = new FrameClock([0.04]);
    made.readLog('contact the mailing list. (devel@example.org)config in time_base: 1/25, frame_rate: 25/1');
    made.readLog('[Parsed_showinfo_0 @ 0x1] n:   0 pts:      1 pts_time:0.04');
    expect(made.frameOf(0).time).toBe(0.04);
  });

  test('knows when a seek went too far', () => {
    expect(clock([0.5], [90000]).startsAfter(0.5)).toBe(true);
    expect(clock([1], [90000]).startsAfter(1)).toBe(false);
    expect(clock([1], []).startsAfter(1)).toBe(false);
  });

  const info = (pts: number, key: boolean): string =>
    `[Parsed_showinfo_0 @ 0x1] n:   0 pts: ${pts} pts_time:0.04 iskey:${Number(key)} type:P`;

  test('leaves out, after a seek, what comes before the first key frame', () => {
    const made = new FrameClock([3], true);
    made.readLog('[Parsed_showinfo_0 @ 0x1] config in time_base: 1/1, frame_rate: 25/1');
    for (const line of [info(1, false), info(2, true), info(3, false)]) made.readLog(line);
    expect(made.startsAfter(1)).toBe(true);
    expect(made.frameOf(0).time).toBe(3);
  });

  test('says which frames are damaged', () => {
    const made = new FrameClock([0, 1, 2]);
    made.readLog('[Parsed_showinfo_0 @ 0x1] config in time_base: 1/1, frame_rate: 25/1');
    const lines = [info(0, true), '/input/file: corrupt decoded frame in stream 0', info(1, false)];
    for (const line of [...lines, info(2, true)]) made.readLog(line);
    expect([0, 1, 2].map((index) => made.frameOf(index).wholeness)).toEqual(['whole', 'damaged', 'whole']);
  });
});

describe('the log of damage', () => {
  const MARK = '/input/file: corrupt decoded frame in stream 0';
  const KEY = 'key';
  const OTHER = 'other';
  /** Of every picture among the lines. */
  const read = (...lines: string[]): Wholeness[] => {
    const log = new DamageLog();
    return lines.flatMap((line) => {
      if (line === KEY || line === OTHER) return [log.nextPicture(line === KEY)];
      log.readLog(line);
      return [];
    });
  };

  test('what is predicted from a damaged picture is damaged, up to the next key frame', () => {
    expect(read(KEY, OTHER, MARK, OTHER, OTHER, KEY, OTHER)).toEqual(
      ['whole', 'whole', 'damaged', 'damaged', 'whole', 'whole'], // prettier-ignore
    );
  });

  test('a key frame can be damaged itself', () => {
    expect(read(MARK, KEY, OTHER, KEY)).toEqual(['damaged', 'damaged', 'whole']);
  });

  test.each([
    'Error while decoding stream #0:0: Invalid data found when processing input',
    '/input/file: corrupt input packet in stream 0',
    '[ogg @ 0x1] CRC mismatch!',
    '[mjpeg @ 0x1] error count: 64',
  ])('is told by: %s', (line) => {
    expect(read(KEY, line, OTHER)).toEqual(['whole', 'damaged']);
  });

  test.each([
    '[h264 @ 0x1] mmco: unref short failure',
    '[mjpeg @ 0x1] unable to decode APP fields: Invalid data found when processing input',
    'Stream #0:0: Video: h264 (High), yuv420p, 96x72',
  ])('is not told by: %s', (line) => {
    expect(read(KEY, line, OTHER)).toEqual(['whole', 'whole']);
  });

  test('a file that begins between key frames is not damaged; its first pictures are left out all the same', () => {
    expect(read('Error while decoding stream #0:0: x', MARK, OTHER, OTHER, KEY, OTHER)).toEqual([
      'leading',
      'leading',
      'whole',
      'whole',
    ]);
  });

  test('what a seek has cut through does not count against the first key frame', () => {
    expect(read('Error while decoding stream #0:0: x', KEY, OTHER)).toEqual(['whole', 'whole']);
  });
});

test("the end is read from the log's last line, and is that of the last frame", () => {
  const log = 'frame= 1 time=00:00:01.00 x\nframe= 9 time=01:02:03.50 bitrate=N/A';
  expect(measuredEnd(log, 0)).toBe(3723.5);
  expect(measuredEnd(log, 2)).toBe(3724);
  expect(measuredEnd('nothing', 25)).toBe(0);
  // Of 120 frames; as it is told where two are held back, and where none is.
  expect(measuredEnd('time=-00:00:00.06 x\ntime=00:00:03.89', 30)).toBe(4);
  expect(measuredEnd('time=00:00:00.00 x\ntime=00:00:03.96', 30)).toBe(4);
});

describe('findX264Version', () => {
  test('reads the version from the text that x264 leaves', async () => {
    const text = new Blob(['\0\0ftyp', new Uint8Array(5000), 'x264 - core 148 r2643', new Uint8Array(100)]);
    expect(await findX264Version(text)).toBe(148);
    expect(await findX264Version(new Blob([new Uint8Array(100)]))).toBeUndefined();
  });
});
