/**
 * What limits of poor quality give (`POOR` in `calibrate.ts`), on the clips that the export of a run has scored:
 *
 *     npx tsx model-export/compare-calibrations.ts --run NAME
 *
 * Every group is scored by a calibration, and counted by operating points, that were set on other groups.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { root } from '../scripts/root.ts';
import type { Quality } from '../src/verdict/types.ts';
import { foldedAuc, outOfFold } from './calibrate.ts';
import { RunFolder } from './checkpoint.ts';
import { calibrationClips } from './conditions.ts';
import type { ScoredCondition } from './conditions.ts';

const FACE_SIZES = [60, 70, 80, 100];
const BITS_PER_PIXEL = [0.01, 0.02, 0.03];

const { values } = parseArgs({ options: { run: { type: 'string' } } });
if (values.run === undefined) {
  console.error('Usage: npx tsx model-export/compare-calibrations.ts --run NAME   (after its export)');
  process.exit(1);
}
const file = new RunFolder(root, values.run).file('conditions.json');
const clips = calibrationClips(JSON.parse(readFileSync(file, 'utf8')) as ScoredCondition[]);
const limits = FACE_SIZES.flatMap((faceSize) =>
  BITS_PER_PIXEL.map((bitsPerPixel) => ({ faceSize, bitsPerPixel })),
);
console.log(
  '| poor from | AUC, all versions | strong: reals, fakes | some: reals, fakes | as they are, strong | some |',
);
console.log('| --- | --- | --- | --- | --- | --- |');
row('no limits', undefined);
for (const one of limits) row(`${one.faceSize} px, ${one.bitsPerPixel} bits`, one);

function row(name: string, limits: Quality | undefined): void {
  const counted = (['all', 'originals'] as const).flatMap((which) =>
    (['strong', 'some'] as const).map((point) => {
      const { falseAlarms, reals, found, fakes } = outOfFold(clips, point, limits, which);
      return `${falseAlarms} of ${reals}, ${found} of ${fakes}`;
    }),
  );
  console.log(`| ${[name, foldedAuc(clips, limits)?.toFixed(3) ?? '-', ...counted].join(' | ')} |`);
}
