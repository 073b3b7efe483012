/**
 * A picture of what is trained on, to look at before training: pairs of a real (left) and its fake (right).
 *
 *     npx tsx model-export/contact-sheet.ts [--recipe FILE.json] [--batch 0] [--pairs 24] [--length 1] --out FILE.png
 *
 * With `--length` above 1 every line shows the frames of one sequence, reals above their fakes.
 */
import { writeFileSync } from 'node:fs';
import { PNG } from 'pngjs';
import { readArguments } from '../scripts/refuse.ts';
import { openAutoencoders } from './autoencoder/autoencoder.ts';
import { BatchMaker } from './batch-maker.ts';
import { openStores, readRecipe } from './workspace.ts';

const { values } = readArguments({
  options: {
    recipe: { type: 'string' },
    batch: { type: 'string', default: '0' },
    pairs: { type: 'string', default: '24' },
    length: { type: 'string', default: '1' },
    out: { type: 'string' },
  },
});
if (values.out === undefined) {
  console.error(
    'Usage: npx tsx model-export/contact-sheet.ts [--recipe FILE.json] [--batch 0] [--length 1] --out FILE.png',
  );
  process.exit(1);
}
const recipe = readRecipe(values.recipe);
const [pairs, length] = [Number(values.pairs), Number(values.length)];
const autoencoders = await openAutoencoders(recipe);
const maker = BatchMaker.open(openStores(recipe.crops), recipe, length, pairs, autoencoders);
const { images } = await maker.make(Number(values.batch));

const size = recipe.detector.inputSize;
const columns = length > 1 ? length : 8;
const rows = Math.ceil((2 * pairs * length) / columns);
const sheet = new PNG({ width: columns * size, height: rows * size });
for (let image = 0; image < 2 * pairs * length; image++) {
  for (let pixel = 0; pixel < size * size; pixel++) {
    const from = (image * size * size + pixel) * 3;
    const y = Math.floor(image / columns) * size + Math.floor(pixel / size);
    const to = (y * sheet.width + (image % columns) * size + (pixel % size)) * 4;
    for (let channel = 0; channel < 3; channel++) sheet.data[to + channel] = images[from + channel]!;
    sheet.data[to + 3] = 255;
  }
}
writeFileSync(values.out, PNG.sync.write(sheet));
