import { fitFrame } from './decoder.ts';
import { MediaError } from './types.ts';

/** Turns whatever a canvas can draw into upright RGBA bytes with at most `MAX_FRAME_SIDE` a side. */
export class PixelReader {
  readonly width: number;
  readonly height: number;
  readonly #canvas: OffscreenCanvas;
  readonly #context: OffscreenCanvasRenderingContext2D;

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

  /** Frees the canvas. */
  close(): void {
    this.#canvas.width = 1;
    this.#canvas.height = 1;
  }
}
