/** A camera for a page in a browser that has none: a canvas that shows a portrait. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { root } from '../../scripts/root.ts';

/** From the next page on, the camera shows the portrait, and so does a shared screen. */
export async function giveCamera(page: Page): Promise<void> {
  const portrait = readFileSync(join(root, 'tests/fixtures/faces/astronaut.jpg')).toString('base64');
  // Run by tsx, functions keep their names by this helper, which the page does not have.
  await page.addInitScript({ content: 'globalThis.__name ??= (one) => one;' });
  await page.addInitScript((portrait) => {
    const devices = {
      getUserMedia: async (): Promise<MediaStream> => {
        const blob = new Blob([Uint8Array.from(atob(portrait), (one) => one.charCodeAt(0))]);
        const picture = await createImageBitmap(blob);
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [480, 360];
        const context = canvas.getContext('2d')!;
        // A camera's pictures are never twice the same.
        let count = 0;
        const timer = setInterval(() => context.drawImage(picture, -20 - (count++ % 8), -10), 100);
        const stream = canvas.captureStream(10);
        stream.getTracks()[0]!.addEventListener('ended', () => clearInterval(timer));
        return stream;
      },
    };
    const value = { ...devices, getDisplayMedia: devices.getUserMedia };
    Object.defineProperty(navigator, 'mediaDevices', { value });
  }, portrait);
}
