import { describe, expect, test } from 'vitest';
import { PixelReader } from '../../src/media/index.ts';
import { PictureConverter, type PlanarPicture } from '../../src/media/planes/picture-converter.ts';
import { packedPlanes } from '../../src/media/planes/plane-format.ts';

const I420 = { layout: 'planes', halfAcross: true, halfDown: true, depth: 8 } as const;
const FORMATS = {
  I420,
  I422: { ...I420, halfDown: false },
  I444: { ...I420, halfAcross: false, halfDown: false },
} as const;
/** 16,384 pixels, and an odd picture whose last column and row have colour samples of their own. */
const SIZES = [
  [128, 128],
  [33, 17],
] as const;
type Packed = Parameters<typeof packedPlanes>[0];
const GREY = { matrix: 'bt709', fullRange: true } as const;

/** Every level next to every other, sooner or later. */
function noise(bytes: number): Uint8Array<ArrayBuffer> {
  let state = 1;
  return Uint8Array.from({ length: bytes }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 16;
  });
}

async function convert(
  bytes: Uint8Array,
  picture: Omit<PlanarPicture, 'planes' | 'format'> & { format: Packed },
  width = picture.width,
  height = picture.height,
): Promise<Uint8ClampedArray> {
  const converter = await PictureConverter.create();
  converter.input(bytes.length).set(bytes);
  const { planes } = packedPlanes(picture.format, picture.width, picture.height);
  return converter.toRgba({ ...picture, planes }, width, height);
}

/** Brightness given, no colour. */
function grey(rows: readonly (readonly number[])[]): [Uint8Array, PlanarPicture & { format: Packed }] {
  const [width, height] = [rows[0]!.length, rows.length];
  const format = FORMATS.I444;
  const { planes, bytes } = packedPlanes(format, width, height);
  const data = new Uint8Array(bytes).fill(128);
  data.set(rows.flat());
  return [data, { width, height, format, planes, colours: GREY }];
}
const reds = (rgba: Uint8ClampedArray): number[] => [...rgba.filter((_, at) => at % 4 === 0)];

describe("a frame's memory becomes the very pixels that the browser makes of it", () => {
  const matrices = ['bt709', 'smpte170m', 'bt470bg', 'bt2020-ncl'] as VideoMatrixCoefficients[];
  const cases = (['I420', 'I422', 'I444', 'NV12'] as const).flatMap((format) =>
    matrices.flatMap((matrix) => [false, true].map((fullRange) => ({ format, matrix, fullRange }))),
  );
  const all = [
    ...cases,
    ...(['RGBX', 'BGRX'] as const).map((format) => ({ format, matrix: 'rgb' as const, fullRange: true })),
  ];
  test.each(all)('$format, $matrix, full range $fullRange', async ({ format, ...colours }) => {
    for (const [width, height] of SIZES) {
      const colorSpace = { ...colours, primaries: 'bt709', transfer: 'bt709' } as const;
      const size = { codedWidth: width, codedHeight: height };
      const bytes = noise(4 * width * height);
      if (colours.matrix === 'rgb') bytes.forEach((_, at) => at % 4 === 3 && (bytes[at] = 255));
      const frame = new VideoFrame(bytes, { format, ...size, timestamp: 0, colorSpace });
      const theirs = new Uint8ClampedArray(4 * width * height);
      await frame.copyTo(theirs, { format: 'RGBA', colorSpace: 'srgb' });
      const ours = await new PixelReader(width, height).readFrame(frame, 0, () =>
        expect.unreachable('nothing is drawn'),
      );
      frame.close();
      expect(ours.findIndex((level, at) => level !== theirs[at])).toBe(-1);
      expect(ours).toHaveLength(theirs.length);
      expect(new Set(ours).size).toBeGreaterThan(200);
    }
  });
});

describe('turned', () => {
  test.each([
    [90, [4, 1, 5, 2, 6, 3]],
    [180, [6, 5, 4, 3, 2, 1]],
    [270, [3, 6, 2, 5, 1, 4]],
  ] as const)('by %d degrees, clockwise', async (rotation, levels) => {
    const [bytes, picture] = grey([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const [width, height] = rotation === 180 ? [3, 2] : [2, 3];
    expect(reds(await convert(bytes, { ...picture, rotation }, width, height))).toEqual(levels);
  });

  test('colour goes with brightness', async () => {
    const [width, height] = [48, 32];
    for (const format of [FORMATS.I420, FORMATS.I422]) {
      const bytes = noise(packedPlanes(format, width, height).bytes);
      const picture = { width, height, format, colours: GREY };
      const upright = await convert(bytes, picture);
      const turned = await convert(bytes, { ...picture, rotation: 90 }, height, width);
      const at = (rgba: Uint8ClampedArray, index: number) => [...rgba.subarray(4 * index, 4 * index + 4)];
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++)
          expect(at(turned, x * height + (height - 1 - y))).toEqual(at(upright, y * width + x));
    }
  });
});

describe('scaled', () => {
  test('to fewer pixels: each is the mean of what it covers', async () => {
    const [bytes, picture] = grey([
      [0, 40, 80, 120, 10, 50],
      [20, 60, 100, 140, 30, 70],
    ]);
    expect(reds(await convert(bytes, picture, 3, 1))).toEqual([30, 110, 40]);
    // Of one and a half each: 0, and half of 40; half of 40, and 80; ...
    expect(reds(await convert(bytes, picture, 4, 2)).slice(0, 2)).toEqual([13, 67]);
  });

  test('to more: between the two that are nearest', async () => {
    const [bytes, picture] = grey([[0, 100]]);
    expect(reds(await convert(bytes, picture, 4, 1))).toEqual([0, 25, 75, 100]);
  });

  test.each([
    [37, 23],
    [150, 75],
    [64, 64],
    [301, 19],
  ])('an even picture stays even at %d x %d, down to its last pixel', async (width, height) => {
    for (const level of [0, 1, 128, 255]) {
      const [bytes, picture] = grey(Array.from({ length: 46 }, () => Array<number>(128).fill(level)));
      expect(new Set(reds(await convert(bytes, picture, width, height)))).toEqual(new Set([level]));
    }
  });

  test('the mean stays, also of halved sides, which go another way', async () => {
    const bytes = noise(packedPlanes(FORMATS.I444, 256, 128).bytes).fill(128, 256 * 128);
    const picture = { width: 256, height: 128, format: FORMATS.I444, colours: GREY };
    const mean = (levels: number[]) => levels.reduce((sum, level) => sum + level, 0) / levels.length;
    const whole = mean(reds(await convert(bytes, picture)));
    for (const [width, height] of [[128, 64] as const, [96, 60] as const, [200, 128] as const]) {
      const levels = reds(await convert(bytes, picture, width, height));
      expect(Math.abs(mean(levels) - whole)).toBeLessThan(0.6);
      expect(new Set(levels).size).toBeGreaterThan(50);
    }
  });

  test('colours of half the side need none of it when the picture is halved', async () => {
    const format = FORMATS.I420;
    const bytes = noise(packedPlanes(format, 64, 64).bytes).fill(90, 0, 64 * 64);
    const small = new Uint8Array([...new Uint8Array(32 * 32).fill(90), ...bytes.subarray(64 * 64)]);
    const halved = await convert(bytes, { width: 64, height: 64, format, colours: GREY }, 32, 32);
    expect(halved).toEqual(
      await convert(small, { width: 32, height: 32, format: FORMATS.I444, colours: GREY }),
    );
  });
});

test.each([10, 12])('samples of %d bits are rounded to 8', async (depth) => {
  const format = { ...FORMATS.I444, depth };
  const { bytes } = packedPlanes(format, 4, 1);
  const data = new Uint16Array(bytes / 2).fill(128 << (depth - 8));
  const step = 1 << (depth - 8);
  data.set([7 * step, 7 * step + step / 2 - 1, 7 * step + step / 2, 256 * step - 1]);
  const picture = { width: 4, height: 1, format, colours: GREY };
  expect(reds(await convert(new Uint8Array(data.buffer), picture))).toEqual([7, 7, 8, 255]);
});

describe('high dynamic range', () => {
  const HLG = { matrix: 'bt2020', fullRange: true, transfer: 'hlg' } as const;
  const PQ = { ...HLG, transfer: 'pq' } as const;
  /** Signals from 0 to 1, without colour. */
  async function shown(signals: number[], colours: typeof HLG | typeof PQ, width = signals.length) {
    const format = { ...FORMATS.I444, depth: 10 };
    const { bytes } = packedPlanes(format, signals.length, 1);
    const data = new Uint16Array(bytes / 2).fill(512);
    data.set(signals.map((signal) => Math.round(1023 * signal)));
    const picture = { width: signals.length, height: 1, format, colours };
    return convert(new Uint8Array(data.buffer), picture, width, 1);
  }
  /** What a screen of 203 cd/m² takes for that light, by ITU-R BT.1886. */
  const levelOf = (light: number): number => 255 * (light / 203) ** (1 / 2.4);
  /** ITU-R BT.2100, table 4: the signal for a light in cd/m². */
  const pq = (light: number): number => {
    const power = (light / 10_000) ** 0.1593017578125;
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375;
  };

  test('what an ordinary screen shows stays as bright, to half a level and what 10 bits tell apart', async () => {
    const lights = [0, 0.5, 2, 10, 25, 50, 80];
    for (const [i, level] of reds(await shown(lights.map(pq), PQ)).entries())
      expect(Math.abs(level - levelOf(lights[i]!))).toBeLessThan(1.5);
    // HLG at half its signal is a twelfth of the scene's light: (1/12)^1.2 of 1000 cd/m².
    expect(Math.abs(reds(await shown([0.5], HLG))[0]! - levelOf(1000 / 12 ** 1.2))).toBeLessThan(1.5);
  });

  test.each([
    ['HLG', HLG, 1],
    ['PQ', PQ, pq(1000)],
  ] as const)(
    '%s: greys stay grey and in order, from black to the brightest',
    async (_name, colours, most) => {
      const rgba = await shown(
        Array.from({ length: 64 }, (_, i) => (i / 63) * most),
        colours,
      );
      const levels = reds(rgba);
      expect([levels[0], levels.at(-1)]).toEqual([0, 255]);
      expect(levels).toEqual([...levels].sort((a, b) => a - b));
      expect(new Set(levels).size).toBeGreaterThan(45);
      // The matrix to BT.709 has four decimals.
      for (let at = 0; at < rgba.length; at += 4)
        expect(Math.max(...rgba.subarray(at, at + 3)) - Math.min(...rgba.subarray(at, at + 3))).toBeLessThan(
          2,
        );
    },
  );

  test('is scaled before it is mapped, without loss', async () => {
    const even = Array<number>(32).fill(0.4);
    const levels = reds(await shown(even, HLG));
    for (const width of [16, 20, 50])
      expect(new Set(reds(await shown(even, HLG, width)))).toEqual(new Set(levels));
  });

  test('a frame of the browser is mapped by the same', async () => {
    const [width, height] = [32, 16];
    const format = { ...I420, depth: 10 };
    const { bytes } = packedPlanes(format, width, height);
    const samples = Uint16Array.from(noise(bytes / 2), (sample) => 4 * sample);
    const colorSpace = { matrix: 'bt2020-ncl', transfer: 'hlg', primaries: 'bt2020', fullRange: false };
    const frame = new VideoFrame(samples, {
      ...{ format: 'I420P10' as VideoPixelFormat, codedWidth: width, codedHeight: height, timestamp: 0 },
      colorSpace: colorSpace as VideoColorSpaceInit,
    });
    const read = await new PixelReader(width, height).readFrame(frame, 0, () =>
      expect.unreachable('nothing is drawn'),
    );
    frame.close();
    const picture = { width, height, format, colours: { ...HLG, fullRange: false } };
    expect(read).toEqual(await convert(new Uint8Array(samples.buffer), picture));
    expect(new Set(read).size).toBeGreaterThan(200);
  });
});

test('one converter serves pictures of any size, one after the other', async () => {
  const converter = await PictureConverter.create();
  for (const [width, height] of [[640, 360] as const, [16, 16] as const, [1920, 1080] as const]) {
    const { planes, bytes } = packedPlanes(I420, width, height);
    const data = noise(bytes);
    converter.input(bytes).set(data);
    const picture = { width, height, format: I420, planes, colours: GREY };
    const again = converter.toRgba(picture, width, height);
    expect((await convert(data, picture)).findIndex((level, at) => level !== again[at])).toBe(-1);
  }
});
