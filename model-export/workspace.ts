/** What commands begin with: a recipe, the crop stores that it names, a model in the web format. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/root.ts';
import { parseManifest } from '../src/detector/manifest.ts';
import type { ModelManifest } from '../src/detector/manifest.ts';
import type { Params } from '../src/detector/params.ts';
import { decodeModel } from '../src/detector/weights.ts';
import type { ModelJson } from '../src/detector/weights.ts';
import { CropStore } from './crop-store.ts';
import { recipeFrom } from './recipe.ts';
import type { Recipe } from './recipe.ts';

export const cropsFolder = join(root, '.cache', 'crops');

/** @param names folders under `.cache/crops` */
export const openStores = (names: readonly string[], folder = cropsFolder): CropStore[] =>
  names.map((name) => new CropStore(join(folder, name)));

/** The recipe of `--recipe FILE.json`, laid over `base`, laid over the default. */
export function readRecipe(file: string | undefined, base: Partial<Recipe> = {}): Recipe {
  const changes = file === undefined ? {} : (JSON.parse(readFileSync(file, 'utf8')) as Partial<Recipe>);
  return recipeFrom({ ...base, ...changes });
}

/** A model as it is shipped; its weights need a backend. @param folder from the repository's root */
export function readModel(folder: string): { manifest: ModelManifest; decode: () => Params } {
  const file = (name: string): Buffer => readFileSync(join(root, folder, name));
  const json = (name: string): unknown => JSON.parse(file(name).toString());
  const manifest = parseManifest(json('manifest.json'));
  return { manifest, decode: () => decodeModel(json('model.json') as ModelJson, manifest.config, file) };
}
