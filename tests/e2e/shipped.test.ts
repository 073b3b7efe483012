import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../scripts/build-stamp.ts';
import { root } from '../../scripts/root.ts';
import type { ShippedPackage } from '../../scripts/shipped-packages.ts';

const DIST = join(root, 'dist');
const json = <T>(path: string): T => JSON.parse(readFileSync(join(root, path), 'utf8')) as T;

/** Files that the shell of the app lists by their hash. */
interface Listed {
  files: { path: string; sha256: string; bytes: number }[];
}

let packages: ShippedPackage[];
let listed: Listed['files'];
beforeAll(async () => {
  await ensureBuilt();
  ({ packages } = json<{ packages: ShippedPackage[] }>('dist/packages.json'));
  const model = json<Listed>('dist/model/manifest.json').files;
  listed = [
    ...json<Listed>('dist/runtime/assets.json').files,
    ...model.map((file) => ({ ...file, path: `model/${file.path}` })),
  ];
});

describe('the packages in the built files', () => {
  it('are found by the bundler in the page, the workers and the service worker', () => {
    expect(packages.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['svelte', 'comlink', '@tensorflow/tfjs-core', 'workbox-routing']),
    );
  });

  it('are those that THIRD_PARTY_NOTICES.md names, with version and licence', () => {
    const { packages: locked } = json<{ packages: Record<string, { license: string }> }>('package-lock.json');
    const rows = readFileSync(join(root, 'THIRD_PARTY_NOTICES.md'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('*', '')));
    const named = (name: string): string[] | undefined =>
      rows.find(([, names]) =>
        names!.split(', ').some((one) => one === name || `@tensorflow/${one}` === name),
      );
    const wanted = packages.map(({ name, version }) => [
      name,
      version,
      locked[`node_modules/${name}`]!.license,
    ]);
    expect(wanted.map(([name]) => [name, ...(named(name!)?.slice(2, 4) ?? [])])).toEqual(wanted);
  });
});

describe('the big files', () => {
  it('are all listed with their hash and size, and so checked before use', () => {
    const found = ['runtime', 'model']
      .flatMap((folder) =>
        readdirSync(join(DIST, folder), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name)),
      )
      // The lists themselves come with the shell.
      .filter((path) => !['assets.json', 'manifest.json'].includes(basename(path)))
      .map((path) => {
        const bytes = readFileSync(path);
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        return `${relative(DIST, path).replaceAll('\\', '/')} ${bytes.length} ${sha256}`;
      });
    expect(found.sort()).toEqual(
      listed.map(({ path, bytes, sha256 }) => `${path} ${bytes} ${sha256}`).sort(),
    );
  });
});

describe('npm run sbom', () => {
  it('names what is shipped, with hashes, and nothing of this machine', () => {
    const text = execFileSync(process.execPath, ['--import', 'tsx', join(root, 'scripts/sbom.ts')], {
      cwd: root,
      maxBuffer: 2 ** 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).toString();
    const bill = JSON.parse(text) as {
      bomFormat: string;
      metadata: { component: { name: string } };
      components: {
        name: string;
        version?: string;
        scope: string;
        hashes?: { alg: string; content: string }[];
      }[];
    };
    expect([bill.bomFormat, bill.metadata.component.name]).toEqual(['CycloneDX', 'clearframe']);
    expect(text).not.toContain(root);
    const required = bill.components.filter(({ scope }) => scope === 'required');
    const libraries = required.filter(({ hashes }) => hashes!.every(({ alg }) => alg === 'SHA-512'));
    expect(libraries.map(({ name, version }) => `${name}@${version}`).sort()).toEqual(
      packages.map(({ name, version }) => `${name}@${version}`).sort(),
    );
    const hashes = required.flatMap((one) => one.hashes ?? []).filter(({ alg }) => alg === 'SHA-256');
    expect(hashes.map(({ content }) => content).sort()).toEqual(listed.map(({ sha256 }) => sha256).sort());
  });
});
