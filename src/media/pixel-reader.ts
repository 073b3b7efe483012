import { fitFrame } from './decoder.ts';
import { MediaError } from './types.ts';

/**
 * Formats of 8 bit without transparency: of these `copyTo` gives the very bytes that drawing gives. Drawing a frame on a
 * canvas in main memory costs a picture's memory that comes back only with the end of the tab (Chromium 156).
 */
const COPIED_FORMATS: readonly (string | null)[] = ['I420', 'I422', 'I444', 'NV12', 'RGBX', 'BGRX'];
/** Brighter than a screen: drawing maps these to what one can show. */
const HDR_TRANSFERS: readonly unknown[] = ['pq', 'hlg'];

/** Turns whatever a canvas can draw into upright RGBA bytes with at most `MAX_FRAME_SIDE` a side. */
export class PixelReader {
  readonly width: number;
  readonly height: number;
  readonly #canvas: OffscreenCanvas;
  readonly #context: OffscreenCanvasRenderingContext2D;
  /** Holds a copied frame as it was coded, when it still has to be turned or scaled. */
  #coded: OffscreenCanvas | undefined;

  /**
   * @param displayWidth of the source, in pixels, after rotation and pixel aspect ratio
   * @throws MediaError `decoder_failed` without a 2D canvas
   */
  constructor(
    readonly displayWidth: number,
    readonly displayHeight: number,
  ) {
    const { width, height } = fitFrame(displayWidth, displayHeight);
    this.width = width;
    this.height = height;
    this.#canvas = new OffscreenCanvas(width, height);
    // Drawing handles rotation, pixel aspect ratio, scaling, 10 bit and HDR in one step, where VideoFrame.copyTo gives
    // the coded picture only. `willReadFrequently` keeps the canvas in main memory, so that no GPU read-back is needed.
    const context = this.#canvas.getContext('2d', { willReadFrequently: true, alpha: false });
    if (context === null) throw new MediaError('decoder_failed', 'no 2D canvas');
    context.imageSmoothingQuality = 'medium';
    this.#context = context;
  }

  /** @param draw is to fill the whole canvas, which has this reader's width and height */
  read(draw: (context: OffscreenCanvasRenderingContext2D) => void): Uint8ClampedArray {
    draw(this.#context);
    return this.#context.getImageData(0, 0, this.width, this.height).data;
  }

  /**
   * @param turned the frame is not upright yet
   * @param draw as in `read`, from the frame or from a canvas that shows it as it was coded
   */
  async readFrame(
    frame: VideoFrame,
    turned: boolean,
    draw: (context: OffscreenCanvasRenderingContext2D, source: VideoFrame | OffscreenCanvas) => void,
  ): Promise<Uint8ClampedArray> {
    const copied = await copy(frame);
    if (copied === null) return this.read((context) => draw(context, frame));
    if (!turned && copied.width === this.width && copied.height === this.height) return copied.data;
    const { width, height } = copied;
    if (this.#coded?.width !== width || this.#coded.height !== height)
      this.#coded = new OffscreenCanvas(width, height);
    const coded = this.#coded;
    coded.getContext('2d', { willReadFrequently: true, alpha: false })!.putImageData(copied, 0, 0);
    return this.read((context) => draw(context, coded));
  }

  /** Frees the canvas. */
  close(): void {
    this.#coded = undefined;
    this.#canvas.width = 1;
    this.#canvas.height = 1;
  }
}

/** The frame's visible part as RGBA; null where the browser has to draw it. */
async function copy(frame: VideoFrame): Promise<ImageData | null> {
  const { format, visibleRect, colorSpace } = frame;
  if (visibleRect === null || !COPIED_FORMATS.includes(format) || HDR_TRANSFERS.includes(colorSpace.transfer))
    return null;
  const image = new ImageData(visibleRect.width, visibleRect.height);
  try {
    await frame.copyTo(image.data, { format: 'RGBA', colorSpace: 'srgb' });
    return image;
  } catch {
    return null; // older browsers copy in the frame's own format only
  }
}
