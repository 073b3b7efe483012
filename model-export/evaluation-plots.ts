/** ROC curve and reliability diagram of an evaluation, as one HTML page without scripts. */
import type { ClipResult } from './evaluation.ts';

const SIDE = 360;
const BORDER = 44;
const BINS = 10;

/** Points of the ROC curve, from (0, 0) to (1, 1): share of reals flagged, share of fakes flagged. */
export function rocPoints(clips: readonly ClipResult[]): [falseAlarms: number, found: number][] {
  const judged = clips.filter((clip): clip is ClipResult & { score: number } => clip.score !== null);
  const reals = judged.filter(({ label }) => label === 'real').length;
  const fakes = judged.length - reals;
  const falling = [...judged].sort((a, b) => b.score - a.score);
  const points: [number, number][] = [[0, 0]];
  let [falseAlarms, found] = [0, 0];
  for (const [index, { label, score }] of falling.entries()) {
    if (label === 'real') falseAlarms++;
    else found++;
    // Equal scores are flagged together.
    if (falling[index + 1]?.score !== score) points.push([falseAlarms / reals, found / fakes]);
  }
  return points;
}

/** Mean score and share of fakes of the clips in each bin that has any. */
export function reliabilityPoints(
  clips: readonly ClipResult[],
): { predicted: number; observed: number; clips: number }[] {
  const judged = clips.filter((clip): clip is ClipResult & { score: number } => clip.score !== null);
  return Array.from({ length: BINS }, (_, bin) =>
    judged.filter(({ score }) => Math.min(BINS - 1, Math.floor(score * BINS)) === bin),
  )
    .filter((inside) => inside.length > 0)
    .map((inside) => ({
      predicted: inside.reduce((sum, { score }) => sum + score, 0) / inside.length,
      observed: inside.filter(({ label }) => label === 'fake').length / inside.length,
      clips: inside.length,
    }));
}

export function evaluationPage(title: string, clips: readonly ClipResult[]): string {
  const at = (x: number, y: number): string =>
    `${(BORDER + x * SIDE).toFixed(1)},${(BORDER / 2 + (1 - y) * SIDE).toFixed(1)}`;
  const roc = `<polyline fill="none" stroke="#1d4ed8" stroke-width="2" points="${rocPoints(clips)
    .map(([x, y]) => at(x, y))
    .join(' ')}"/>`;
  const reliability = reliabilityPoints(clips)
    .map(({ predicted, observed, clips: count }) => {
      const [x, y] = at(predicted, observed).split(',');
      return `<circle cx="${x}" cy="${y}" r="${(3 + Math.sqrt(count)).toFixed(1)}" fill="#1d4ed8"/><text x="${Number(x) + 10}" y="${y}">${count}</text>`;
    })
    .join('');
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8">',
    `<title>${escapeHtml(title)}</title>`,
    '<style>body{font-family:sans-serif;margin:2em;background:#fff;color:#111}text{font-size:12px}</style>',
    `<h1>${escapeHtml(title)}</h1>`,
    '<h2>ROC</h2>',
    frame('share of reals flagged', 'share of fakes flagged', roc),
    '<h2>Reliability</h2><p>Numbers are clips. On the diagonal a score is the share of fakes.</p>',
    frame('score', 'share of fakes', reliability),
    '</html>',
  ].join('\n');
}

function frame(horizontal: string, vertical: string, inside: string): string {
  const [width, height] = [SIDE + 2 * BORDER, SIDE + 2 * BORDER];
  const bottom = BORDER / 2 + SIDE;
  return [
    `<svg viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="${vertical} against ${horizontal}">`,
    `<rect x="${BORDER}" y="${BORDER / 2}" width="${SIDE}" height="${SIDE}" fill="none" stroke="#bbb"/>`,
    `<line x1="${BORDER}" y1="${bottom}" x2="${BORDER + SIDE}" y2="${BORDER / 2}" stroke="#ddd"/>`,
    `<text x="${BORDER}" y="${bottom + 16}">0</text><text x="${BORDER + SIDE - 6}" y="${bottom + 16}">1</text>`,
    `<text x="${BORDER - 12}" y="${bottom}">0</text><text x="${BORDER - 12}" y="${BORDER / 2 + 10}">1</text>`,
    `<text x="${BORDER + SIDE / 2 - 50}" y="${bottom + 32}">${horizontal}</text>`,
    `<text x="14" y="${BORDER / 2 + SIDE / 2 + 50}" transform="rotate(-90 14 ${BORDER / 2 + SIDE / 2 + 50})">${vertical}</text>`,
    inside,
    '</svg>',
  ].join('');
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
