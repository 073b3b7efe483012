/**
 * Drives browsers other than Chromium as they are installed, over the protocols that they bring with them: Firefox by Marionette
 * (what geckodriver speaks to it), WebKitGTK by WebDriver. Only what it takes to hand a page a file and ask it for the result.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import type { VerdictRecord } from '../src/verdict/index.ts';

/** A window of a browser that runs. */
export interface OtherBrowser {
  name: string;
  version: string;
  /** @param path of a file on this machine @throws when the browser gives no answer */
  analyze(path: string): Promise<VerdictRecord>;
  close(): Promise<void>;
}

/** Opens a browser on the page of the built app that takes files from scripts; null when it is not installed. */
export type OpenBrowser = (page: string) => Promise<OtherBrowser | null>;

/** Milliseconds: for a browser to start, and for a file to be judged. */
const START = 60_000;
const ANSWER = 300_000;

/** The commands of WebDriver (W3C), by both protocols' own names for them. */
interface Wire {
  navigate(url: string): Promise<unknown>;
  /** @returns the element's handle */
  find(selector: string): Promise<string>;
  type(element: string, text: string): Promise<unknown>;
  /** @param script gets as its only argument a function that takes the result */
  run(script: string): Promise<unknown>;
  close(): Promise<void>;
}

const ANALYZE = `const [answer] = arguments;
window.clearframe.analyze({}).then(({ record }) => answer({ record }), (error) => answer({ error: String(error) }));`;
const READY = `const answer = arguments[0];
const look = () => ('clearframe' in window ? answer(true) : setTimeout(look, 50)); look();`;

const browserOf = (name: string, version: string, wire: Wire, page: string): OtherBrowser => ({
  name,
  version,
  async analyze(path) {
    await wire.navigate(page);
    await wire.run(READY);
    await wire.type(await wire.find('#files'), path);
    const { record, error } = (await wire.run(ANALYZE)) as {
      record?: VerdictRecord;
      error?: string;
    };
    if (record === undefined) throw new Error(`${name}: ${error}`);
    return record;
  },
  close: () => wire.close(),
});

/** An element travels as an object with one property, whose name the standard fixes. */
const handleOf = (element: unknown): string => Object.values(element as Record<string, string>)[0]!;

const installed = (...paths: string[]): string | undefined => paths.find((path) => existsSync(path));

/** Starts a program with all that it starts in a group of its own. */
function start(command: string, args: string[], env: Record<string, string> = {}): ChildProcess {
  const options = { detached: true, stdio: 'ignore', env: { ...process.env, ...env } } as const;
  const child = spawn(command, args, options);
  child.on('error', () => undefined);
  return child;
}

function end({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

/** What `attempt` gives, as soon as it gives something. @throws Error when it gives nothing in time */
async function soon<T>(what: string, attempt: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (const started = performance.now(); performance.now() - started < START; await after(100)) {
    const found = await attempt();
    if (found !== undefined) return found;
  }
  throw new Error(`${what} did not start within ${START / 1000} s`);
}

export const openFirefox: OpenBrowser = async (page) => {
  const program = installed('/usr/bin/firefox-esr', '/usr/bin/firefox', '/snap/bin/firefox');
  if (program === undefined) return null;
  const profile = mkdtempSync(join(tmpdir(), 'clearframe-firefox-'));
  writeFileSync(join(profile, 'user.js'), 'user_pref("marionette.port", 0);\n');
  const child = start(program, ['--headless', '--no-remote', '--marionette', '--profile', profile]);
  const close = async (): Promise<void> => {
    end(child);
    await after(500);
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const port = await soon('Firefox', () => {
      const file = join(profile, 'MarionetteActivePort');
      return existsSync(file) ? Number(readFileSync(file, 'utf8')) || undefined : undefined;
    });
    const send = await marionette(port);
    const session = (await send('WebDriver:NewSession', {})) as {
      capabilities: Record<string, string>;
    };
    await send('WebDriver:SetTimeouts', { script: ANSWER });
    return browserOf(
      'Firefox',
      session.capabilities.browserVersion!,
      {
        navigate: (url) => send('WebDriver:Navigate', { url }),
        find: async (value) => {
          const { value: element } = (await send('WebDriver:FindElement', {
            using: 'css selector',
            value,
          })) as {
            value: unknown;
          };
          return handleOf(element);
        },
        type: (id, text) => send('WebDriver:ElementSendKeys', { id, text }),
        run: async (script) =>
          ((await send('WebDriver:ExecuteAsyncScript', { script, args: [] })) as { value: unknown }).value,
        close,
      },
      page,
    );
  } catch (error) {
    await close();
    throw error;
  }
};

type Send = (command: string, parameters: object) => Promise<unknown>;

/** Marionette's messages: `LENGTH:JSON`, where JSON is [0, id, command, parameters] and its answer [1, id, error, result]. */
async function marionette(port: number): Promise<Send> {
  const socket: Socket = connect(port, '127.0.0.1');
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  let bytes = Buffer.alloc(0);
  let gone = false;
  let greeted = (): void => undefined;
  let refused = (_error: Error): void => undefined;
  const greeting = new Promise<void>((resolve, reject) => ([greeted, refused] = [resolve, reject]));
  socket.on('data', (more) => {
    bytes = Buffer.concat([bytes, more]);
    for (;;) {
      const colon = bytes.indexOf(':');
      const length = Number(bytes.subarray(0, Math.max(0, colon)).toString());
      if (colon < 1 || bytes.length < colon + 1 + length) return;
      const message: unknown = JSON.parse(bytes.subarray(colon + 1, colon + 1 + length).toString());
      bytes = bytes.subarray(colon + 1 + length);
      if (!Array.isArray(message)) greeted();
      else {
        const [, id, error, result] = message as [1, number, { message: string } | null, unknown];
        if (error === null) waiting.get(id)?.resolve(result);
        else waiting.get(id)?.reject(new Error(`Firefox: ${error.message}`));
        waiting.delete(id);
      }
    }
  });
  const lost = (): void => {
    gone = true;
    const error = new Error('Firefox has gone');
    refused(error);
    for (const { reject } of waiting.values()) reject(error);
  };
  socket.on('error', lost).on('close', lost);
  await greeting;
  let last = 0;
  return (command, parameters) =>
    new Promise((resolve, reject) => {
      if (gone) throw new Error('Firefox has gone');
      const text = JSON.stringify([0, ++last, command, parameters]);
      waiting.set(last, { resolve, reject });
      socket.write(`${Buffer.byteLength(text)}:${text}`);
    });
}

export const openWebKit: OpenBrowser = async (page) => {
  const libraries = '/usr/lib/x86_64-linux-gnu';
  const folder = existsSync(libraries)
    ? readdirSync(libraries).findLast(
        (name) => /^webkit2?gtk-/.test(name) && existsSync(join(libraries, name, 'MiniBrowser')),
      )
    : undefined;
  const driver = installed('/usr/bin/WebKitWebDriver');
  if (folder === undefined || driver === undefined) return null;
  const port = 20_000 + (process.pid % 20_000);
  const base = `http://127.0.0.1:${port}`;
  // Without a screen it needs a made one, and a message bus of its own.
  const made = process.env.DISPLAY === undefined && spawnSync('which', ['xvfb-run']).status === 0;
  const [command, ...args] = [
    ...(made ? ['xvfb-run', '-a', 'dbus-run-session', '--'] : []),
    ...[driver, `--port=${port}`],
  ];
  const child = start(command!, args, { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1', NO_AT_BRIDGE: '1' });
  const send = async (
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body: object = {},
  ): Promise<unknown> => {
    const answer = await fetch(base + path, {
      method,
      ...(method === 'POST' && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER),
    });
    const { value } = (await answer.json()) as { value: { error?: string; message?: string } | null };
    if (!answer.ok) throw new Error(`WebKit: ${value?.error} ${value?.message}`);
    return value;
  };
  try {
    await soon('WebKitWebDriver', () => send('GET', '/status').catch(() => undefined));
    const { sessionId, capabilities } = (await send('POST', '/session', {
      capabilities: {
        alwaysMatch: {
          'webkitgtk:browserOptions': {
            binary: join(libraries, folder, 'MiniBrowser'),
            args: ['--automation'],
          },
        },
      },
    })) as { sessionId: string; capabilities: Record<string, string> };
    const session = `/session/${sessionId}`;
    await send('POST', `${session}/timeouts`, { script: ANSWER });
    return browserOf(
      'WebKitGTK',
      capabilities.browserVersion!,
      {
        navigate: (url) => send('POST', `${session}/url`, { url }),
        find: async (value) =>
          handleOf(await send('POST', `${session}/element`, { using: 'css selector', value })),
        type: (element, text) => send('POST', `${session}/element/${element}/value`, { text }),
        run: (script) => send('POST', `${session}/execute/async`, { script, args: [] }),
        close: async () => {
          await send('DELETE', session).catch(() => undefined);
          end(child);
        },
      },
      page,
    );
  } catch (error) {
    end(child);
    throw error;
  }
};
