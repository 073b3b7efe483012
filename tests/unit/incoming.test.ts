import { afterEach, expect, test, vi } from 'vitest';

/** What an installed app is opened with, as Chromium's launch queue tells it: each launch once, to whoever takes them then. */

type Consumer = (launch: { targetURL?: string; files?: { getFile: () => Promise<File> }[] }) => void;

afterEach(() => vi.unstubAllGlobals());

const launch = (name: string): Parameters<Consumer>[0] => ({
  files: [{ getFile: async () => new File([], name) }],
});

/** A page as it comes up, `before` which something was opened with the app in this tab; its module, and what takes launches. */
async function page({ reloaded, before, blocked = false }: Record<string, boolean>) {
  let consumer: Consumer = () => undefined;
  const storage = {
    getItem: () => (before ? '' : null),
    setItem: () => undefined,
  };
  vi.stubGlobal('location', new URL('https://example.org/'));
  vi.stubGlobal('launchQueue', { setConsumer: (taker: Consumer) => (consumer = taker) });
  vi.stubGlobal('performance', {
    getEntriesByType: () => [{ toJSON: () => ({ type: reloaded ? 'reload' : 'navigate' }) }],
  });
  if (blocked)
    Object.defineProperty(globalThis, 'sessionStorage', {
      configurable: true,
      get: () => {
        throw new DOMException('no storage', 'SecurityError');
      },
    });
  else vi.stubGlobal('sessionStorage', storage);
  vi.resetModules();
  const { onLaunch } = await import('../../src/pwa/incoming.ts');
  const told: string[] = [];
  const listen = (): void =>
    onLaunch({
      files: (files) => told.push(`new ${files[0]!.name}`),
      filesAgain: (files) => told.push(`again ${files[0]!.name}`),
      live: () => told.push('live'),
    });
  listen();
  return {
    told,
    listen,
    launch: async (name: string) => {
      consumer(launch(name));
      await vi.waitFor(() => expect(told.at(-1)).toContain(name));
    },
  };
}

test('a page that is loaded anew is told of its file once more, and then of new ones', async () => {
  const { told, listen, launch } = await page({ reloaded: true, before: true });
  await launch('first');
  listen(); // another language
  await launch('second');
  expect(told).toEqual(['again first', 'new second']);
});

test('a page that comes up has new files only', async () => {
  const { told, launch } = await page({ reloaded: false, before: false });
  await launch('first');
  await launch('second');
  expect(told).toEqual(['new first', 'new second']);
});

test('files come where the browser is told to store nothing', async () => {
  const { told, launch } = await page({ reloaded: true, before: false, blocked: true });
  await launch('first');
  expect(told).toEqual(['new first']);
  Reflect.deleteProperty(globalThis, 'sessionStorage');
});
