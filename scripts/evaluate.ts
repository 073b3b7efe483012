/**
 * Runs the built product over a labelled set and prints how well it ranks and how honest its probabilities are:
 *
 *     npm run -s evaluate -- [--manifest FILE.csv] --root DIR [--split val] [--json] [--plots FILE.html]
 *                            [--crf N] [--scale S] [--conditions] [--every-frame]
 *
 * `--crf` and `--scale` re-encode every clip with x264 first (`ffmpeg` on the PATH), to see what is lost by that;
 * `--conditions` also measures every clip in all the usual re-encodings (`model-export/reencode.ts`).
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { readDataset } from '../model-export/dataset-layouts.ts';
import { evaluationPage } from '../model-export/evaluation-plots.ts';
import {
  evaluation,
  summarize,
  type ClipResult,
  type Evaluation,
  type Interval,
  type Summary,
} from '../model-export/evaluation.ts';
import { readManifest, type ManifestRow } from '../model-export/manifest-csv.ts';
import {
  checkReencoding,
  describeReencoding,
  hasFfmpeg,
  isOriginal,
  reencode,
  reencodingOf,
  USUAL_REENCODINGS,
  type Reencoding,
} from '../model-export/reencode.ts';
import type { VerdictRecord } from '../src/verdict/record.ts';
import { bitsPerPixel } from '../src/verdict/decide.ts';
import { openPipeline } from './pipeline.ts';
import { refuse } from './refuse.ts';

const USAGE = `Usage: npm run -s evaluate -- [--manifest FILE.csv] --root DIR [--split train|val|test] [--json] [--plots FILE.html] [--crf N] [--scale S] [--conditions] [--every-frame]
The manifest needs the columns path, label (real|fake), kind; region (full|left-half|right-half), group, source and split are optional.
Without it DIR has a manifest.csv or is laid out as FaceForensics++, DFDC or Celeb-DF.`;

const values = orRefuse(
  () =>
    parseArgs({
      options: {
        manifest: { type: 'string' },
        root: { type: 'string' },
        split: { type: 'string' },
        json: { type: 'boolean', default: false },
        plots: { type: 'string' },
        crf: { type: 'string' },
        scale: { type: 'string' },
        conditions: { type: 'boolean', default: false },
        'every-frame': { type: 'boolean', default: false },
      },
    }).values,
  USAGE,
);
const { manifest, root = refuse(USAGE) } = values;
const listed = orRefuse(() =>
  manifest === undefined ? readDataset(root) : readManifest(readFileSync(manifest, 'utf8')),
);
const rows = listed.filter((row) => values.split === undefined || row.split === values.split);
if (rows.length === 0)
  refuse(`No rows${values.split === undefined ? '' : ` with split ${values.split}`} in ${manifest ?? root}.`);
// Hours later would be too late.
const missing = rows.filter(({ path }) => !existsSync(join(root, path)));
if (missing.length > 0)
  refuse(`${missing.length} of ${rows.length} clips are not in ${root}, the first is ${missing[0]!.path}.`);
if (values.plots !== undefined && !existsSync(dirname(values.plots)))
  refuse(`--plots ${values.plots}: there is no such folder.`);
const given = reencodingOf(values);
orRefuse(() => checkReencoding(given));
if ((values.conditions || !isOriginal(given)) && !hasFfmpeg())
  refuse('--conditions, --crf and --scale re-encode clips by ffmpeg, and there is none on the PATH.');

const folder = mkdtempSync(join(tmpdir(), 'clearframe-evaluate-'));
const pipeline = await openPipeline();
let model: string | null = null;
const conditions: Record<string, Summary> = {};
let clips: ClipResult[];
try {
  clips = await judge(given);
  for (const how of values.conditions ? USUAL_REENCODINGS : [])
    conditions[describeReencoding(how)] = summarize(await judge(how));
} finally {
  await pipeline.close();
  rmSync(folder, { recursive: true });
}

const result: Evaluation = {
  ...evaluation(clips, { model, split: values.split ?? null }),
  ...(values.conditions && { conditions }),
};
if (values.json) console.log(JSON.stringify(result));
else print(result);
if (values.plots !== undefined) writeFileSync(values.plots, evaluationPage(root, clips));

function orRefuse<T>(read: () => T, ...more: string[]): T {
  try {
    return read();
  } catch (error) {
    return refuse((error as Error).message, ...more);
  }
}

async function judge(how: Reencoding): Promise<ClipResult[]> {
  const judged: ClipResult[] = [];
  for (const row of rows) {
    const file = encoded(row, how);
    if (file === null) continue;
    const { record, timings } = await pipeline.analyze(file, {
      region: row.region,
      everyFrame: values['every-frame'],
    });
    model ??= record.model?.sha256 ?? null;
    const clip = clipResult(row, record, timings.total);
    judged.push(clip);
    const answer = clip.score?.toFixed(3) ?? clip.reasons.join(',');
    console.error(
      `${judged.length}/${rows.length}\t${clip.label}\t${clip.outcome}\t${answer}\t${clip.path} ${clip.region}`,
    );
  }
  return judged;
}

/** The clip's file, or null for one that cannot be re-encoded: what is finished by then must not be lost with it. */
function encoded({ path }: ManifestRow, how: Reencoding): string | null {
  const file = join(root, path);
  try {
    return isOriginal(how) ? file : reencode(file, folder, how);
  } catch {
    // ffmpeg itself has said why.
    console.error(`${path} cannot be re-encoded (${describeReencoding(how)}) and is left out.`);
    return null;
  }
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

function print({ overall, clips: all, model: _model, split: _split, ...subsets }: Evaluation): void {
  console.log(
    'set\tAUC\t95 %\tAUC by group\tframe AUC\tTPR at 1, 5, 10 % FPR\tECE\tpaired\treals\tfakes\tcannot tell',
  );
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
  console.log('95 % intervals, by bootstrap over groups');
  for (const [name, interval] of Object.entries(overall.intervals))
    console.log(`  ${name}\t${range(interval)}`);
  if (all.length === 0) return;
  const seconds = all.reduce((sum, clip) => sum + clip.seconds, 0) / all.length;
  console.log(`${seconds.toFixed(1)} s per clip`);
}

function line(name: string, summary: Summary): string {
  const { intervals, paired } = summary;
  return [
    name,
    figure(summary.auc),
    range(intervals.auc),
    `${figure(summary.byGroup.auc)} of ${summary.byGroup.realGroups} and ${summary.byGroup.fakeGroups}`,
    figure(summary.frameAuc),
    [summary.tprAtFpr1, summary.tprAtFpr5, summary.tprAtFpr10].map(figure).join(' '),
    figure(summary.ece),
    `${paired.right}/${paired.pairs}`,
    summary.reals,
    summary.fakes,
    summary.cannotTell,
  ].join('\t');
}

function range(interval: Interval | null): string {
  return interval === null ? '-' : interval.map(figure).join('..');
}

function figure(value: number | null): string {
  return value === null ? '-' : value.toFixed(3);
}
