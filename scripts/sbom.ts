/**
 * `npm run -s sbom`: a software bill of materials on standard output (CycloneDX, JSON): the packages that the app is built
 * from, as npm knows them, and the files besides packages that run in the browser, with their SHA-256.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './build-stamp.ts';
import { root } from './root.ts';

interface Component {
  type: string;
  name: string;
  version?: string;
  description?: string;
  hashes?: { alg: 'SHA-256'; content: string }[];
}
interface Bill {
  components: Component[];
}

const json = <T>(path: string): T => JSON.parse(readFileSync(join(root, path), 'utf8')) as T;

await ensureBuilt();
const bill = JSON.parse(
  execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only'], {
    cwd: root,
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'ignore'],
    shell: process.platform === 'win32',
  }).toString(),
) as Bill;

const model = json<{ name: string; version: string; files: { path: string; sha256: string }[] }>(
  'dist/model/manifest.json',
);
for (const { path, sha256 } of model.files)
  bill.components.push({
    type: 'machine-learning-model',
    name: `${model.name}/${path}`,
    version: model.version,
    description: 'The detector that is shipped; docs/model-card.md tells what it was trained on.',
    hashes: [{ alg: 'SHA-256', content: sha256 }],
  });
for (const { path, sha256 } of json<{ files: { path: string; sha256: string }[] }>('dist/runtime/assets.json')
  .files)
  bill.components.push({
    type: 'file',
    name: path,
    description: 'Made of a package above while building; checked against this hash before use.',
    hashes: [{ alg: 'SHA-256', content: sha256 }],
  });
console.log(JSON.stringify(bill, null, 2));
