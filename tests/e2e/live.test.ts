import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import jpeg from 'jpeg-js';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../scripts/build-stamp.ts';
import { ensureChromium } from '../../scripts/chromium.ts';
import { CHROMIUM_FLAGS } from '../../scripts/pipeline.ts';
import { root } from '../../scripts/root.ts';
import { startServer, type Server } from '../../scripts/serve.ts';
import { messages } from '../../src/app/messages.ts';

const folder = mkdtempSync(join(tmpdir(), 'clearframe-live-'));
const words = messages.live;
let server: Server;

/** What the test keeps of the streams that the page was given. */
declare global {
  interface Window {
    given: MediaStream[];
  }
}

/** A camera's pictures: the astronaut's portrait under a camera that sways, as Motion JPEG. */
function makeCamera(path: string): void {
  const [width, height, pictures] = [320, 240, 30];
  const portrait = jpeg.decode(readFileSync(join(root, 'tests/fixtures/faces/astronaut.jpg')));
  const frames = Array.from({ length: pictures }, (_, i) => {
    const turn = (2 * Math.PI * i) / pictures;
    const left = Math.round(60 + 12 * Math.sin(turn));
    const top = Math.round(8 + 8 * Math.cos(turn));
    const data = Buffer.alloc(4 * width * height);
    for (let y = 0; y < height; y++) {
      const from = 4 * ((top + y) * portrait.width + left);
      portrait.data.copy(data, 4 * y * width, from, from + 4 * width);
    }
    return jpeg.encode({ width, height, data }, 85).data;
  });
  writeFileSync(path, Buffer.concat(frames));
}

beforeAll(async () => {
  await ensureBuilt();
  server = await startServer({ root: join(root, 'dist') });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** A browser for the tests of one group, with these flags besides the usual ones. */
function inBrowser(flags: () => string[]) {
  const at = {} as { browser: Browser; context: BrowserContext; page: Page; requests: string[] };
  beforeAll(async () => {
    at.browser = await chromium.launch({
      executablePath: ensureChromium(),
      args: [...CHROMIUM_FLAGS, ...flags()],
    });
  });
  afterAll(() => at.browser.close());
  beforeEach(async () => {
    at.context = await at.browser.newContext({ serviceWorkers: 'block' });
    at.requests = [];
    at.context.on('request', (request) => at.requests.push(request.url()));
    await at.context.addInitScript(() => {
      window.given = [];
      for (const name of ['getUserMedia', 'getDisplayMedia'] as const) {
        const ask = navigator.mediaDevices[name].bind(navigator.mediaDevices);
        navigator.mediaDevices[name] = async (options) => {
          const stream = await ask(options);
          window.given.push(stream);
          return stream;
        };
      }
    });
    at.page = await at.context.newPage();
  });
  afterEach(() => at.context.close());
  return at;
}

/** A camera whose frames lie on their side, in planes as cameras have them: brightness only. */
async function giveTurnedCamera(page: Page, turn: number): Promise<void> {
  const portrait = readFileSync(join(root, 'tests/fixtures/faces/astronaut.jpg')).toString('base64');
  await page.addInitScript(
    ({ portrait, turn }) => {
      navigator.mediaDevices.getUserMedia = async () => {
        const blob = new Blob([Uint8Array.from(atob(portrait), (one) => one.charCodeAt(0))]);
        const picture = await createImageBitmap(blob);
        const [width, height] = turn % 180 === 0 ? [480, 360] : [360, 480];
        const context = new OffscreenCanvas(width, height).getContext('2d')!;
        context.translate(width / 2, height / 2);
        context.rotate((-turn * Math.PI) / 180);
        context.drawImage(picture, -240 - 20, -180 - 10);
        const { data } = context.getImageData(0, 0, width, height);
        const planes = new Uint8Array((width * height * 3) / 2).fill(128);
        for (let i = 0; i < width * height; i++) planes[i] = data[4 * i + 1]!;
        const { MediaStreamTrackGenerator: Generator } = globalThis as unknown as {
          MediaStreamTrackGenerator: new (init: { kind: 'video' }) => MediaStreamTrack & {
            writable: WritableStream<VideoFrame>;
          };
        };
        const track = new Generator({ kind: 'video' });
        const writer = track.writable.getWriter();
        const format = { format: 'I420' as const, codedWidth: width, codedHeight: height };
        setInterval(() => {
          const frame = new VideoFrame(planes, {
            ...format,
            ...{ timestamp: 1000 * performance.now(), rotation: turn },
          });
          writer.write(frame).catch(() => frame.close());
        }, 100);
        return new MediaStream([track]);
      };
    },
    { portrait, turn },
  );
}

async function openLive(page: Page): Promise<void> {
  const response = await page.goto(server.url);
  // The host allows the two for this origin, and nothing else.
  expect(response!.headers()['permissions-policy']).toMatch(
    /^camera=\(self\), display-capture=\(self\), mic/,
  );
  await page.getByRole('button', { name: words.open }).click();
}

const tracks = (page: Page): Promise<string[]> =>
  page.evaluate(() => window.given.flatMap((stream) => stream.getTracks().map((track) => track.readyState)));

describe('live, with a camera', () => {
  const at = inBrowser(() => {
    const camera = join(folder, 'camera.mjpeg');
    makeCamera(camera);
    return [
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-video-capture=${camera}`,
    ];
  });

  it('a face gets a rolling verdict; Escape ends all of it; nothing leaves the origin', async () => {
    const { page } = at;
    await openLive(page);
    // The idle worker of the page before is gone.
    await expect.poll(() => page.workers().length).toBe(0);
    await page.getByRole('button', { name: words.camera }).click();
    const person = page.locator('.person');
    await person.first().waitFor({ timeout: 120_000 });
    expect(await person.first().locator('h2').innerText()).toBe(words.person('A'));
    // Enough has been seen after some pictures: one of the three outcomes that are judgements.
    const judged = page.locator('.person:not([data-outcome="cannot-tell"])');
    await judged.first().waitFor({ timeout: 60_000 });
    const title = await judged.first().locator('.outcome').innerText();
    const { strong, some, none } = messages.outcomes;
    expect([strong.title, some.title, none.title]).toContain(title);
    // The face is boxed, in words, where the portrait has it.
    const box = page.locator('.box').first();
    expect(await box.innerText()).toMatch(/^Person [A-Z]+\s+\w+/);
    const [frame, face] = [await page.locator('.picture').boundingBox(), await box.boundingBox()];
    expect(face!.width / frame!.width).toBeGreaterThan(0.15);
    expect(face!.width / frame!.width).toBeLessThan(0.7);
    expect(face!.x).toBeGreaterThan(frame!.x);
    expect(face!.x + face!.width).toBeLessThan(frame!.x + frame!.width);
    // The verdict rolls on.
    const drawn = judged.first().locator('polyline');
    const before = await drawn.getAttribute('points');
    await expect.poll(() => drawn.getAttribute('points'), { timeout: 20_000 }).not.toBe(before);
    expect(Number.parseFloat(await page.locator('[data-fact=rate]').innerText())).toBeGreaterThan(0);
    expect(page.workers().length).toBeGreaterThan(0);
    expect(await tracks(page)).toEqual(['live']);

    await page.keyboard.press('Escape');
    await page.getByText(words.ended).waitFor();
    expect(await tracks(page)).toEqual(['ended']);
    expect(await page.locator('video').count()).toBe(0);
    await expect.poll(() => page.workers().length).toBe(0);
    const origin = new URL(server.url).origin;
    const away = at.requests.filter((url) => !url.startsWith('blob:') && new URL(url).origin !== origin);
    expect(at.requests.length).toBeGreaterThan(5);
    expect(away).toEqual([]);
  });

  it('ends with its source, by its button, and when another page is opened within the app', async () => {
    const { page } = at;
    await openLive(page);
    const start = async (): Promise<void> => {
      await page.getByRole('button', { name: words.camera }).click();
      await page.getByRole('button', { name: words.end }).waitFor();
    };
    await start();
    await page.evaluate(() => {
      const [track] = window.given[0]!.getVideoTracks();
      track!.stop(); // a page's own stop tells nobody, so:
      track!.dispatchEvent(new Event('ended'));
    });
    await page.getByText(words.sourceEnded).waitFor();
    await start();
    await page.getByRole('button', { name: words.end }).click();
    await page.getByText(words.ended).waitFor();
    await start();
    await page.getByRole('link', { name: messages.name }).click();
    await page.getByText(messages.start.drop).waitFor();
    expect(await tracks(page)).toEqual(['ended', 'ended', 'ended']);
  });

  it('works without a track processor, as in other browsers', async () => {
    const { page } = at;
    await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'MediaStreamTrackProcessor'));
    await openLive(page);
    await page.getByRole('button', { name: words.camera }).click();
    await page.locator('.person:not([data-outcome="cannot-tell"])').first().waitFor({ timeout: 120_000 });
    await page.keyboard.press('Escape');
    expect(await tracks(page)).toEqual(['ended']);
  });

  it('on a phone nothing scrolls sideways, and it never says "real"', async () => {
    const { page } = at;
    await page.setViewportSize({ width: 320, height: 700 });
    await openLive(page);
    await page.getByRole('button', { name: words.camera }).click();
    await page.locator('.person').first().waitFor({ timeout: 120_000 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
    expect(await page.locator('main').innerText()).not.toMatch(/\breal\b/i);
  });
});

describe('live, with a camera that says how its frames are to be turned', () => {
  const at = inBrowser(() => []);

  it.each([90, 180, 270])(
    'by %d degrees: they are, and none is drawn, which would cost its memory',
    async (turn) => {
      const { page } = at;
      await giveTurnedCamera(page, turn);
      await openLive(page);
      // What MediaPipe and the page draw is no frame of a camera.
      page.on('worker', (worker) => {
        void worker.evaluate(() => {
          const { prototype } = OffscreenCanvasRenderingContext2D;
          const drawImage = prototype.drawImage;
          Object.assign(globalThis, { drawn: 0 });
          prototype.drawImage = function (...given: unknown[]) {
            if (given[0] instanceof VideoFrame) (globalThis as unknown as { drawn: number }).drawn++;
            Reflect.apply(drawImage, this, given);
          };
        });
      });
      await page.getByRole('button', { name: words.camera }).click();
      await page.locator('.person').first().waitFor({ timeout: 60_000 });
      const [frame, face] = [
        await page.locator('.picture').boundingBox(),
        await page.locator('.box').first().boundingBox(),
      ];
      // Where the upright portrait has it.
      expect((face!.x + face!.width / 2 - frame!.x) / frame!.width).toBeCloseTo(0.42, 1);
      expect((face!.y + face!.height / 2 - frame!.y) / frame!.height).toBeCloseTo(0.3, 1);
      const drawn = page
        .workers()
        .map((worker) => worker.evaluate(() => (globalThis as unknown as { drawn: number }).drawn));
      expect((await Promise.all(drawn)).filter((count) => count !== 0)).toEqual([]);
      await page.keyboard.press('Escape');
    },
  );
});

describe('live, where it cannot be', () => {
  const at = inBrowser(() => ['--deny-permission-prompts']);

  it('says that the camera is refused, missing or not to be had, and goes on', async () => {
    const { page } = at;
    await openLive(page);
    const camera = page.getByRole('button', { name: words.camera });
    for (const [name, sentence] of [
      ['NotAllowedError', words.problems.refused_camera],
      ['NotFoundError', words.problems.no_camera],
      ['NotReadableError', words.problems.busy],
    ] as const) {
      await page.evaluate((kind) => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', kind));
      }, name);
      await camera.click();
      await page.getByRole('alert').getByText(sentence).waitFor();
    }
    await page.evaluate(() =>
      Object.defineProperty(navigator, 'mediaDevices', { value: undefined, configurable: true }),
    );
    await camera.click();
    await page.getByRole('alert').getByText(words.problems.unsupported_camera).waitFor();
    await page.getByRole('button', { name: words.share }).click();
    await page.getByRole('alert').getByText(words.problems.unsupported_screen).waitFor();
  });

  it('a browser that shares no tab or window offers the camera, and says so', async () => {
    const { page } = at;
    await page.addInitScript(() => Object.assign(navigator.mediaDevices, { getDisplayMedia: undefined }));
    await page.goto(server.url);
    await page.getByRole('button', { name: words.open }).click();
    await page.getByText(words.problems.unsupported_screen).waitFor();
    await page.getByRole('button', { name: words.camera }).waitFor();
    expect(await page.getByRole('button', { name: words.share }).count()).toBe(0);
  });

  it('a refusal by the browser itself ends in a sentence too', async () => {
    const { page } = at;
    await openLive(page);
    await page.getByRole('button', { name: words.camera }).click();
    const { refused_camera, no_camera } = words.problems;
    expect([refused_camera, no_camera]).toContain(await page.getByRole('alert').innerText());
  });
});

describe('live, without a detector', () => {
  const at = inBrowser(() => ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream']);

  it('that was tampered with: says so and lets go of the camera', async () => {
    const { page } = at;
    await at.context.route('**/model/*.bin', async (route) => {
      const response = await route.fetch();
      const body = await response.body();
      body[100] = body[100]! ^ 1;
      await route.fulfill({ response, body });
    });
    await openLive(page);
    await page.getByRole('button', { name: words.camera }).click();
    await page.getByRole('alert').getByText(messages.reasons.model_integrity_failed).waitFor();
    expect(await tracks(page)).toEqual(['ended']);
  });

  it('that is not shipped: live is not offered', async () => {
    const { page } = at;
    await at.context.route('**/model/manifest.json', (route) => route.fulfill({ status: 404 }));
    await page.goto(server.url);
    await page.getByText(messages.start.noModel).waitFor();
    expect(await page.getByRole('button', { name: words.open }).count()).toBe(0);
  });

  it('a shared screen is taken, without sound', async () => {
    const { page } = at;
    await openLive(page);
    await page.getByRole('button', { name: words.share }).click();
    await page.locator('[data-fact=rate]').waitFor({ timeout: 120_000 });
    await page.getByText(words.noOne).first().waitFor();
    expect(await tracks(page)).toEqual(['live']);
    await page.keyboard.press('Escape');
    expect(await tracks(page)).toEqual(['ended']);
  });
});
