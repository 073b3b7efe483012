// The one file that must run before anything is installed: plain JavaScript, no dependencies.
// `node scripts/bootstrap.mjs COMMAND [ARGS]` installs what is missing and hands over to scripts/COMMAND.ts.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [command, ...args] = process.argv.slice(2);
const TAKES_PATHS = ['check', 'evaluate'];
const [major, minor] = process.versions.node.split('.').map(Number);
// As Vite, which builds the app, has it.
if (major < 20 || (major === 20 && minor < 19) || major === 21 || (major === 22 && minor < 12)) {
  console.error(`Clearframe needs Node 20.19, or 22.12 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

// `npm ci` runs again whenever the lockfile differs from the one that was installed.
const stamp = `${root}node_modules/.clearframe-lock`;
const lock = createHash('sha256')
  .update(readFileSync(`${root}package-lock.json`))
  .digest('hex');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  console.error('Installing packages …');
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (npm.status !== 0) process.exit(npm.status ?? 1);
  writeFileSync(stamp, lock);
}

// npm goes to the package's folder first; what a person names lies in theirs.
const called = process.env.npm_lifecycle_event === command && TAKES_PATHS.includes(command);
const run = spawn(
  process.execPath,
  ['--import', import.meta.resolve('tsx'), `${root}scripts/${command}.ts`, ...args],
  { stdio: 'inherit', ...(called && { cwd: process.env.INIT_CWD }) },
);
// Signals are for the command, which may have something to finish. (On Windows a console tells both of them itself.)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => process.platform !== 'win32' && run.kill(signal));
// npm hands signals to its shell only, which dies of SIGTERM and tells nobody: the command would go on without them.
const shell = process.ppid;
if (process.env.npm_lifecycle_event !== undefined)
  setInterval(() => process.ppid !== shell && run.kill(), 500).unref();
run.on('exit', (code) => process.exit(code ?? 1));
