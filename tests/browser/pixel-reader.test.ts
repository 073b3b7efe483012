import { afterEach, describe, expect, test, vi } from 'vitest';
import { PixelReader } from '../../src/media/index.ts';

const [WIDTH, HEIGHT] = [64, 48];
/** Mean difference per byte, of 0..255: the browser scales colours before or after it converts them. */
const SCALED_MEAN = 1;

type Draw = Parameters<PixelReader['readFrame']>[2];

/** Waves in all three planes. */
function madeFrame(format: 'I420' | 'I420A'): VideoFrame {
  const planes = format === 'I420' ? 1.5 : 2.5;
  const data = Uint8Array.from(
    { length: WIDTH * HEIGHT * planes },
    (_, i) => 128 + 60 * Math.sin(i / 37) + 50 * Math.sin(i / 500),
  );
  return new VideoFrame(data, { format, codedWidth: WIDTH, codedHeight: HEIGHT, timestamp: 0 });
}

const fill =
  (width: number, height: number): Draw =>
  (context, source) =>
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

describe('a frame of 8 bit is copied, since a drawn one would cost its memory for good', () => {
  test.each([
    ['as large as the reader: the bytes are those that drawing gives', WIDTH, HEIGHT, [], 0],
    ['smaller: scaled from its copy, to the same picture', WIDTH * 2, HEIGHT * 2, [false], SCALED_MEAN],
  ])('%s', async (_size, width, height, drawn, tolerance) => {
    const frame = madeFrame('I420');
    const reader = new PixelReader(width, height);
    const expected = reader.read((context) => fill(width, height)(context, frame));
    const looked = watchDrawing();
    const actual = await reader.readFrame(frame, false, fill(width, height));
    expect(looked()).toEqual(drawn);
    expect(actual.length).toBe(expected.length);
    const differences = actual.map((value, i) => Math.abs(value - expected[i]!));
    expect(differences.reduce((sum, value) => sum + value, 0) / actual.length).toBeLessThanOrEqual(tolerance);
    frame.close();
  });
});

test('a frame with transparency is drawn: what shows through is black', async () => {
  const frame = madeFrame('I420A');
  const reader = new PixelReader(WIDTH, HEIGHT);
  const looked = watchDrawing();
  const data = await reader.readFrame(frame, false, fill(WIDTH, HEIGHT));
  expect(looked()).toEqual([true]);
  expect(data.filter((_, i) => i % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
  frame.close();
});
