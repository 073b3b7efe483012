/** What was tried to break the product, how often, and what came of it: one small file per kind of run, in docs/reliability. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.ts';

export interface ReliabilityRun {
  /** Names the file; a later run of the same kind takes its place. */
  kind: string;
  /** What was tried, in words. */
  what: string;
  tried: number;
  /** How many broke a rule. */
  failures: number;
  /** Finished results that were gone afterwards; null where a run has none to lose. */
  lost: number | null;
  command: string;
  /** YYYY-MM-DD. */
  date: string;
  /** Of the product that was tried. */
  commit: string;
  versions: Record<string, string>;
  note?: string;
}

const FOLDER = join(root, 'docs/reliability');
const PAGE = join(root, 'docs/reliability.md');
const BEGIN = '<!-- Made by `npx tsx scripts/reliability-table.ts` of docs/reliability/*.json. -->';
const END = '<!-- End of the table. -->';

/** @param versions of what took part, besides Node */
export function saveRun(
  run: Omit<ReliabilityRun, 'date' | 'commit' | 'versions'>,
  versions: Record<string, string> = {},
): void {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: root }).toString().trim();
  const full: ReliabilityRun = {
    ...run,
    date: new Date().toISOString().slice(0, 10),
    commit: git('rev-parse', '--short', 'HEAD'),
    versions: { ...versions, Node: process.versions.node },
  };
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${run.kind}.json`), `${JSON.stringify(full, null, 2)}\n`);
}

export function readRuns(): ReliabilityRun[] {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as ReliabilityRun);
}

export function renderTable(runs: readonly ReliabilityRun[]): string {
  const rows = runs.map(({ what, tried, failures, lost, command, date, commit, versions, note }) => {
    const with_ = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
    const cells = [
      note === undefined ? what : `${what} (${note})`,
      tried.toLocaleString('en'),
      failures.toLocaleString('en'),
      lost === null ? 'none to lose' : lost.toLocaleString('en'),
      `\`${command}\``,
      `${date}, ${commit}; ${with_.join(', ')}`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const head = [
    'what was tried',
    'how many',
    'broke a rule',
    'finished results lost',
    'command',
    'when, which code',
  ];
  return [`| ${head.join(' | ')} |`, `| ${head.map(() => '---').join(' | ')} |`, ...rows].join('\n');
}

/** The table as docs/reliability.md has it. */
export function tableInPage(): string {
  const text = readFileSync(PAGE, 'utf8');
  return text.slice(text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)).trim();
}

export function writeTable(): void {
  const text = readFileSync(PAGE, 'utf8');
  const [start, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (start < 0 || end < start) throw new Error(`${PAGE} has no place for the table`);
  writeFileSync(
    PAGE,
    `${text.slice(0, start + BEGIN.length)}\n\n${renderTable(readRuns())}\n\n${text.slice(end)}`,
  );
}
