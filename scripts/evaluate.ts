/**
 * `npm run -s evaluate -- [--manifest FILE.csv] --root DIR [--split val] [--json]`: runs the built product over a labelled
 * set and prints how well it ranks and how honest its probabilities are, overall and by kind of manipulation.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Region } from '../src/analysis/index.ts';
import type { Outcome } from '../src/verdict/types.ts';
import { readDataset } from '../model-export/dataset-layouts.ts';
import { readManifest } from '../model-export/manifest-csv.ts';
import { summarize, type ClipScore, type Evaluation, type Summary } from '../model-export/metrics.ts';
import { openPipeline } from './pipeline.ts';

const USAGE =
  'Usage: npm run -s evaluate -- [--manifest FILE.csv] --root DIR [--split train|val] [--json]\n' +
  'The manifest needs the columns path, label (real|fake), kind; region (full|left-half|right-half) and split are optional.\n' +
  'Without it DIR has a manifest.csv or is laid out as FaceForensics++, DFDC or Celeb-DF.';

const { values } = parseArgs({
  options: {
    manifest: { type: 'string' },
    root: { type: 'string' },
    split: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
if (values.root === undefined) {
  console.error(USAGE);
  process.exit(1);
}

interface ClipResult extends ClipScore {
  path: string;
  region: Region;
  outcome: Outcome;
  reasons: string[];
  seconds: number;
}

const listed =
  values.manifest === undefined
    ? readDataset(values.root)
    : readManifest(await readFile(values.manifest, 'utf8'));
const rows = listed.filter((row) => values.split === undefined || row.split === values.split);
if (rows.length === 0) {
  console.error(
    `No rows${values.split === undefined ? '' : ` with split ${values.split}`} in ${values.manifest ?? values.root}.`,
  );
  process.exit(1);
}

const pipeline = await openPipeline();
const clips: ClipResult[] = [];
try {
  for (const { path, region, label, kind } of rows) {
    const { record, timings } = await pipeline.analyze(join(values.root, path), { region });
    const { outcome, score, reasons } = record.verdict;
    clips.push({ path, region, label, kind, outcome, score, reasons, seconds: timings.total });
    console.error(
      `${clips.length}/${rows.length}\t${label}\t${outcome}\t${score?.toFixed(3) ?? reasons.join(',')}\t${path} ${region}`,
    );
  }
} finally {
  await pipeline.close();
}

const { overall, kinds } = summarize(clips);
if (values.json) {
  const evaluation: Evaluation = {
    overall,
    kinds,
    clips: clips.map(({ path, region, label, outcome, score }) => ({ path, region, label, outcome, score })),
  };
  console.log(JSON.stringify(evaluation));
} else {
  console.log('set\tAUC\tTPR at 5 % FPR\tECE\treals\tfakes\tcannot tell');
  for (const [name, summary] of [['overall', overall] as const, ...Object.entries(kinds)])
    console.log(row(name, summary));
  const counts = outcomeCounts();
  for (const label of ['real', 'fake'] as const) {
    console.log(
      `${label}:\t${Object.entries(counts[label])
        .map(([outcome, n]) => `${outcome} ${n}`)
        .join(', ')}`,
    );
  }
}

function row(name: string, { auc, tprAtFpr5, ece, reals, fakes, cannotTell }: Summary): string {
  const figure = (value: number | null): string => (value === null ? '-' : value.toFixed(3));
  return [name, figure(auc), figure(tprAtFpr5), figure(ece), reals, fakes, cannotTell].join('\t');
}

function outcomeCounts(): Record<'real' | 'fake', Record<Outcome, number>> {
  const none = (): Record<Outcome, number> => ({ strong: 0, some: 0, none: 0, 'cannot-tell': 0 });
  const counts = { real: none(), fake: none() };
  for (const { label, outcome } of clips) counts[label][outcome]++;
  return counts;
}
