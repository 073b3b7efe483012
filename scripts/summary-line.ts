import type { AnalysisResult } from '../src/analysis/index.ts';

/** One line for a human about one file: tab-separated name, outcome, score, tracks, what ran, seconds. */
export function summaryLine(name: string, { record, timings }: AnalysisResult): string {
  const { outcome, score, reasons } = record.verdict;
  return [
    name,
    outcome + (reasons.length > 0 ? ` (${reasons.join(', ')})` : ''),
    score === null ? '-' : `score ${score.toFixed(3)}`,
    `${record.tracks.length} tracks`,
    `${record.runtime.decoder ?? 'no decoder'}, ${record.runtime.backend ?? 'no backend'}`,
    `${timings.total.toFixed(1)} s`,
  ].join('\t');
}
