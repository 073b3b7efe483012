import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/root.ts';

interface Package {
  version?: string;
  license?: string;
  dev?: boolean;
  optional?: boolean;
  peer?: boolean;
  resolved?: string;
  integrity?: string;
  hasInstallScript?: boolean;
}
interface Manifest {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const manifest = JSON.parse(read('package.json')) as Manifest;
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Package> };
const installed = Object.entries(packages).filter(([path]) => path !== '');

/** Licences that go with Apache-2.0; ffmpeg is a program of its own (THIRD_PARTY_NOTICES.md). */
const LICENCES = new Set(['MIT', 'Apache-2.0', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'MPL-2.0', '0BSD']);
const OTHER_LICENCES: Record<string, string> = { 'node_modules/@ffmpeg/core': 'GPL-2.0-or-later' };

describe('package.json', () => {
  it('pins every version', () => {
    const wanted = Object.entries({
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.optionalDependencies,
    });
    expect(wanted.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });
});

describe('the lockfile', () => {
  it('has a hash for every package, and says of none where it came from', () => {
    expect(installed.length).toBeGreaterThan(100);
    expect(installed.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path)).toEqual(
      [],
    );
    expect(installed.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
  });

  it('names no place on anybody’s machine or network', () => {
    expect(read('package-lock.json')).not.toMatch(
      /https?:\/\/(?!(opencollective|github|tidelift|paulmillr|www\.)|.*funding)[^"]*\.tgz|file:|\/home\/|\/work\//,
    );
  });

  it('knows which packages want to run a script: none that is shipped, and nothing here waits for them', () => {
    const scripted = installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
    // esbuild and webgpu place their binaries again, which the packages hold already; protobufjs prints advice.
    expect(scripted).toEqual(['node_modules/esbuild', 'node_modules/protobufjs', 'node_modules/webgpu']);
    expect(scripted.filter((path) => packages[path]!.dev !== true)).toEqual([]);
  });

  it('holds nothing for use whose licence does not go with ours', () => {
    const strange = installed
      .filter(([, { dev }]) => dev !== true)
      .filter(([path, { license }]) => !LICENCES.has(license ?? '') && OTHER_LICENCES[path] !== license);
    expect(strange.map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
  });
});

describe('THIRD_PARTY_NOTICES.md', () => {
  it.each(Object.entries(manifest.dependencies))('names %s %s with its licence', (name, version) => {
    const short = name.replace('@tensorflow/', '');
    const row = read('THIRD_PARTY_NOTICES.md')
      .split('\n')
      .find((line) => line.startsWith('|') && (line.includes(name) || line.includes(short)));
    expect(row).toContain(version);
    expect(row).toContain(packages[`node_modules/${name}`]!.license);
  });
});
