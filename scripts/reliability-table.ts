/**
 * `npx tsx scripts/reliability-table.ts [--report REPORT.json]`: writes the table at the top of docs/reliability.md. A report
 * is what `npm test -- --reporter=default --reporter=json --outputFile=REPORT.json` leaves, of all tests or of some: those of
 * faults and of the museum are counted first. `fuzz`, `long-run` and `determinism` leave their own figures, with `--save`.
 */
import { readFileSync } from 'node:fs';
import { MUSEUM } from '../tests/museum/catalogue.ts';
import { readArguments } from './refuse.ts';
import { saveRun, writeTable } from './reliability-runs.ts';

interface Report {
  testResults: { name: string; assertionResults: { status: string }[] }[];
}

const { values } = readArguments({ options: { report: { type: 'string' } } });
if (values.report !== undefined) countTests(JSON.parse(readFileSync(values.report, 'utf8')) as Report);
writeTable();

function countTests(report: Report): void {
  const faults = counted(report, 'tests/e2e/faults-');
  if (faults.tried > 0)
    saveRun({
      kind: 'faults',
      what: 'faults, each with a finished result before it and a file behind it',
      ...faults,
      // A test fails when a finished result is gone.
      lost: faults.failures,
      command: 'npx vitest run --project e2e tests/e2e/faults',
    });
  const museum = counted(report, 'tests/browser/museum.test');
  if (museum.tried > 0)
    saveRun({
      kind: 'museum',
      what: `tests of the ${MUSEUM.length} odd files of the museum, on both decoders`,
      ...museum,
      lost: null,
      command: 'npx vitest run --project browser tests/browser/museum.test.ts',
    });
}

/** Tests that were run, and those of them that did not pass. @param part of the path of their file */
function counted({ testResults }: Report, part: string): { tried: number; failures: number } {
  const states = testResults
    .filter(({ name }) => name.includes(part))
    .flatMap(({ assertionResults }) => assertionResults.map(({ status }) => status))
    .filter((status) => status === 'passed' || status === 'failed');
  return { tried: states.length, failures: states.filter((status) => status === 'failed').length };
}
