/**
 * Notes which packages end up in `dist/`, as the bundler sees it, and lists them in `dist/packages.json`. The bill of
 * materials and the test of THIRD_PARTY_NOTICES.md are made from that list, and not from what package.json asks for.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { root } from './root.ts';
import { COPIED_PACKAGES } from './runtime-assets.ts';

export interface ShippedPackage {
  name: string;
  version: string;
}

const FOLDER = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/;

/** @returns makes plugins for the page, the workers and the service worker, which are bundled apart and listed together */
export function listShippedPackages(): () => Plugin {
  const shipped = new Map(COPIED_PACKAGES.map((name) => packageIn(join(root, 'node_modules', name))));
  return () => ({
    name: 'shipped-packages',
    apply: 'build',
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue;
        for (const [id, { renderedLength }] of Object.entries(chunk.modules)) {
          const folder = FOLDER.exec(id.replaceAll('\\', '/').replace(/^\0+/, ''))?.[0];
          // What was left out of the bundle is not shipped.
          if (folder !== undefined && renderedLength > 0) shipped.set(...packageIn(folder));
        }
      }
    },
    closeBundle() {
      // Workers are bundled before there is a folder; whoever is bundled last writes the whole list.
      mkdirSync(join(root, 'dist'), { recursive: true });
      const packages = [...shipped.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
      writeFileSync(join(root, 'dist/packages.json'), `${JSON.stringify({ packages }, null, 2)}\n`);
    },
  });
}

function packageIn(folder: string): [folder: string, ShippedPackage] {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as ShippedPackage;
  return [folder, { name, version }];
}
