import { afterEach, describe, expect, it, vi } from 'vitest';
import { fetchListed } from '../../src/integrity/fetch-listed.ts';

const LISTED = new URL('/runtime/kernels/kernels-simd.wasm', location.href).href;

afterEach(() => vi.unstubAllGlobals());

/** What the host answers from now on. */
function answerWith(answer: () => Response): void {
  vi.stubGlobal('fetch', () => Promise.resolve(answer()));
}

describe('fetchListed', () => {
  it('gives the bytes of a listed file, and tells of its pieces', async () => {
    let [came, wanted] = [0, 0];
    const bytes = await fetchListed(LISTED, (read, expected) => {
      came += read;
      wanted += expected;
    });
    expect(bytes).toEqual(new Uint8Array(await (await fetch(LISTED)).arrayBuffer()));
    expect([came, wanted]).toEqual([bytes.length, bytes.length]);
  });

  it('refuses a file that is wrong by one bit', async () => {
    const bytes = await fetchListed(LISTED);
    bytes[100]! ^= 1;
    answerWith(() => new Response(bytes));
    await expect(fetchListed(LISTED)).rejects.toMatchObject({
      code: 'model_integrity_failed',
      message: expect.stringMatching(
        /^runtime\/kernels\/kernels-simd.wasm has SHA-256 \w{64}, expected \w{64}$/,
      ),
    });
  });

  it.each([
    ['a page instead of the file', LISTED, () => new Response('<!doctype html>')],
    ['a file that is not there', LISTED, () => new Response('', { status: 404 })],
    ['a file that is not listed', `${LISTED}.js`, () => new Response('')],
    ['a network that is not there', LISTED, () => Response.error()],
  ])('refuses %s', async (_, url, answer) => {
    answerWith(answer);
    await expect(fetchListed(url)).rejects.toMatchObject({ code: 'model_integrity_failed' });
  });
});
