/** What commands begin with: a recipe, the crop stores that it names, a model in the web format. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/root.ts';
import { parseManifest } from '../src/detector/manifest.ts';
import type { ModelManifest } from '../src/detector/manifest.ts';
import type { Params } from '../src/detector/params.ts';
import { decodeModel } from '../src/detector/weights.ts';
import type { ModelJson } from '../src/detector/weights.ts';
import { CropStore } from './crop-store.ts';
import { recipeFrom, refuseUnknownKeys } from './recipe.ts';
import type { Recipe } from './recipe.ts';

export const cropsFolder = join(root, '.cache', 'crops');

/** Scales that differ by rounding alone. */
const SAME_SCALE = 1e-3;

/**
 * Crops of another scale than a network's would be cut all the same, and show faces of another size than it knows.
 * @param names folders under `.cache/crops`
 * @param scale pixels per side of a face that the crops have to have; that of the first store unless told
 * @throws when there is no such store, or when one has another scale
 */
export function openStores(
  names: readonly string[],
  { folder = cropsFolder, scale }: { folder?: string; scale?: number } = {},
): CropStore[] {
  const stores = names.map((name) => {
    if (!existsSync(join(folder, name, 'store.json')))
      throw new Error(`there is no crop store "${name}" in ${folder}: prepare.ts --out ${name} makes one`);
    return new CropStore(join(folder, name));
  });
  const wanted = scale ?? stores[0]?.scale ?? NaN;
  for (const store of stores) {
    if (Math.abs(store.scale / wanted - 1) < SAME_SCALE) continue;
    throw new Error(
      `${store.directory} has faces of ${Math.round(store.scale)} pixels, not of ${Math.round(wanted)}: prepare it again with another --size`,
    );
  }
  return stores;
}

/** The recipe of `--recipe FILE.json`, laid over `base`, laid over the default. */
export function readRecipe(file: string | undefined, base: Partial<Recipe> = {}): Recipe {
  const changes = file === undefined ? {} : (JSON.parse(readFileSync(file, 'utf8')) as Partial<Recipe>);
  refuseUnknownKeys(changes);
  return recipeFrom({ ...base, ...changes });
}

/**
 * A model as it is shipped; its weights need a backend. @param folder from the repository's root
 * @returns with `scale`, the pixels of its crops per side of a face
 */
export function readModel(folder: string): { manifest: ModelManifest; scale: number; decode: () => Params } {
  const file = (name: string): Buffer => readFileSync(join(root, folder, name));
  const json = (name: string): unknown => JSON.parse(file(name).toString());
  const manifest = parseManifest(json('manifest.json'));
  const { crop } = manifest.preprocessing;
  return {
    manifest,
    scale: crop.size / crop.margin,
    decode: () => decodeModel(json('model.json') as ModelJson, manifest.config, file),
  };
}
