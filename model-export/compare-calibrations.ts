/**
 * What limits of poor quality give, and what counts as a small face (`POOR` and `SMALL_FACE` in `calibrate.ts`), on the clips that the
 * export of a run, or `recalibrate.ts`, has scored:
 *
 *     npx tsx model-export/compare-calibrations.ts --run NAME
 *     npx tsx model-export/compare-calibrations.ts --conditions FILE.json
 *
 * Every group is scored by a calibration, and counted by operating points, that were set on other groups.
 */
import { readFileSync } from 'node:fs';
import { readArguments } from '../scripts/refuse.ts';
import { root } from '../scripts/root.ts';
import type { Quality } from '../src/verdict/types.ts';
import { foldedAuc, outOfFold, POOR, SMALL_FACE } from './calibrate.ts';
import type { CalibrationClip } from './calibrate.ts';
import { RunFolder } from './checkpoint.ts';
import { calibrationClips } from './conditions.ts';
import type { ScoredCondition } from './conditions.ts';

const FACE_SIZES = [60, 70, 80, 100];
const BITS_PER_PIXEL = [0.01, 0.02, 0.03];
const SMALL_FACES = [60, 70, 80, 90, 100];

const { values } = readArguments({ options: { run: { type: 'string' }, conditions: { type: 'string' } } });
const file =
  values.run === undefined ? values.conditions : new RunFolder(root, values.run).file('conditions.json');
if (file === undefined) {
  console.error('Usage: npx tsx model-export/compare-calibrations.ts --run NAME | --conditions FILE.json');
  process.exit(1);
}
const clips = calibrationClips(JSON.parse(readFileSync(file, 'utf8')) as ScoredCondition[]);
const limits = FACE_SIZES.flatMap((faceSize) =>
  BITS_PER_PIXEL.map((bitsPerPixel) => ({ faceSize, bitsPerPixel })),
);
const COUNTED: Record<string, (clip: CalibrationClip) => boolean> = {
  'all versions': () => true,
  'as they are': ({ original }) => original,
  [`below ${SMALL_FACE} px`]: ({ faceSize }) => faceSize < SMALL_FACE,
};
const columns = Object.keys(COUNTED).flatMap((which) => [`${which}, strong: reals, fakes`, 'some']);
console.log(`| poor from, small below | AUC, all versions | ${columns.join(' | ')} |`);
console.log(`|${' --- |'.repeat(2 + columns.length)}`);
row('no limits', undefined);
for (const one of limits) row(`${one.faceSize} px, ${one.bitsPerPixel} bits`, one);
for (const below of SMALL_FACES)
  row(`${POOR.faceSize} px, ${POOR.bitsPerPixel} bits, small below ${below}`, POOR, below);

function row(name: string, limits: Quality | undefined, below = 0): void {
  const counted = Object.values(COUNTED).flatMap((which) =>
    (['strong', 'some'] as const).map((point) => {
      const { falseAlarms, reals, found, fakes } = outOfFold(clips, point, limits, which, below);
      return `${falseAlarms} of ${reals}, ${found} of ${fakes}`;
    }),
  );
  console.log(`| ${[name, foldedAuc(clips, limits)?.toFixed(3) ?? '-', ...counted].join(' | ')} |`);
}
