/** The commands of docs/retrain.md themselves, from the first step to a model, in a copy of the repository. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CropStoreWriter } from '../../model-export/crop-store.ts';
import { frontalKeypoints } from '../../model-export/pseudo-fake/face-geometry.ts';
import { Random } from '../../model-export/pseudo-fake/random.ts';
import { DEFAULT_RECIPE, type Recipe } from '../../model-export/recipe.ts';
import { root } from '../../scripts/root.ts';
import { parseManifest } from '../../src/detector/manifest.ts';
import type { CropMap } from '../../src/faces/alignment.ts';

const SIZE = 40;
const FRAMES = 8;
const recipe: Partial<Recipe> = {
  crops: ['made'],
  detector: {
    inputSize: 32,
    sequenceLength: 4,
    trunk: { depths: [1], cardinality: 2, widthPerGroup: 2, stem: 'compact', stemChannels: 4 },
    lstm: { units: 4, bidirectional: true },
  },
  h264Share: 0,
  stages: [
    { name: 'trunk', input: 'frames', train: 'all', steps: 2, batchImages: 8, rate: 1e-3, warmUp: 0.1 },
    {
      name: 'lstm',
      input: 'sequences',
      train: 'sequence-head',
      steps: 1,
      batchImages: 8,
      rate: 1e-3,
      warmUp: 0.1,
    },
  ],
};

const upright: CropMap = { size: SIZE, centre: { x: 0, y: 0 }, right: { x: 1, y: 0 }, scale: 1 };

let copy: string;

const call = async (command: string, ...args: string[]): Promise<string> => {
  const script = `model-export/${command}.ts`;
  const started = promisify(execFile)(process.execPath, ['--import', 'tsx', script, ...args], { cwd: copy });
  return (await started).stdout;
};

const run = (command: string, ...args: string[]): Promise<string> =>
  call(command, ...args, '--backend', 'wasm');

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'commands-'));
  for (const folder of ['model-export', 'scripts', 'src'])
    cpSync(join(root, folder), join(copy, folder), { recursive: true });
  cpSync(join(root, 'package.json'), join(copy, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const store = new CropStoreWriter(join(copy, '.cache/crops/made'), {
    version: 1,
    size: SIZE,
    margin: 1.75,
    framesPerSecond: 6,
  });
  const random = new Random(1);
  for (const [index, label] of ['real', 'fake', 'real', 'fake', 'real', 'fake', 'real', 'fake'].entries()) {
    const group = Math.floor(index / 2);
    const path = `${label}-${group}.mp4`;
    store.addTrack(
      {
        ...{ path, region: 'full', label: label as 'real' | 'fake', kind: label, group: `g${group}` },
        ...{ split: group < 2 ? 'train' : 'val', source: 'made', segment: 0, faceSize: 100, sharpness: 50 },
        ...(label === 'fake' && { original: `real-${group}.mp4` }),
        times: Array.from({ length: FRAMES }, (_, at) => at / 6),
        keypoints: Array.from({ length: FRAMES }, () => frontalKeypoints(SIZE)),
        maps: Array.from({ length: FRAMES }, () => upright),
      },
      Array.from({ length: FRAMES }, () =>
        Uint8Array.from({ length: 3 * SIZE * SIZE }, () => random.below(256)),
      ),
    );
    store.finishSource(path, 'full');
  }
  store.close();
  writeFileSync(join(copy, 'recipe.json'), JSON.stringify(recipe));
});
afterAll(() => rmSync(copy, { recursive: true }));

describe('the commands of retraining', () => {
  it('train to the end of the last stage, after a recipe that could not begin, and make a model of that', async () => {
    writeFileSync(join(copy, 'mistaken.json'), JSON.stringify({ ...recipe, crops: ['mad'] }));
    await expect(run('train', '--run', 'r', '--recipe', 'mistaken.json')).rejects.toThrow(
      /no crop store "mad"/,
    );
    const said = await run('train', '--run', 'r', '--recipe', 'recipe.json');
    expect(said).toMatch(/finished\n$/);
    for (const name of ['trunk.bin', 'lstm.bin', 'last.bin', 'scores.json', 'curves.html'])
      expect(existsSync(join(copy, '.cache/runs/r', name)), name).toBe(true);
    await run('export', '--run', 'r', '--out', 'model', '--quantization', 'none');
    const manifest = parseManifest(JSON.parse(readFileSync(join(copy, 'model/manifest.json'), 'utf8')));
    expect(manifest.training).toMatchObject({ steps: 3, holdOut: DEFAULT_RECIPE.holdOut });
  }, 300_000);

  it('refuse to measure what the weights that they begin with have seen, and to overwrite a run', async () => {
    const more = { ...recipe, startFrom: 'r', holdOut: 0.9 };
    writeFileSync(join(copy, 'more.json'), JSON.stringify(more));
    await expect(run('train', '--run', 'more', '--recipe', 'more.json')).rejects.toThrow(
      /holdOut is 0\.9, and r was trained with 0\.2/,
    );
    for (const study of ['folds', 'generators'])
      await expect(run('study', '--study', study, '--recipe', 'more.json')).rejects.toThrow(
        /r \(3 steps\), which may have/,
      );
    await expect(run('average-runs', '--run', 'r', '--of', 'r/trunk', '--of', 'r/lstm')).rejects.toThrow(
      /runs\/r is a run already/,
    );
  }, 300_000);

  it('refuse an option that they do not have, in a line', async () => {
    await expect(call('prepare', '--rooot', 'x')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Unknown option '--rooot'[^\n]*\n$/) as string,
    });
  });

  it('refuse a run or a split that there is not before they begin, and leave nothing by its name', async () => {
    await expect(run('export', '--run', 'misspelt')).rejects.toThrow(/there is no run "misspelt"/);
    expect(existsSync(join(copy, '.cache/runs/misspelt'))).toBe(false);
    const list = join(copy, 'list.csv');
    writeFileSync(list, 'path,label,split\na.mp4,real,train\nb.mp4,fake,trian\n');
    const prepared = call('prepare', '--root', copy, '--manifest', list, '--out', 'refused');
    await expect(prepared).rejects.toThrow(/b\.mp4: split is "trian"/);
    expect(existsSync(join(copy, '.cache/crops/refused'))).toBe(false);
  });
});
