/** `npm test`: lint, types, unit tests in Node, browser tests in real Chromium, end-to-end tests of the built app. */
import { spawnSync } from 'node:child_process';
import { ensureBuilt } from './build-stamp.ts';
import { ensureChromium } from './chromium.ts';
import { root } from './root.ts';

process.env.CHROME_PATH = ensureChromium();
await ensureBuilt();
const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx';
const steps: string[][] = [
  ['npm', 'run', '-s', 'lint'],
  ['npm', 'run', '-s', 'typecheck'],
  [npx, 'vitest', 'run', ...process.argv.slice(2)],
];
for (const [command, ...args] of steps) {
  console.log(`> ${command} ${args.join(' ')}`);
  const { status } = spawnSync(command!, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
}
