/**
 * Writes docs/model-card.md from the shipped manifest and from what the built product scored:
 *
 *     npm run -s evaluate -- --root DIR --split val --json > .cache/evaluation.json
 *  *     npx tsx model-export/model-card.ts --evaluation .cache/evaluation.json [--worse 'NAME=FILE.json']...
 *
 * `--worse` adds the same clips after a re-encoding (`evaluate --crf N --scale S`).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../scripts/root.ts';
import { flops, paramCount } from '../src/detector/network.ts';
import { parseManifest, type ModelManifest } from '../src/detector/manifest.ts';
import type { Outcome } from '../src/verdict/types.ts';
import type { OutOfFold, Point } from './calibrate.ts';
import type { Evaluation, Summary } from './evaluation.ts';
import { wilsonInterval } from './metrics.ts';

const { values } = parseArgs({
  options: {
    evaluation: { type: 'string' },
    worse: { type: 'string', multiple: true, default: [] },
    out: { type: 'string', default: 'docs/model-card.md' },
  },
});
if (values.evaluation === undefined) {
  console.error(
    "Usage: npx tsx model-export/model-card.ts --evaluation FILE.json [--worse 'NAME=FILE.json']... [--out docs/model-card.md]",
  );
  process.exit(1);
}
const manifest = parseManifest(JSON.parse(readFileSync(join(root, 'public/model/manifest.json'), 'utf8')));
const read = (file: string): Evaluation => JSON.parse(readFileSync(file, 'utf8')) as Evaluation;
const worse = values.worse.map((pair): [name: string, measured: Evaluation] => {
  const [name, file] = pair.split('=', 2);
  if (!name || !file) throw new Error(`--worse takes NAME=FILE.json, not ${pair}`);
  return [name, read(file)];
});
writeFileSync(join(root, values.out), card(manifest, read(values.evaluation), worse));

function card(
  model: ModelManifest,
  measured: Evaluation,
  degraded: readonly (readonly [name: string, measured: Evaluation])[],
): string {
  const { config, sampling, operatingPoints } = model;
  const { outOfFold } = model.quality as { outOfFold: Record<Point, OutOfFold> };
  const { depths, cardinality, widthPerGroup } = config.trunk;
  const megabytes = model.files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  const judged = measured.overall.reals + measured.overall.fakes;
  return `# Model card: ${model.name}, version ${model.version}

Written by \`model-export/model-card.ts\` from \`public/model/manifest.json\` and an evaluation of the built product; change
those, not this page.

## What it is

A ResNeXt (${depths.join('-')} blocks, ${cardinality}x${widthPerGroup}d) gives features of every face crop, a ${config.lstm.bidirectional ? 'bidirectional ' : ''}LSTM of ${config.lstm.units} units reads
sequences of ${config.sequenceLength} crops, a dense layer gives a logit per frame. ${(paramCount(config) / 1e6).toFixed(2)} million weights, ${megabytes.toFixed(1)} MB on disk,
${(flops(config) / 1e6).toFixed(0)} million floating-point operations per crop of ${config.inputSize} x ${config.inputSize} pixels. It looks at ${sampling.framesPerSecond} frames per
second, in at most ${sampling.maxSegments} runs of ${sampling.framesPerSegment} frames. A face's score is the trimmed mean of its frames' logits, calibrated; the
video follows its worst face that is large, sharp and long enough.

It was trained from random weights on a CPU, by \`model-export/train.ts\`. It is for checking whether faces show traces of
swaps and reenactments. It is not for judging persons, and no outcome of it is proof.

## How good it is

Measured with the built product (\`npm run -s evaluate\`, ${measured.clips.length} clips of the val split, of which ${measured.overall.cannotTell} ended in
*cannot tell* and count nowhere else). Val has other people and other footage than train, but is small; operating points
and calibration were chosen on it too, so an independent set will show worse figures. Kinds of fakes stand against all
reals; sources for themselves.

${table(
  [
    '',
    'AUC',
    '95 % interval',
    'AUC of single frames',
    'found at 5 % false alarms',
    'fakes above their original',
    'calibration error',
    'reals',
    'fakes',
    'cannot tell',
  ],
  [
    row('all', measured.overall),
    ...Object.entries(measured.kinds).map(([kind, summary]) => row(kind, summary)),
    ...Object.entries(measured.sources).map(([source, summary]) => row(source, summary)),
  ],
)}

What people see, of the ${judged} clips that could be judged:

${table(
  ['', 'strong signs', 'some signs', 'no signs found', 'clips'],
  (['real', 'fake'] as const).map((label) => outcomes(label, measured)),
)}

${intervalSentence(measured)}

## Small faces, strong compression

Reals and fakes alone, by the size of the face and by the bits that the file spends on a pixel${degraded.length === 0 ? '' : ', and the same clips after another encoder'}. *Flagged* is
*some signs* or *strong signs*.

${table(
  ['', 'AUC', '95 % interval', 'fakes above their original', 'reals flagged', 'fakes flagged', 'cannot tell'],
  [
    qualityRow('all, as they are', measured.overall),
    ...Object.entries(measured.faceSizes).map(([name, summary]) => qualityRow(`face ${name}`, summary)),
    ...Object.entries(measured.compressions).map(([name, summary]) => qualityRow(name, summary)),
    ...degraded.map(([name, { overall }]) => qualityRow(`all, ${name}`, overall)),
  ],
)}

## Operating points

${table(
  [
    '',
    'from a score of',
    'real clips above it',
    'when set on four fifths and counted on the last fifth: reals above',
    'fakes above',
  ],
  (['strong', 'some'] as const).map((point) => {
    const { threshold, falseAlarms, reals } = operatingPoints[point];
    const fold = outOfFold[point];
    return [
      point,
      threshold.toFixed(3),
      `${falseAlarms} of ${reals}`,
      `${fold.falseAlarms} of ${fold.reals}`,
      `${fold.found} of ${fold.fakes}`,
    ];
  }),
)}

The aim is 2 % of real clips above *strong* and 8 % above *some*. So few reals cannot show that; the points are the larger
of the reals' own quantile and that of a normal distribution with their mean and deviation.

## What it was trained on

${table(
  ['source', 'label', 'use', 'groups (people or footage)', 'face crops'],
  model.trainingData.map(({ name, label, use, groups, crops }) =>
    [name, label, use, groups, crops].map(String),
  ),
)}

Besides the real manipulations above, the network saw pseudo-fakes made from the real faces while training
(\`model-export/pseudo-fake\`, see [retraining](retrain.md)).

## Limits

${model.limits.map((limit) => `- ${limit}`).join('\n')}
- Fully generated scenes, audio, and edits outside the face are not looked at.
- Faces below the limits of \`src/verdict/decide.ts\` (size, sharpness, length, compression) end in *cannot tell*.
`;
}

function row(name: string, summary: Summary): string[] {
  const shown = (value: number | null): string => value?.toFixed(3) ?? '-';
  const { aucInterval, paired, reals, fakes, cannotTell } = summary;
  return [
    name,
    shown(summary.auc),
    aucInterval === null ? '-' : aucInterval.map(shown).join(' to '),
    shown(summary.frameAuc),
    shown(summary.tprAtFpr5),
    `${paired.right} of ${paired.pairs}`,
    shown(summary.ece),
    ...[reals, fakes, cannotTell].map(String),
  ];
}

function qualityRow(name: string, summary: Summary): string[] {
  const { falseAlarms, found } = summary.decisions.some;
  const [, area, interval, , , paired] = row(name, summary);
  return [
    name,
    area!,
    interval!,
    paired!,
    `${falseAlarms} of ${summary.reals}`,
    `${found} of ${summary.fakes}`,
    String(summary.cannotTell),
  ];
}

function outcomes(label: 'real' | 'fake', { clips }: Evaluation): string[] {
  const judged = clips.filter((clip) => clip.label === label && clip.outcome !== 'cannot-tell');
  const count = (outcome: Outcome): string =>
    String(judged.filter((clip) => clip.outcome === outcome).length);
  return [label, count('strong'), count('some'), count('none'), String(judged.length)];
}

function intervalSentence({ clips }: Evaluation): string {
  const reals = clips.filter(({ label, outcome }) => label === 'real' && outcome !== 'cannot-tell');
  const strong = reals.filter(({ outcome }) => outcome === 'strong').length;
  const [low, high] = wilsonInterval(strong, reals.length);
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
  return `With ${strong} of ${reals.length} real clips at *strong signs*, the true share lies between ${percent(low)} and ${percent(high)} (95 %, Wilson).`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
