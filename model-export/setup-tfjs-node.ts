/**
 * Builds tfjs-node (CPU) into `.cache/tfjs-node` without its download host:
 *
 *     npx tsx model-export/setup-tfjs-node.ts
 *
 * tfjs-node's own install fetches libtensorflow and a prebuilt addon from a storage bucket that many networks cannot
 * reach. The same library is inside the PyPI wheel `tensorflow-cpu`, and npm ships the addon's source. So: the wheel by
 * pip, the package by npm without scripts, and node-gyp in between. Nothing outside `.cache` changes.
 *
 * There must be one tfjs-core at run time. The copies that npm nests beside tfjs-node are removed, so that Node walks up
 * from `.cache/tfjs-node` to the project's own `node_modules`.
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../scripts/root.ts';

const TFJS_NODE = '4.22.0';
const TENSORFLOW_CPU = '2.21.0';
const NAPI = 8;
/** Packages that the project has itself and that must not exist twice. */
const SHARED_WITH_PROJECT = ['tfjs-core', 'tfjs-backend-cpu'];

const cache = join(root, '.cache', 'tfjs-node');
const wheelDir = join(cache, 'wheel');
const packageDir = join(cache, 'node_modules', '@tensorflow', 'tfjs-node');
const addon = join(packageDir, 'lib', `napi-v${NAPI}`, 'tfjs_binding.node');

function run(command: string, args: string[], cwd: string): void {
  console.log(`$ ${command} ${args.join(' ')}`);
  execFileSync(command, args, { cwd, stdio: 'inherit' });
}

/** npm package without its install scripts; afterwards only one tfjs-core can be found. */
function fetchPackage(): void {
  if (!existsSync(join(packageDir, 'package.json'))) {
    writeFileSync(join(cache, 'package.json'), JSON.stringify({ name: 'tfjs-node-cache', private: true }));
    run(
      'npm',
      ['install', '--ignore-scripts', '--no-audit', '--no-fund', `@tensorflow/tfjs-node@${TFJS_NODE}`],
      cache,
    );
  }
  for (const name of SHARED_WITH_PROJECT) {
    rmSync(join(cache, 'node_modules', '@tensorflow', name), { recursive: true, force: true });
  }
}

/** The wheel holds `libtensorflow_cc.so.2`, `libtensorflow_framework.so.2` and the C headers. */
function fetchLibrary(): void {
  const deps = join(packageDir, 'deps');
  const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
  if (libraries.every((name) => existsSync(join(deps, 'lib', name)))) return;
  if (!existsSync(wheelDir) || !readdirSync(wheelDir).some((name) => name.endsWith('.whl'))) {
    // The interpreter's own version does not matter: only the libraries are used.
    const target = [
      '--python-version',
      '3.11',
      '--platform',
      'manylinux_2_27_x86_64',
      '--only-binary',
      ':all:',
    ];
    run(
      'pip',
      ['download', '--no-deps', '-q', '-d', wheelDir, ...target, `tensorflow-cpu==${TENSORFLOW_CPU}`],
      cache,
    );
  }
  const wheel = readdirSync(wheelDir).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error(`pip left no wheel in ${wheelDir}`);
  const unpack = [
    'import sys, zipfile',
    'wheel = zipfile.ZipFile(sys.argv[1])',
    "keep = ('tensorflow/include/tensorflow/', 'tensorflow/include/xla/', 'tensorflow/include/tsl/', 'tensorflow/libtensorflow_')",
    'wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.startswith(keep)])',
  ].join('\n');
  const unpacked = join(cache, 'unpacked');
  console.log(`unpacking ${wheel}`);
  execFileSync('python3', ['-c', unpack, join(wheelDir, wheel), unpacked], { stdio: 'inherit' });
  mkdirSync(join(deps, 'lib'), { recursive: true });
  for (const name of libraries) copyFileSync(join(unpacked, 'tensorflow', name), join(deps, 'lib', name));
  rmSync(join(deps, 'include'), { recursive: true, force: true });
  symlinkSync(join(unpacked, 'tensorflow', 'include'), join(deps, 'include'));
}

/** Compiles the addon against the wheel's library, which has another name than the one in binding.gyp. */
function build(): void {
  if (existsSync(addon)) return;
  const gypFile = join(packageDir, 'binding.gyp');
  const gyp = readFileSync(gypFile, 'utf8')
    .replace("'-ltensorflow',", "'-l:libtensorflow_cc.so.2',")
    .replace("'-ltensorflow_framework',", "'-l:libtensorflow_framework.so.2',");
  writeFileSync(gypFile, gyp);
  const npmRoot = execFileSync('npm', ['root', '-g'], { encoding: 'utf8' }).trim();
  const bundled = join(npmRoot, 'npm', 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  // Headers beside the running node (Debian, nvm, official archives); else node-gyp fetches them.
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : [];
  const settings = [
    `--module_name=tfjs_binding`,
    `--module_path=lib/napi-v${NAPI}`,
    `--napi_build_version=${NAPI}`,
  ];
  run(process.execPath, [bundled, 'rebuild', ...headers, ...settings], packageDir);
  mkdirSync(dirname(addon), { recursive: true });
  copyFileSync(join(packageDir, 'build', 'Release', 'tfjs_binding.node'), addon);
}

/** A fresh process multiplies two matrices on the new backend. */
function check(): void {
  const script = [
    `const { openBackend } = await import(${JSON.stringify(pathToFileURL(join(root, 'model-export', 'backend.ts')).href)});`,
    `const tf = await import('@tensorflow/tfjs-core');`,
    `const name = await openBackend('tfjs-node');`,
    `const product = tf.matMul([[1, 2]], [[3], [4]]).dataSync()[0];`,
    `if (product !== 11) throw new Error('tfjs-node computes wrongly: ' + product);`,
    `console.log('tfjs-node works: backend ' + name + ', ' + tf.getBackend());`,
  ].join('\n');
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' };
  execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: root,
    stdio: 'inherit',
    env,
  });
}

mkdirSync(cache, { recursive: true });
fetchPackage();
fetchLibrary();
build();
check();
