/**
 * Runs the built product over a labelled set and prints how well it ranks and how honest its probabilities are:
 *
 *     npm run -s evaluate -- [--manifest FILE.csv] --root DIR [--split val] [--json] [--plots FILE.html]
 *                            [--crf N] [--scale S] [--every-frame]
 *
 * `--crf` and `--scale` re-encode every clip with x264 first (`ffmpeg` on the PATH), to see what is lost by that.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readDataset } from '../model-export/dataset-layouts.ts';
import { evaluationPage } from '../model-export/evaluation-plots.ts';
import { evaluation, type ClipResult, type Evaluation, type Summary } from '../model-export/evaluation.ts';
import { readManifest, type ManifestRow } from '../model-export/manifest-csv.ts';
import { reencode } from '../model-export/reencode.ts';
import type { VerdictRecord } from '../src/verdict/record.ts';
import { bitsPerPixel } from '../src/verdict/decide.ts';
import { openPipeline } from './pipeline.ts';

const USAGE = `Usage: npm run -s evaluate -- [--manifest FILE.csv] --root DIR [--split train|val] [--json] [--plots FILE.html] [--crf N] [--scale S]
The manifest needs the columns path, label (real|fake), kind; region (full|left-half|right-half), group, source and split are optional.
Without it DIR has a manifest.csv or is laid out as FaceForensics++, DFDC or Celeb-DF.`;

const { values } = parseArgs({
  options: {
    manifest: { type: 'string' },
    root: { type: 'string' },
    split: { type: 'string' },
    json: { type: 'boolean', default: false },
    plots: { type: 'string' },
    crf: { type: 'string' },
    scale: { type: 'string' },
    'every-frame': { type: 'boolean', default: false },
  },
});
if (values.root === undefined) {
  console.error(USAGE);
  process.exit(1);
}
const { root } = values;
const listed =
  values.manifest === undefined ? readDataset(root) : readManifest(await readFile(values.manifest, 'utf8'));
const rows = listed.filter((row) => values.split === undefined || row.split === values.split);
if (rows.length === 0) {
  const where = values.manifest ?? root;
  console.error(`No rows${values.split === undefined ? '' : ` with split ${values.split}`} in ${where}.`);
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'clearframe-evaluate-'));
const pipeline = await openPipeline();
const clips: ClipResult[] = [];
try {
  for (const row of rows) {
    const { record, timings } = await pipeline.analyze(clipFile(row), {
      region: row.region,
      everyFrame: values['every-frame'],
    });
    const clip = clipResult(row, record, timings.total);
    clips.push(clip);
    const answer = clip.score?.toFixed(3) ?? clip.reasons.join(',');
    console.error(
      `${clips.length}/${rows.length}\t${clip.label}\t${clip.outcome}\t${answer}\t${clip.path} ${clip.region}`,
    );
  }
} finally {
  await pipeline.close();
  rmSync(folder, { recursive: true });
}

const result = evaluation(clips);
if (values.plots !== undefined) writeFileSync(values.plots, evaluationPage(root, clips));
if (values.json) console.log(JSON.stringify(result));
else print(result);

/** The clip itself, or what x264 makes of it. */
function clipFile({ path }: ManifestRow): string {
  const file = join(root, path);
  return values.crf === undefined && values.scale === undefined ? file : reencode(file, folder, values);
}

function clipResult(row: ManifestRow, record: VerdictRecord, seconds: number): ClipResult {
  const { path, region, label, kind, source, group } = row;
  const { outcome, score, reasons, trackId } = record.verdict;
  const track = record.tracks.find(({ id }) => id === trackId);
  return {
    ...{ path, region, label, kind, source, group, outcome, score, reasons, seconds },
    frames: track?.frames.map((frame) => frame.score) ?? [],
    faceSize: track?.faceSize ?? null,
    bitsPerPixel: (record.media === null ? 0 : bitsPerPixel(record.media)) || null,
  };
}

function print({ overall, clips: all, ...subsets }: Evaluation): void {
  console.log('set\tAUC\t95 %\tframe AUC\tTPR at 1, 5, 10 % FPR\tECE\tpaired\treals\tfakes\tcannot tell');
  console.log(line('overall', overall));
  for (const [subset, summaries] of Object.entries(subsets)) {
    console.log(`by ${subset}`);
    for (const [name, summary] of Object.entries(summaries)) console.log(line(`  ${name}`, summary));
  }
  for (const [point, decision] of Object.entries(overall.decisions)) {
    const { falseAlarms, found, accuracy, precision, recall, f1 } = decision;
    console.log(
      `from ${point} on:\t${falseAlarms} of ${overall.reals} reals and ${found} of ${overall.fakes} fakes flagged; ` +
        `accuracy ${figure(accuracy)}, precision ${figure(precision)}, recall ${figure(recall)}, F1 ${figure(f1)}`,
    );
  }
  const seconds = all.reduce((sum, clip) => sum + clip.seconds, 0) / all.length;
  console.log(`${seconds.toFixed(1)} s per clip`);
}

function line(name: string, summary: Summary): string {
  const { aucInterval, paired } = summary;
  return [
    name,
    figure(summary.auc),
    aucInterval === null ? '-' : aucInterval.map(figure).join('..'),
    figure(summary.frameAuc),
    [summary.tprAtFpr1, summary.tprAtFpr5, summary.tprAtFpr10].map(figure).join(' '),
    figure(summary.ece),
    `${paired.right}/${paired.pairs}`,
    summary.reals,
    summary.fakes,
    summary.cannotTell,
  ].join('\t');
}

function figure(value: number | null): string {
  return value === null ? '-' : value.toFixed(3);
}
