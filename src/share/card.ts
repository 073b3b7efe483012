/** Words and colours of a picture of a verdict; all of them are the caller's. */
export interface CardContent {
  /** Who says so: a picture is a claim like a link. */
  kicker: string;
  title: string;
  text: string;
  /** Small print, a line each, six at most: what was looked at, how often such an answer is wrong, fingerprint, detector, date. */
  facts: string[];
  brand: string;
  colours: { paper: string; ink: string; soft: string; tone: string };
  rightToLeft: boolean;
  font: string;
}

/** The size that link previews and messengers show whole. */
const WIDTH = 1200;
const HEIGHT = 630;
const MARGIN = 72;
/** Of the small print. */
const SMALL = 22;
const LINE = 1.28;
/** Below the last line. */
const FOOT = 36;

/** Draws a verdict as a PNG of 1200 × 630 pixels. It holds no picture of the video: a face is not passed on by accident. */
export async function verdictCard(content: CardContent): Promise<Blob> {
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  const context = canvas.getContext('2d')!;
  const { paper, ink, soft, tone } = content.colours;
  context.fillStyle = paper;
  context.fillRect(0, 0, WIDTH, HEIGHT);
  context.fillStyle = tone;
  context.fillRect(content.rightToLeft ? WIDTH - 20 : 0, 0, 20, HEIGHT);
  context.direction = content.rightToLeft ? 'rtl' : 'ltr';
  context.textAlign = 'start';
  context.textBaseline = 'alphabetic';
  const x = content.rightToLeft ? WIDTH - MARGIN : MARGIN;

  /** Writes a text in lines that fit and returns where the next one may stand. */
  const write = (
    text: string,
    y: number,
    size: number,
    weight: number,
    colour: string,
    most: number,
  ): number => {
    context.font = `${weight} ${size}px ${content.font}`;
    context.fillStyle = colour;
    const lines = wrapped(text, WIDTH - 2 * MARGIN, (line) => context.measureText(line).width);
    for (const line of lines.slice(0, most)) context.fillText(line, x, (y += size * LINE));
    return y;
  };

  // At the end of the first line, which the kicker begins.
  context.textAlign = 'end';
  context.font = `650 28px ${content.font}`;
  context.fillStyle = ink;
  context.fillText(content.brand, WIDTH - x, 44 + 28 * LINE);
  context.textAlign = 'start';
  let y = write(content.kicker, 44, 28, 400, soft, 1);
  y = write(content.title, y + 16, 68, 650, tone, 2);
  write(content.text, y + 16, 32, 400, ink, 5);
  // Written smaller where it needs to be: a fingerprint that is cut off is none.
  context.fillStyle = soft;
  for (const [index, fact] of content.facts.entries()) {
    const font = (size: number): string => `400 ${size}px ${content.font}`;
    context.font = font(SMALL);
    const { width } = context.measureText(fact);
    context.font = font(SMALL * Math.min(1, (WIDTH - 2 * MARGIN) / width));
    context.fillText(fact, x, HEIGHT - FOOT - LINE * SMALL * (content.facts.length - 1 - index));
  }
  return canvas.convertToBlob({ type: 'image/png' });
}

/** Words in lines no wider than `width`; a word that is wider has a line of its own. */
export function wrapped(text: string, width: number, measure: (line: string) => number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && measure(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
