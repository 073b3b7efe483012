/**
 * Writes docs/model-card.md from the shipped manifest and from what the built product scored:
 *
 *     npm run -s evaluate -- --root DIR --split val [--conditions] --json > .cache/evaluation.json
 *     npx tsx model-export/model-card.ts --evaluation .cache/evaluation.json [--measured .cache/measured.json]
 *
 * `--measured` is what `measure.ts --out` has written of the same model.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readArguments } from '../scripts/refuse.ts';
import { root } from '../scripts/root.ts';
import { parseManifest, type ModelManifest } from '../src/detector/manifest.ts';
import { flops, paramCount } from '../src/detector/cost.ts';
import type { Outcome } from '../src/verdict/types.ts';
import type { ConditionFigures } from './conditions.ts';
import { describeTrunk } from './describe-trunk.ts';
import type { Evaluation, Interval, IntervalName, Summary } from './evaluation.ts';
import { wilsonInterval } from './metrics.ts';
import type { Measured } from './statistics.ts';

const { values } = readArguments({
  options: {
    evaluation: { type: 'string' },
    measured: { type: 'string' },
    out: { type: 'string', default: 'docs/model-card.md' },
  },
});
if (values.evaluation === undefined) {
  console.error(
    'Usage: npx tsx model-export/model-card.ts --evaluation FILE.json [--measured FILE.json] [--out docs/model-card.md]',
  );
  process.exit(1);
}
const bytes = readFileSync(join(root, 'public/model/manifest.json'));
const evaluation = JSON.parse(readFileSync(values.evaluation, 'utf8')) as Evaluation;
const sha256 = createHash('sha256').update(bytes).digest('hex');
if (evaluation.model !== sha256)
  throw new Error(
    `${values.evaluation} measured the model ${evaluation.model}, the one shipped is ${sha256}: build and evaluate again`,
  );
const measured =
  values.measured === undefined ? undefined : (JSON.parse(readFileSync(values.measured, 'utf8')) as Measured);
writeFileSync(
  join(root, values.out),
  card(parseManifest(JSON.parse(bytes.toString())), evaluation, measured),
);

function card(model: ModelManifest, measured: Evaluation, classes: Measured | undefined): string {
  const { config, sampling } = model;
  const { conditions } = model.quality as {
    conditions?: (ConditionFigures & { auc: number | null })[];
  };
  const megabytes = model.files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  const judged = measured.overall.reals + measured.overall.fakes;
  return `# Model card: ${model.name}, version ${model.version}

Written by \`model-export/model-card.ts\` from \`public/model/manifest.json\` and an evaluation of the built product; change
those, not this page.

## What it is

A ${describeTrunk(config.trunk)} gives features of every face crop, a ${config.lstm.bidirectional ? 'bidirectional ' : ''}LSTM of ${config.lstm.units} units reads
sequences of ${config.sequenceLength} crops, a dense layer gives a logit per frame.${coarse(config)}${companion(config)} ${(paramCount(config) / 1e6).toFixed(2)} million weights, ${megabytes.toFixed(1)} MB on disk,
${(flops(config) / 1e6).toFixed(0)} million floating-point operations per crop of ${config.inputSize} x ${config.inputSize} pixels. It looks at ${sampling.framesPerSecond} frames per
second, in at most ${sampling.maxSegments} runs of ${sampling.framesPerSegment} frames. A face's score is the trimmed mean of its frames' logits, calibrated; the
video follows its worst face that is large, sharp and long enough.

It was trained by \`model-export/train.ts\`${begun(model)}. It is for checking whether faces show traces of
swaps and reenactments. It is not for judging persons, and no outcome of it is proof.

## How good it is

Measured with the built product (\`npm run -s evaluate\`, ${measured.clips.length} clips${measured.split === null ? '' : ` of the ${measured.split} split`}, of which ${measured.overall.cannotTell} ended in
*cannot tell* and count nowhere else). Val shares no group with train: no footage, and no person where the data are grouped by
person ([retraining](retrain.md#2-data)). It is small; operating points and calibration were chosen on it too, so an
independent set will show worse figures. Kinds of fakes stand against all reals, and so do sources in the second table; in the first, sources stand for themselves. Pairs are a fake and a real of one
group and source, not always of the same footage: a source with one real clip holds all of its fakes against that.

${table(
  [
    '',
    'AUC',
    '95 % interval',
    'AUC of single frames',
    'found at 5 % false alarms',
    'fakes above a real of their group',
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

${table(
  ['fakes of a source against all reals', 'AUC', '95 % interval', 'reals', 'fakes'],
  Object.entries(measured.sourcesAgainstAllReals).map(([source, { auc, intervals, reals, fakes }]) => [
    source,
    shown(auc),
    range(intervals.auc),
    String(reals),
    String(fakes),
  ]),
)}

All clips, with 95 % intervals by bootstrap over groups:

${table(
  ['', 'figure', '95 % interval'],
  figures(measured.overall).map(([name, value, interval]) => [
    name,
    shown(value),
    interval === undefined ? '-' : range(measured.overall.intervals[interval]),
  ]),
)}

What people see, of the ${judged} clips that could be judged:

${table(
  ['', 'strong signs', 'some signs', 'no signs found', 'clips'],
  (['real', 'fake'] as const).map((label) => outcomes(label, measured)),
)}

${intervalSentence(measured)}

## Small faces, strong compression

Reals and fakes alone, by the size of the face and by the bits that the file spends on a pixel${measured.conditions === undefined ? '' : ', and the same clips re-encoded'}. *Flagged* is
*some signs* or *strong signs*.

${table(
  [
    '',
    'AUC',
    '95 % interval',
    'fakes above a real of their group',
    'reals flagged',
    'fakes flagged',
    'cannot tell',
  ],
  [
    qualityRow('all, as they are', measured.overall),
    ...Object.entries(measured.faceSizes).map(([name, summary]) => qualityRow(`face ${name}`, summary)),
    ...Object.entries(measured.compressions).map(([name, summary]) => qualityRow(name, summary)),
    ...Object.entries(measured.conditions ?? {}).map(([name, summary]) =>
      qualityRow(`all, ${name}`, summary),
    ),
  ],
)}

${reencoded(model, conditions)}${limits(classes)}## Operating points

${table(
  [
    '',
    'from a score of',
    'real clips above it',
    'fakes above it',
    `counted on clips that did not set it (each fifth by points of the others${countsOthers(model) ? '; other cameras' : ''}): reals above`,
    'fakes above',
  ],
  pointRows(model),
)}

The aim is 2 % of real clips above *strong* and 8 % above *some*. So few reals cannot show that; the points are the larger
of the reals' own quantile and that of a normal distribution with their mean and deviation. ${smallFacesSentence(model)}${calibrationSentence(model)}

## How it was trained

${recipe(model)}

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

function shown(value: number | null): string {
  return value?.toFixed(3) ?? '-';
}

function range(interval: Interval | null): string {
  return interval === null ? '-' : interval.map(shown).join(' to ');
}

function coarse({ coarse }: ModelManifest['config']): string {
  if (coarse === undefined) return '';
  return ` It looks at each crop a second time, brought down to ${coarse.side} pixels and enlarged again, and ${coarse.weight} times what it says of that is taken off: what is left
comes of the detail, and not of light, footage and person.`;
}

function companion({ companion, inputSize }: ModelManifest['config']): string {
  if (companion === undefined) return '';
  const { trunk, lstm, evenFrom, most = 0.5 } = companion;
  return ` A companion, trained apart, sees the same crops at ${inputSize / 2} pixels: a ${describeTrunk(trunk)} with an
LSTM of ${lstm.units} units. Both weigh the same for faces of ${evenFrom} pixels in the video; every halving takes a quarter of a frame's logit from the
network itself, every doubling adds one, up to ${most}.`;
}

function begun({ training }: ModelManifest): string {
  const first = training?.begun.at(-1);
  return first === undefined ? ' from random weights' : `, beginning with the weights of ${first}`;
}

/** Figures of the whole with the names of their intervals. */
function figures(all: Summary): [name: string, value: number | null, interval?: IntervalName][] {
  const { strong, some } = all.decisions;
  const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
  return [
    ['AUC', all.auc, 'auc'],
    [
      `AUC, each of ${all.byGroup.realGroups} groups of reals and ${all.byGroup.fakeGroups} of fakes weighing the same`,
      all.byGroup.auc,
      'byGroup',
    ],
    ['AUC of single frames', all.frameAuc],
    ['found at 1 % false alarms', all.tprAtFpr1],
    ['found at 5 %', all.tprAtFpr5, 'tprAtFpr5'],
    ['found at 10 %', all.tprAtFpr10],
    ['fakes above a real of their group', share(all.paired.right, all.paired.pairs), 'pairedShare'],
    ['calibration error', all.ece, 'ece'],
    ['reals flagged, strong', share(strong.falseAlarms, all.reals), 'falseAlarmsStrong'],
    ['reals flagged, some or strong', share(some.falseAlarms, all.reals), 'falseAlarmsSome'],
    ['fakes flagged, some or strong (recall)', some.recall, 'foundSome'],
    ['precision, some or strong', some.precision],
    ['accuracy, some or strong', some.accuracy],
    ['F1, some or strong', some.f1],
    ['fakes flagged, strong (recall)', strong.recall],
    ['precision, strong', strong.precision],
    ['accuracy, strong', strong.accuracy],
    ['F1, strong', strong.f1],
  ];
}

type Counts = Omit<ModelManifest['operatingPoints']['strong'], 'threshold'>;

/** A count, with the clips behind it where several versions of them were counted. */
function versions(count: number, of: number, clips = of): string {
  return clips === of ? `${count} of ${of}` : `${count} of ${of} (${clips} clips)`;
}

/** Operating points with their counts, those of small faces too. */
function pointRows({ operatingPoints, quality }: ModelManifest): string[][] {
  const { outOfFold } = quality;
  const { smallFaces } = operatingPoints;
  const row = (
    name: string,
    { threshold, ...counts }: Counts & { threshold: number },
    fold: Counts | undefined,
  ): string[] => [
    name,
    threshold.toFixed(3),
    ...[counts, fold].flatMap((one) =>
      one === undefined
        ? ['-', '-']
        : [
            versions(one.falseAlarms, one.reals, one.realClips),
            versions(one.found ?? 0, one.fakes ?? 0, one.fakeClips),
          ],
    ),
  ];
  const points = ['strong', 'some'] as const;
  return [
    ...points.map((point) => row(point, operatingPoints[point], outOfFold?.[point])),
    ...(smallFaces === undefined
      ? []
      : points.map((point) =>
          row(
            `${point}, faces below ${smallFaces.below} px`,
            smallFaces[point],
            outOfFold?.smallFaces?.[point],
          ),
        )),
  ];
}

function smallFacesSentence({ operatingPoints: { smallFaces } }: ModelManifest): string {
  if (smallFaces === undefined) return '';
  return `Real faces of fewer than ${smallFaces.below} pixels score
higher and spread more, so small faces have points of their own, by the same rule (around that size they go over evenly); so few clips show any that re-encoded versions are counted too. `;
}

/** Whether there were clips that set nothing. */
function countsOthers({ trainingData }: ModelManifest): boolean {
  return trainingData.some(({ use }) => use === 'counted only');
}

/** What the export measured on re-encoded clips, where it was given any. */
function reencoded(
  model: ModelManifest,
  conditions: readonly (ConditionFigures & { auc: number | null })[] = [],
): string {
  if (conditions.length < 2) return '';
  return `Calibration and operating points were set on these, on the crops of the preparation; reals kept out of training count
among the reals flagged.${countsOthers(model) ? ' Real clips of other cameras (\`model-export/other-cameras.csv\`) set nothing; they are counted only:' : ''}

${table(
  ['', 'AUC', 'fakes above a real of their group', 'reals flagged', 'fakes flagged'],
  conditions.map(({ condition, auc, paired, flaggedReals, allReals, flaggedFakes, fakes }) => [
    condition,
    shown(auc),
    `${paired.right} of ${paired.pairs}`,
    `${flaggedReals} of ${allReals}`,
    `${flaggedFakes} of ${fakes}`,
  ]),
)}

`;
}

/** Why the statistic and the limits are what they are. */
function limits(measured: Measured | undefined): string {
  if (measured === undefined) return '';
  const statistics = Object.entries(measured.statistics);
  const names = Object.keys(statistics[0]?.[1] ?? {});
  const classes = Object.entries(measured.qualities).flatMap(([quality, list]) =>
    list.map(({ from, to, auc, reals, fakes }) => [
      to === null ? `${quality}: ${from} and more` : `${quality}: ${from} to ${to}`,
      shown(auc),
      String(reals),
      String(fakes),
    ]),
  );
  return `What makes one number of a face's frames, by the AUC of val and of the reals kept out of training
(\`model-export/measure.ts\`); the product takes the trimmed mean:

${table(
  ['', ...names],
  statistics.map(([condition, areas]) => [condition, ...names.map((name) => shown(areas[name]!))]),
)}

The same clips, as they are and re-encoded, by the quality of the deciding face, also where the verdict is *cannot tell*
(\`LIMITS\` in \`src/verdict/decide.ts\`):

${table(['', 'AUC', 'reals', 'fakes'], classes)}

`;
}

function calibrationSentence({ calibration: { poor }, quality }: ModelManifest): string {
  const areas = quality['aucByCalibration'] as Record<'plain' | 'byQuality', number | null> | undefined;
  const figures =
    areas === undefined || areas.byQuality === areas.plain
      ? ''
      : ` The AUC of all clips, as they are and re-encoded together, each by a calibration fitted on other groups, is ${shown(areas.plain)} with one line
for all qualities and ${shown(areas.byQuality)} with two.`;
  if (poor === undefined) return `One calibration serves all qualities.${figures}`;
  return `Small faces and files of few bits (half of it at ${poor.faceSize} pixels or ${poor.bitsPerPixel} bits per pixel, all of it at 0.7 times that) have a line of their own from logit
to score, so that reals of poor quality score as those of good quality do.${figures}`;
}

function recipe({ training }: ModelManifest): string {
  if (training === undefined) return 'The manifest does not hold the recipe.';
  const { companion, ...own } = training;
  return companion === undefined ? run(own) : `${run(own)}\n\nThe companion's recipe:\n\n${run(companion)}`;
}

function run(training: NonNullable<ModelManifest['training']>): string {
  const { begun: history, steps, stages, ...rest } = training as typeof training & { stages: object[] };
  const from = history.length === 0 ? 'random weights' : history.join(', which began with ');
  if (steps === 0)
    return `The weights are those of ${from}; calibration and operating points were set anew. The manifest of that version tells of its training.`;
  const lines = [`Begun with: ${from}. Steps of this run: ${steps}.`, '', '    ' + JSON.stringify(rest)];
  return [...lines, ...stages.map((stage) => `    ${JSON.stringify(stage)}`)].join('\n');
}

function row(name: string, summary: Summary): string[] {
  const { intervals, paired, reals, fakes, cannotTell } = summary;
  return [
    name,
    shown(summary.auc),
    range(intervals.auc),
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
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
  const sentence = (outcomes: readonly Outcome[], name: string): string => {
    const flagged = reals.filter(({ outcome }) => outcomes.includes(outcome)).length;
    const [low, high] = wilsonInterval(flagged, reals.length);
    return `With ${flagged} of ${reals.length} real clips at ${name}, the true share lies between ${percent(low)} and ${percent(high)}`;
  };
  return `${sentence(['strong'], '*strong signs*')}. ${sentence(['strong', 'some'], '*some* or *strong signs*')} (95 %, Wilson).`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
