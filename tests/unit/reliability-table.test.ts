import { describe, expect, it } from 'vitest';
import { readRuns, renderTable, tableInPage, type ReliabilityRun } from '../../scripts/reliability-runs.ts';

describe('the table of docs/reliability.md', () => {
  it('is what docs/reliability/*.json say', () => {
    expect(tableInPage()).toBe(renderTable(readRuns()));
  });

  it('tells no failure and no loss', () => {
    for (const { kind, tried, failures, lost } of readRuns()) {
      expect(tried, kind).toBeGreaterThan(0);
      expect([failures, lost ?? 0], kind).toEqual([0, 0]);
    }
  });

  it('has one row per run, with what was lost and where the figure comes from', () => {
    const run: ReliabilityRun = {
      kind: 'links',
      what: 'links',
      tried: 100_002,
      failures: 1,
      lost: null,
      command: 'npm run -s fuzz',
      date: '2026-11-25',
      commit: 'abc1234',
      versions: { Node: '20' },
      note: 'seed 1',
    };
    expect(renderTable([run]).split('\n').at(-1)).toBe(
      '| links (seed 1) | 100,002 | 1 | none to lose | `npm run -s fuzz` | 2026-11-25, abc1234; Node 20 |',
    );
  });
});
