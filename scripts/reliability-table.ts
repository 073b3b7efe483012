/**
 * `npx tsx scripts/reliability-table.ts [--faults REPORT.json] [--museum REPORT.json]`: writes the table at the top of
 * docs/reliability.md. A report is what `npx vitest run ... --reporter=json --outputFile=REPORT.json` leaves; its tests are
 * counted first. `fuzz`, `long-run` and `determinism` leave their own figures, with `--save`.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { MUSEUM } from '../tests/museum/catalogue.ts';
import { saveRun, writeTable } from './reliability-runs.ts';

interface Report {
  numTotalTests: number;
  numPassedTests: number;
  numPendingTests: number;
}

const { values } = parseArgs({ options: { faults: { type: 'string' }, museum: { type: 'string' } } });

/** Tests that were run, and those of them that failed. */
function counted(path: string): { tried: number; failures: number } {
  const report = JSON.parse(readFileSync(path, 'utf8')) as Report;
  const tried = report.numTotalTests - report.numPendingTests;
  return { tried, failures: tried - report.numPassedTests };
}

if (values.faults !== undefined) {
  const { tried, failures } = counted(values.faults);
  saveRun({
    kind: 'faults',
    what: 'faults, each with a finished result before it and a file behind it',
    tried,
    failures,
    // A test fails when a finished result is gone.
    lost: failures,
    command: 'npx vitest run --project e2e tests/e2e/faults',
  });
}
if (values.museum !== undefined) {
  saveRun({
    kind: 'museum',
    what: `tests of the ${MUSEUM.length} odd files of the museum, on both decoders`,
    ...counted(values.museum),
    lost: null,
    command: 'npx vitest run --project browser tests/browser/museum.test.ts',
  });
}
writeTable();
