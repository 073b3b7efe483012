/** Curves of a run as one HTML page without scripts. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

interface LogEntry {
  step: number;
  stage?: string;
  loss?: number;
  rate?: number;
  imagesPerSecond?: number;
  validation?: Record<string, number | null>;
}

interface Curve {
  name: string;
  points: [number, number][];
}

const COLOURS = ['#2563eb', '#dc2626', '#059669', '#d97706', '#7c3aed', '#0891b2', '#be185d', '#4d7c0f'];
const WIDTH = 860;
const HEIGHT = 260;

function chart(title: string, curves: Curve[]): string {
  const points = curves.flatMap((curve) => curve.points);
  if (points.length === 0) return '';
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [x0, x1] = [Math.min(...xs), Math.max(...xs, Math.min(...xs) + 1)];
  const low = Math.min(...ys);
  const high = Math.max(...ys, low + 1e-9);
  const place = ([x, y]: [number, number]): string =>
    `${(50 + ((x - x0) / (x1 - x0)) * (WIDTH - 70)).toFixed(1)},${(20 + ((high - y) / (high - low)) * (HEIGHT - 50)).toFixed(1)}`;
  const lines = curves.map(
    ({ points: path }, index) =>
      `<polyline fill="none" stroke="${COLOURS[index % COLOURS.length]}" stroke-width="1.5" points="${path.map(place).join(' ')}"/>`,
  );
  const legend = curves.map(({ name, points: path }, index) => {
    const last = path[path.length - 1]?.[1].toPrecision(3) ?? '';
    return `<span style="color:${COLOURS[index % COLOURS.length]}">${name} ${last}</span>`;
  });
  const text = (x: number, y: number, value: string): string =>
    `<text x="${x}" y="${y}" font-size="11">${value}</text>`;
  return [
    `<h2>${title}</h2><p>${legend.join(' &nbsp; ')}</p>`,
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}"><rect x="50" y="20" width="${WIDTH - 70}" height="${HEIGHT - 50}" fill="none" stroke="#ccc"/>`,
    text(4, 26, high.toPrecision(3)),
    text(4, HEIGHT - 28, low.toPrecision(3)),
    text(50, HEIGHT - 12, `step ${x0}`),
    text(WIDTH - 90, HEIGHT - 12, `step ${x1}`),
    ...lines,
    '</svg>',
  ].join('\n');
}

/** Reads `log.jsonl`, writes an HTML page with the curves of loss, learning rate, speed and validation. */
export function writePlot(logFile: string, htmlFile: string): void {
  if (!existsSync(logFile)) return;
  const entries = readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogEntry);
  const curve = (name: string, pick: (entry: LogEntry) => number | null | undefined): Curve => ({
    name,
    points: entries.flatMap((entry) => {
      const value = pick(entry);
      return typeof value === 'number' && Number.isFinite(value)
        ? [[entry.step, value] as [number, number]]
        : [];
    }),
  });
  const figures = [...new Set(entries.flatMap((entry) => Object.keys(entry.validation ?? {})))];
  const page = [
    '<!doctype html><meta charset="utf-8"><title>Training</title><style>body{font-family:sans-serif;margin:2em;background:#fff;color:#111}</style>',
    chart('Loss', [curve('training', (entry) => entry.loss)]),
    chart(
      'Validation (AUC)',
      figures.map((figure) => curve(figure, (entry) => entry.validation?.[figure])),
    ),
    chart('Learning rate', [curve('rate', (entry) => entry.rate)]),
    chart('Images per second', [curve('speed', (entry) => entry.imagesPerSecond)]),
  ];
  writeFileSync(htmlFile, page.join('\n'));
}
