/** Two drawings for docs/performance.md, from the figures of one run. */
import type { StageRates } from './stages.ts';
import type { WalkFigures } from './walk.ts';

const [WIDTH, HEIGHT] = [720, 260];
const [LEFT, RIGHT, TOP, BOTTOM] = [70, 110, 46, 40];
const INK = '#1f2937';
const TONE = '#0e5a6e';

interface Spread {
  middle: number;
  low: number;
  high: number;
}

function spreadOf(list: readonly number[]): Spread {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
  return { middle, low: sorted[0]!, high: sorted.at(-1)! };
}

const text = (x: number, y: number, words: string, anchor = 'start'): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="${INK}">${words}</text>`;

function svg(title: string, parts: string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" font-family="sans-serif" font-size="13">`,
    `<title>${title}</title><rect width="100%" height="100%" fill="#fff"/>`,
    text(16, 24, title),
    ...parts,
    '</svg>\n',
  ].join('\n');
}

const lengthName = (seconds: number): string =>
  seconds < 60 ? `${seconds} s` : seconds < 3600 ? `${seconds / 60} min` : `${seconds / 3600} h`;

/** Seconds to the result against the length of the file; medians with smallest and largest. */
export function lengthPlot(byLength: WalkFigures['byLength']): string {
  const points = byLength.map(({ length, seconds }) => ({ length, ...spreadOf(seconds) }));
  const top = 1.15 * Math.max(...points.map(({ high }) => high));
  const [first, last] = [Math.log(points[0]!.length), Math.log(points.at(-1)!.length)];
  const x = (length: number): number =>
    LEFT + ((Math.log(length) - first) / (last - first)) * (WIDTH - LEFT - RIGHT);
  const y = (seconds: number): number => HEIGHT - BOTTOM - (seconds / top) * (HEIGHT - TOP - BOTTOM);
  return svg('Seconds to the result, hash included, by length of the file (720p H.264, one face, warm)', [
    `<path d="M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}" fill="none" stroke="#9ca3af"/>`,
    text(LEFT - 8, y(0) + 4, '0', 'end'),
    `<polyline fill="none" stroke="${TONE}" stroke-width="2" points="${points.map(({ length, middle }) => `${x(length).toFixed(1)},${y(middle).toFixed(1)}`).join(' ')}"/>`,
    ...points.flatMap(({ length, middle, low, high }) => [
      `<path d="M${x(length).toFixed(1)} ${y(low).toFixed(1)}V${y(high).toFixed(1)}" stroke="${TONE}"/>`,
      `<circle cx="${x(length).toFixed(1)}" cy="${y(middle).toFixed(1)}" r="4" fill="${TONE}"/>`,
      text(x(length) + 8, y(middle) - 10, `${middle.toPrecision(3)} s`),
      text(x(length), HEIGHT - BOTTOM + 20, lengthName(length), 'middle'),
    ]),
  ]);
}

/** What each stage has per image when it is alone, in milliseconds; the longest bar limits. */
export function stagePlot({ decode, faces, trunk, trunkWorkers }: StageRates): string {
  const rows: [string, number[]][] = [
    ['decoding, WebCodecs', decode.webcodecs],
    ['decoding, ffmpeg.wasm', decode.ffmpeg],
    ['faces', faces],
    [`trunk, ${trunkWorkers} worker${trunkWorkers === 1 ? '' : 's'}`, trunk],
  ];
  const bars = rows.map(([name, rates]) => ({ name, ...spreadOf(rates.map((rate) => 1000 / rate)) }));
  const longest = Math.max(...bars.map(({ middle }) => middle));
  const left = 180;
  return svg('Milliseconds per image of each stage alone (720p, every frame, one face)', [
    ...bars.flatMap(({ name, middle }, i) => {
      const y = TOP + i * 46;
      const width = (middle / longest) * (WIDTH - left - RIGHT - 40);
      return [
        text(left - 10, y + 20, name, 'end'),
        `<rect x="${left}" y="${y}" width="${width.toFixed(1)}" height="30" rx="4" fill="${TONE}"/>`,
        text(
          left + width + 8,
          y + 20,
          `${middle.toPrecision(3)} ms, ${(1000 / middle).toPrecision(3)} images/s`,
        ),
      ];
    }),
  ]);
}
