/** `npm test`: lint and types side by side, then unit tests in Node, browser tests in real Chromium, end-to-end tests of the built app. */
import { spawn } from 'node:child_process';
import { ensureBuilt } from './build-stamp.ts';
import { ensureChromium } from './chromium.ts';
import { root } from './root.ts';

process.env.CHROME_PATH = ensureChromium();
await ensureBuilt();
const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx';

/** Ends with the first step that fails, as it did. */
function step(command: string, ...args: string[]): Promise<void> {
  console.log(`> ${command} ${args.join(' ')}`);
  const running = spawn(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  return new Promise((done) =>
    running.on('exit', (status) => (status === 0 ? done() : process.exit(status ?? 1))),
  );
}

await Promise.all([step('npm', 'run', '-s', 'lint'), step('npm', 'run', '-s', 'typecheck')]);
await step(npx, 'vitest', 'run', ...process.argv.slice(2));
