import type { AnalysisResult } from '../src/analysis/index.ts';
import { en } from '../src/app/language/en.ts';

/**
 * One line for a human about one file: tab-separated path, outcome, score, tracks, what ran, seconds, and for an outcome
 * that says nothing, the page's own sentence on why and what to do. File names come from anybody: what would steer a
 * terminal, or start another line or column, is a question mark.
 */
export function summaryLine(path: string, { record, timings }: AnalysisResult): string {
  const { outcome, score, reasons } = record.verdict;
  return [
    path.replace(/\p{C}/gu, '?'),
    outcome + (reasons.length > 0 ? ` (${reasons.join(', ')})` : ''),
    score === null ? '-' : `score ${score.toFixed(3)}`,
    `${record.tracks.length} tracks`,
    `${record.runtime.decoder ?? 'no decoder'}, ${record.runtime.backend ?? 'no backend'}`,
    `${timings.total.toFixed(1)} s`,
    ...(reasons.length > 0 ? [reasons.map((reason) => en.reasons[reason]).join(' ')] : []),
  ].join('\t');
}
