/** Knows whether `dist/` was built from the sources as they are now, so that commands build only when they must. */
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { root } from './root.ts';

const STAMP = join(root, 'dist/.build-stamp');
/** Everything that goes into a build. `public/runtime` is made from the packages that the lockfile pins. */
const SOURCES = [
  'src',
  'public',
  'index.html',
  'headless.html',
  'vite.config.ts',
  'tsconfig.library.json',
  'tsconfig.page.json',
  'package.json',
  'package-lock.json',
  'scripts/build.ts',
  'scripts/runtime-assets.ts',
  'scripts/face-model.ts',
  'scripts/kernels.ts',
  'scripts/shipped-packages.ts',
];

/** SHA-256 of everything that goes into a build, the same wherever the repository lies. */
export async function sourceHash(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const file of await filesOf(join(root, source)))
      hash.update(relative(root, file)).update(await readFile(file));
  }
  return hash.digest('hex');
}

async function filesOf(path: string): Promise<string[]> {
  if (!existsSync(path)) return [];
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(() => null);
  if (entries === null) return [path];
  return entries
    .filter((entry) => entry.isFile() && !entry.parentPath.includes(join('public', 'runtime')))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

export async function writeBuildStamp(): Promise<void> {
  await writeFile(STAMP, await sourceHash());
}

/** Builds into `dist/` unless it already holds a build of these very sources. */
export async function ensureBuilt(): Promise<void> {
  if (existsSync(STAMP) && (await readFile(STAMP, 'utf8')) === (await sourceHash())) return;
  console.error('Building …');
  const result = spawnSync(process.execPath, ['--import', 'tsx', join(root, 'scripts/build.ts')], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (result.status !== 0) throw new Error(`The build failed with exit code ${result.status}.`);
}
