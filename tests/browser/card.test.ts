import { afterEach, expect, it, vi } from 'vitest';
import { verdictCard } from '../../src/share/card.ts';

afterEach(() => vi.restoreAllMocks());

it('writes every line of the small print whole, however long', async () => {
  const written: { text: string; width: number }[] = [];
  const { fillText } = OffscreenCanvasRenderingContext2D.prototype;
  vi.spyOn(OffscreenCanvasRenderingContext2D.prototype, 'fillText').mockImplementation(function (
    this: OffscreenCanvasRenderingContext2D,
    text,
    x,
    y,
  ) {
    written.push({ text, width: this.measureText(text).width });
    fillText.call(this, text, x, y);
  });
  const facts = [
    'short',
    `SHA-256 del archivo: ${'0123456789abcdef'.repeat(4)}`,
    'a long sentence '.repeat(12),
  ];
  const picture = await verdictCard({
    kicker: 'kicker',
    title: 'title',
    text: 'text',
    facts,
    brand: 'brand',
    colours: { paper: '#fff', ink: '#000', soft: '#555', tone: '#00f' },
    rightToLeft: false,
    font: 'sans-serif',
  });
  expect(picture.type).toBe('image/png');
  for (const fact of facts) {
    const found = written.find(({ text }) => text === fact);
    expect(found?.width).toBeLessThanOrEqual(1200 - 2 * 72 + 1);
  }
});
