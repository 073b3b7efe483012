/**
 * `npm run -s sbom`: a software bill of materials on standard output (CycloneDX, JSON): every package that the lockfile
 * pins, as npm knows it, and the files besides packages that run in the browser, with their SHA-256. `scope` is `required`
 * for what is shipped in `dist/`, `excluded` for what only builds and tests it.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './build-stamp.ts';
import { root } from './root.ts';
import type { ShippedPackage } from './shipped-packages.ts';

interface Component {
  type: string;
  name: string;
  version?: string;
  scope?: string;
  description?: string;
  hashes?: { alg: 'SHA-256'; content: string }[];
}
interface Bill {
  /** npm takes the folder's name for the app's. */
  metadata: { component: Component };
  components: Component[];
}

const json = <T>(path: string): T => JSON.parse(readFileSync(join(root, path), 'utf8')) as T;

await ensureBuilt();
const bill = JSON.parse(
  execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'], {
    cwd: root,
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'ignore'],
    shell: process.platform === 'win32',
  }).toString(),
) as Bill;
const { name, version } = json<{ name: string; version: string }>('package.json');
Object.assign(bill.metadata.component, { type: 'application', name, version });

const { packages } = json<{ packages: ShippedPackage[] }>('dist/packages.json');
const shipped = new Set(packages.map((one) => `${one.name}@${one.version}`));
for (const component of bill.components)
  component.scope = shipped.has(`${component.name}@${component.version}`) ? 'required' : 'excluded';

const file = (type: string, name: string, description: string, sha256: string, version?: string): void =>
  void bill.components.push({
    ...{ type, name, description, scope: 'required' },
    ...(version !== undefined && { version }),
    hashes: [{ alg: 'SHA-256', content: sha256 }],
  });

const model = json<{ name: string; version: string; files: { path: string; sha256: string }[] }>(
  'dist/model/manifest.json',
);
for (const { path, sha256 } of model.files)
  file(
    'machine-learning-model',
    `${model.name}/${path}`,
    'The detector that is shipped; docs/model-card.md tells what it was trained on.',
    sha256,
    model.version,
  );
const runtime = json<{ files: { path: string; sha256: string }[] }>('dist/runtime/assets.json');
for (const { path, sha256 } of runtime.files)
  file(
    path.endsWith('.tflite') ? 'machine-learning-model' : 'file',
    path,
    path.startsWith('runtime/kernels/')
      ? 'Compiled from src/detector/kernels/kernels.as; checked against this hash before use.'
      : 'Made of a package above while building; checked against this hash before use.',
    sha256,
  );
console.log(JSON.stringify(bill, null, 2));
