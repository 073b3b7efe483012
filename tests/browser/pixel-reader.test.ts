import { afterEach, describe, expect, test, vi } from 'vitest';
import { PixelReader } from '../../src/media/index.ts';

const [WIDTH, HEIGHT] = [64, 48];
/** Mean difference per byte, of 0..255: the browser scales colours before or after it converts them. */
const SCALED_MEAN = 1;

/** Slow waves in all planes. */
function madeFrame(format: 'I420' | 'I420A', colours?: VideoColorSpaceInit): VideoFrame {
  const wave = (width: number, height: number): number[] =>
    Array.from({ length: width * height }, (_, i) => {
      const [x, y] = [(i % width) / width, Math.floor(i / width) / height];
      return 128 + 60 * Math.sin(5 * x + 3 * y);
    });
  const colour = wave(WIDTH / 2, HEIGHT / 2);
  const planes = [wave(WIDTH, HEIGHT), colour, colour, ...(format === 'I420A' ? [wave(WIDTH, HEIGHT)] : [])];
  const data = Uint8Array.from(planes.flat());
  return new VideoFrame(data, {
    ...{ format, codedWidth: WIDTH, codedHeight: HEIGHT, timestamp: 0 },
    ...(colours && { colorSpace: colours }),
  });
}

const fill =
  (source: VideoFrame, width: number, height: number) =>
  (context: OffscreenCanvasRenderingContext2D): void =>
    context.drawImage(source, 0, 0, width, height);

/** What was drawn on canvases since the last look: frames, or other canvases. */
function watchDrawing(): () => boolean[] {
  const drawing = vi.spyOn(OffscreenCanvasRenderingContext2D.prototype, 'drawImage');
  return () => {
    const frames = drawing.mock.calls.map(([source]) => source instanceof VideoFrame);
    drawing.mockClear();
    return frames;
  };
}
afterEach(() => vi.restoreAllMocks());

describe('a frame in planes is converted, since a drawn one would cost its memory for good', () => {
  test.each([
    ['as large as the reader: the bytes are those that drawing gives', WIDTH, HEIGHT, 0],
    ['larger: nearly the picture that drawing gives', WIDTH * 2, HEIGHT * 2, SCALED_MEAN],
    ['smaller: nearly the picture that drawing gives', WIDTH / 2, HEIGHT / 2, SCALED_MEAN],
    ['of another shape: nearly the picture that drawing gives', 50, 61, SCALED_MEAN],
  ])('%s', async (_size, width, height, tolerance) => {
    const frame = madeFrame('I420');
    const reader = new PixelReader(width, height);
    const expected = reader.read(fill(frame, width, height));
    const looked = watchDrawing();
    const actual = await reader.readFrame(frame, 0, fill(frame, width, height));
    expect(looked()).toEqual([]);
    expect(actual.length).toBe(expected.length);
    const differences = actual.map((value, i) => Math.abs(value - expected[i]!));
    expect(differences.reduce((sum, value) => sum + value, 0) / actual.length).toBeLessThanOrEqual(tolerance);
    frame.close();
  });
});

test('a frame whose colours nobody names is converted as the browser guesses them', async () => {
  const nameless = { matrix: null, primaries: null, transfer: null, fullRange: null };
  const frame = madeFrame('I420', nameless as unknown as VideoColorSpaceInit);
  expect(frame.colorSpace.matrix).toBe(null);
  const reader = new PixelReader(WIDTH, HEIGHT);
  const expected = reader.read(fill(frame, WIDTH, HEIGHT));
  const looked = watchDrawing();
  expect(await reader.readFrame(frame, 0, fill(frame, WIDTH, HEIGHT))).toEqual(expected);
  expect(looked()).toEqual([]);
  frame.close();
});

test.each([
  ['NV12', 1.5, 2],
  ['I422P10', 4, 3],
])(
  'a frame of such colours is drawn where the browser copies its planes instead (%s)',
  async (format, bytesPerPixel, planes) => {
    const nameless = { matrix: null, primaries: null, transfer: null, fullRange: null };
    // As Safari does: it does not know that another format can be asked for.
    const frame = {
      ...{ format, colorSpace: nameless, visibleRect: new DOMRectReadOnly(0, 0, WIDTH, HEIGHT) },
      allocationSize: () => bytesPerPixel * WIDTH * HEIGHT,
      copyTo: async () => Array.from({ length: planes }, () => ({ offset: 0, stride: WIDTH })),
    };
    const draw = vi.fn();
    await new PixelReader(WIDTH, HEIGHT).readFrame(frame as unknown as VideoFrame, 0, draw);
    expect(draw).toHaveBeenCalledTimes(1);
  },
);

test('a frame with transparency is drawn: what shows through is black', async () => {
  const frame = madeFrame('I420A');
  const reader = new PixelReader(WIDTH, HEIGHT);
  const looked = watchDrawing();
  const data = await reader.readFrame(frame, 0, fill(frame, WIDTH, HEIGHT));
  expect(looked()).toEqual([true]);
  expect(data.filter((_, i) => i % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
  frame.close();
});
