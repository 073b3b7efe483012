/**
 * `npm test`: lint and types side by side, then unit tests in Node, browser tests in real Chromium, end-to-end tests of the
 * built app.
 */
import { spawn } from 'node:child_process';
import { ensureBuilt } from './build-stamp.ts';
import { ensureChromium } from './chromium.ts';
import { root } from './root.ts';

process.env.CHROME_PATH = ensureChromium();
await ensureBuilt();
const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx';
await sideBySide(['npm', 'run', '-s', 'lint'], ['npm', 'run', '-s', 'typecheck']);
await sideBySide([npx, 'vitest', 'run', ...process.argv.slice(2)]);

/** Waits for all of them, and ends as the first one that failed. */
async function sideBySide(...commands: string[][]): Promise<void> {
  const statuses = await Promise.all(commands.map(statusOf));
  const failed = statuses.find((status) => status !== 0);
  if (failed !== undefined) process.exit(failed);
}

function statusOf([command, ...args]: string[]): Promise<number> {
  console.log(`> ${command} ${args.join(' ')}`);
  const running = spawn(command!, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  return new Promise((ended) => running.on('exit', (status) => ended(status ?? 1)));
}
