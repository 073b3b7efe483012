/**
 * What checkpoints of runs make of clips that they were not trained on, as they are and re-encoded:
 *
 *     npx tsx model-export/validate.ts --of RUN/CHECKPOINT [--of RUN/CHECKPOINT]... --conditions STORE,STORE...
 *                                      [--through frames|sequences] [--sequences 3] [--coarse 0] [--backend auto]
 *
 * Averaged weights, by the auxiliary head's frames (the default) or by LSTM and head; as many sequences per face as training
 * measures with, unless told (`Infinity` for all, as the export does). `--coarse` is the export's. The stores are those of
 * `prepare.ts --measured`.
 */
import { readArguments } from '../scripts/refuse.ts';
import { root } from '../scripts/root.ts';
import { openBackend, parseBackend } from './backend.ts';
import { findCheckpoint } from './checkpoint.ts';
import { describeReencoding } from './reencode.ts';
import { relaunchKeepingMemory } from './relaunch.ts';
import { Trainer } from './trainer.ts';
import { printFigures, QUICK_SEQUENCES, validationClips, validationFigures } from './validation.ts';
import { openStores } from './workspace.ts';

const relaunched = await relaunchKeepingMemory();
if (relaunched !== undefined) process.exit(relaunched);

const { values } = readArguments({
  options: {
    of: { type: 'string', multiple: true, default: [] },
    conditions: { type: 'string' },
    through: { type: 'string', default: 'frames' },
    sequences: { type: 'string', default: String(QUICK_SEQUENCES) },
    coarse: { type: 'string', default: '0' },
    backend: { type: 'string', default: 'auto' },
  },
});
const { through } = values;
const [sequencesPerTrack, coarse] = [Number(values.sequences), Number(values.coarse)];
if (
  values.of.length === 0 ||
  values.conditions === undefined ||
  (through !== 'frames' && through !== 'sequences') ||
  !(sequencesPerTrack >= 1) ||
  !(coarse >= 0 && coarse <= 1)
) {
  console.error(
    'Usage: npx tsx model-export/validate.ts --of RUN/CHECKPOINT... --conditions STORE,STORE... [--through frames|sequences] [--sequences 3] [--coarse 0..1]',
  );
  process.exit(1);
}
await openBackend(parseBackend(values.backend));
const conditions = values.conditions.split(',');
for (const name of values.of) {
  const { recipe, checkpoint } = findCheckpoint(root, name);
  const stores = openStores(conditions, { scale: openStores(recipe.crops)[0]!.scale });
  const network = new Trainer(recipe, checkpoint).averagedNetwork();
  const { sequenceLength } = recipe.detector;
  for (const store of stores) {
    const clips = validationClips([store], { ...recipe, sequenceLength, sequencesPerTrack });
    const scored = await network.scoreClips(clips, through, coarse);
    console.log(`${name}, ${describeReencoding(store.settings)}: ${printFigures(validationFigures(scored))}`);
  }
  network.dispose();
}
process.exit(0);
