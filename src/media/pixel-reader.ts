import { fitFrame, placeInFrame, type Place, type Size } from './decoder.ts';
import { MATRICES, type YuvColours } from './planes/colours.ts';
import { PictureConverter, type Rotation } from './planes/picture-converter.ts';
import type { PlaneFormat, PlanePlace } from './planes/plane-format.ts';
import { MediaError } from './types.ts';

const planar = (depth: number, halfAcross: boolean, halfDown: boolean): PlaneFormat => ({
  ...{ layout: 'planes', depth, halfAcross, halfDown },
});
/** WebCodecs' formats without transparency. */
const FORMATS: Readonly<Record<string, PlaneFormat>> = {
  I420: planar(8, true, true),
  I422: planar(8, true, false),
  I444: planar(8, false, false),
  I420P10: planar(10, true, true),
  I422P10: planar(10, true, false),
  I444P10: planar(10, false, false),
  I420P12: planar(12, true, true),
  I422P12: planar(12, true, false),
  I444P12: planar(12, false, false),
  NV12: { ...planar(8, true, true), layout: 'colours-together' },
  RGBX: { ...planar(8, false, false), layout: 'rgbx' },
  BGRX: { ...planar(8, false, false), layout: 'bgrx' },
};

/** Opaque; the first byte in memory is red. */
const BLACK = 0xff000000;

/** Draws a picture into its place. */
type Draw = (context: OffscreenCanvasRenderingContext2D, place: Place) => void;

/** Turns whatever a canvas can draw into upright RGBA bytes with at most `MAX_FRAME_SIDE` a side. */
export class PixelReader {
  readonly width: number;
  readonly height: number;
  /** There from the first drawing on. */
  #context: OffscreenCanvasRenderingContext2D | undefined;
  #converter: PictureConverter | undefined;

  /** @param displayWidth of the source, in pixels, after rotation and pixel aspect ratio */
  constructor(
    readonly displayWidth: number,
    readonly displayHeight: number,
  ) {
    const { width, height } = fitFrame(displayWidth, displayHeight);
    this.width = width;
    this.height = height;
  }

  /**
   * @param draw is to fill the place that it is given on a canvas of this reader's width and height
   * @param place of the picture; the rest is black
   * @throws MediaError `decoder_failed` without a 2D canvas
   */
  read(draw: Draw, place = this.#whole): Uint8ClampedArray {
    this.#context ??= newContext(this.width, this.height);
    if (!this.#fills(place)) this.#context.fillRect(0, 0, this.width, this.height);
    draw(this.#context, place);
    return this.#context.getImageData(0, 0, this.width, this.height).data;
  }

  /**
   * What a frame's memory says is read by us, with the same result whatever has decoded it and wherever that memory is. Other frames are
   * drawn, which on a canvas in main memory costs a picture's memory that comes back only with the end of the tab (Chromium 156).
   * @param turn to make the frame upright: degrees, clockwise; `other` is what only drawing can do
   * @param draw as in `read`
   * @param shown the frame's display size, upright, where it may be of another shape than the video
   */
  async readFrame(
    frame: VideoFrame,
    turn: Rotation | 'other',
    draw: Draw,
    shown?: Size,
  ): Promise<Uint8ClampedArray> {
    const place = shown === undefined ? this.#whole : placeInFrame(shown, this);
    const converted = turn === 'other' ? null : await this.#convert(frame, turn, place);
    if (converted === null) return this.read(draw, place);
    return this.#fills(place) ? converted : this.#surrounded(converted, place);
  }

  get #whole(): Place {
    return { x: 0, y: 0, width: this.width, height: this.height };
  }

  #fills({ width, height }: Place): boolean {
    return width === this.width && height === this.height;
  }

  /** A picture in its place, with black around it. */
  #surrounded(picture: Uint8ClampedArray, { x, y, width, height }: Place): Uint8ClampedArray {
    const pixels = new Uint32Array(this.width * this.height).fill(BLACK);
    const lines = new Uint32Array(picture.buffer);
    for (let line = 0; line < height; line++)
      pixels.set(lines.subarray(line * width, (line + 1) * width), (y + line) * this.width + x);
    return new Uint8ClampedArray(pixels.buffer);
  }

  /** Null where the frame's memory is not to be had, or not to be understood. */
  async #convert(
    frame: VideoFrame,
    rotation: Rotation,
    place: Size,
  ): Promise<Uint8ClampedArray<ArrayBuffer> | null> {
    const { visibleRect, colorSpace } = frame;
    const format = FORMATS[frame.format ?? ''];
    if (visibleRect === null || format === undefined) return null;
    const known = coloursOf(format, colorSpace);
    // Colours that nobody names, as of some cameras: the browser takes its guess, as where it draws.
    const how = known === null ? { format: 'RGBA' as const } : {};
    const colours = known ?? undefined;
    this.#converter ??= await PictureConverter.create();
    const { width, height } = visibleRect;
    let planes: PlanePlace[];
    try {
      const bytes = frame.allocationSize(how);
      // A browser that does not know `format` overlooks it, and would copy the planes as they are.
      if (known === null && bytes !== 4 * width * height) return null;
      planes = await frame.copyTo(this.#converter.input(bytes), how);
    } catch {
      return null; // memory of a GPU that is gone, a crop that cuts through a colour sample, a browser that does not convert
    }
    if (known === null && planes.length !== 1) return null; // as many bytes, in planes: 4:2:2 of more than 8 bits
    const read = known === null ? FORMATS.RGBX! : format;
    const picture = { width, height, format: read, planes, colours, rotation };
    return this.#converter.toRgba(picture, place.width, place.height);
  }

  /** Frees the memory. */
  close(): void {
    this.#converter = undefined;
    if (this.#context === undefined) return;
    const { canvas } = this.#context;
    [canvas.width, canvas.height] = [1, 1];
    this.#context = undefined;
  }
}

function newContext(width: number, height: number): OffscreenCanvasRenderingContext2D {
  // Kept in main memory, so that no GPU read-back is needed.
  const context = new OffscreenCanvas(width, height).getContext('2d', {
    ...{ willReadFrequently: true, alpha: false },
  });
  if (context === null) throw new MediaError('decoder_failed', 'no 2D canvas');
  context.imageSmoothingQuality = 'medium';
  return context;
}

/** Undefined for red, green and blue; null where nobody knows. */
function coloursOf(
  { layout }: PlaneFormat,
  { matrix, fullRange, transfer }: VideoColorSpace,
): YuvColours | undefined | null {
  if (layout === 'rgbx' || layout === 'bgrx') return undefined;
  const known = MATRICES[matrix ?? ''];
  if (known === undefined) return null;
  const curve = transfer as string | null; // TypeScript does not know those of high dynamic range yet
  return {
    ...{ matrix: known, fullRange: fullRange === true },
    ...(curve === 'pq' || curve === 'hlg' ? { transfer: curve } : {}),
  };
}
