/**
 * `npm run -s determinism -- [--root DIR [--split val] [--limit N]]`: checks clips again and again with the built product and
 * prints how far the results agree: the same way twice, byte for byte; then with another decoder or other arithmetic.
 * Without --root it takes the clip of the tests that shows a face; with --limit, clips from all over the list. Exit code 1
 * when two runs of the same kind differ, or scores by more than the tolerance that people are told of
 * (`src/share/compare.ts`).
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readDataset } from '../model-export/dataset-layouts.ts';
import type { AnalysisOptions } from '../src/analysis/index.ts';
import { SCORE_TOLERANCE } from '../src/share/compare.ts';
import type { VerdictRecord } from '../src/verdict/index.ts';
import { add, bytesOf, describeAgreement, figure, nothingCompared } from './agreement.ts';
import { readArguments, refuse } from './refuse.ts';
import { root as project } from './root.ts';
import { saveRun } from './reliability-runs.ts';
import { openWay, OTHERS, USUAL, type Way } from './ways.ts';

interface Clip {
  path: string;
  region: AnalysisOptions['region'];
}

const { clips, ownClip, save } = chosenClips();
const usual: VerdictRecord[] = [];
let identical = 0;
await eachClip(USUAL, async (clip, analyze) => {
  const [first, second] = [await analyze(), await analyze()];
  if (bytesOf(first) === bytesOf(second)) identical++;
  else console.error(`differs from run to run: ${clip.path}`);
  usual.push(first);
});
console.log(
  `${clips.length} clips; ${usual.filter(({ runtime }) => USUAL.gone(runtime)).length} by: ${USUAL.name}`,
);
console.log(`the same way twice: ${identical} of ${clips.length} records byte for byte, times of day apart`);

let worst = 0;
for (const way of OTHERS) {
  if (way.slow === true && !ownClip) continue;
  let found = nothingCompared();
  await eachClip(way, async (clip, analyze, index) => {
    const first = usual[index]!;
    // What is compared has to have been made in two ways.
    if (way.gone(first.runtime)) return;
    const other = await analyze();
    if (!way.gone(other.runtime)) return;
    found = add(found, first, other);
    if (first.verdict.outcome !== other.verdict.outcome)
      console.error(`${first.verdict.outcome} becomes ${other.verdict.outcome}: ${clip.path}`);
  });
  worst = Math.max(worst, found.score);
  console.log(
    found.clips === 0
      ? `${way.name}: could not be tried on this machine`
      : `${way.name}: ${describeAgreement(found)}`,
  );
}
console.log(`tolerance of a video's score: ${SCORE_TOLERANCE}`);
process.exitCode = identical < clips.length || worst > SCORE_TOLERANCE ? 1 : 0;
if (save)
  saveRun({
    kind: 'determinism',
    what: `clips checked twice, to be the same byte for byte, and in every other way, to differ by ${SCORE_TOLERANCE} at most`,
    note: `a score by ${figure(worst)} at most`,
    tried: clips.length,
    failures: clips.length - identical + (worst > SCORE_TOLERANCE ? 1 : 0),
    lost: null,
    command: `npm run -s determinism${ownClip ? '' : ` -- --root DIR --limit ${clips.length}`}`,
  });

async function eachClip(
  way: Way,
  work: (clip: Clip, analyze: () => Promise<VerdictRecord>, index: number) => Promise<void>,
): Promise<void> {
  const pipeline = await openWay(way);
  try {
    for (const [index, clip] of clips.entries()) {
      const { path, region } = clip;
      const options = { ...(region !== undefined && { region }), ...way.options };
      await work(clip, async () => (await pipeline.analyze(path, options)).record, index);
      console.error(`${way.name}: ${index + 1}/${clips.length}`);
    }
  } finally {
    await pipeline.close();
  }
}

/** `ownClip`: it is the one of the tests. */
function chosenClips(): { clips: Clip[]; ownClip: boolean; save: boolean } {
  const { values } = readArguments({
    options: {
      root: { type: 'string' },
      split: { type: 'string', default: 'val' },
      limit: { type: 'string' },
      save: { type: 'boolean', default: false },
    },
  });
  const { root, split, limit: asked, save } = values;
  const limit = asked === undefined ? Infinity : Number(asked);
  if (!(limit >= 1)) refuse(`--limit is "${asked}", not a number from 1.`);
  if (root === undefined)
    return {
      clips: [{ path: join(project, 'tests/fixtures/clips/face.mp4'), region: undefined }],
      ownClip: true,
      save,
    };
  if (!existsSync(root)) refuse(`--root is "${root}", where nothing is.`);
  const all = readDataset(root)
    .filter((clip) => clip.split === split)
    .map(({ path, region }) => ({ path: join(root, path), region }));
  if (all.length === 0) refuse(`No clips of the split ${split} in ${root}.`);
  const count = Math.min(limit, all.length);
  // Lists are sorted by source: the first few would be of one kind.
  const clips = Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]!);
  return { clips, ownClip: false, save };
}
