import type { EvidenceCrop } from '../analysis/index.ts';

/** Draws a crop's RGB bytes on a canvas of its size. A Svelte action. */
export function drawCrop(canvas: HTMLCanvasElement, { size, rgb }: EvidenceCrop): void {
  const pixels = new ImageData(size, size);
  for (let i = 0; i < size * size; i++) {
    pixels.data[4 * i] = rgb[3 * i]!;
    pixels.data[4 * i + 1] = rgb[3 * i + 1]!;
    pixels.data[4 * i + 2] = rgb[3 * i + 2]!;
    pixels.data[4 * i + 3] = 255;
  }
  canvas.getContext('2d')!.putImageData(pixels, 0, 0);
}
