/** Finds a Chrome or Chromium on this machine, or installs one. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright';

const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

/** The browser's path: CHROME_PATH if set, else the first that exists; null when there is none. */
function findChromium(): string | null {
  const named = process.env.CHROME_PATH;
  if (named !== undefined && named !== '') {
    if (!existsSync(named)) throw new Error(`CHROME_PATH names ${named}, which does not exist.`);
    return named;
  }
  return [...CANDIDATES, chromium.executablePath()].find((path) => existsSync(path)) ?? null;
}

/** Finds a browser or installs one: Debian's by apt-get, else Playwright's own. */
export function ensureChromium(): string {
  const found = findChromium();
  if (found !== null) return found;
  console.error('No Chrome or Chromium found (CHROME_PATH can name one); installing …');
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const run = (command: string[]): boolean =>
    spawnSync(command[0]!, command.slice(1), { stdio: ['ignore', 2, 2] }).status === 0;
  if (existsSync('/usr/bin/apt-get')) {
    if (run([...asRoot, 'apt-get', 'update', '-qq']))
      run([...asRoot, 'apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'chromium']);
  }
  if (findChromium() === null) run(['npx', 'playwright', 'install', '--with-deps', 'chromium']);
  const installed = findChromium();
  if (installed === null)
    throw new Error(
      'No browser could be installed. Install Chrome or Chromium and set CHROME_PATH to its program.',
    );
  return installed;
}
