import { expect, it } from 'vitest';
import { hashFile } from '../../src/media/hash.ts';

/** V8's own, which the browser of the tests is started with. */
declare const gc: () => void;

it('a file is hashed to its end when garbage is collected while it is read', async () => {
  const file = new File([new Uint8Array(5000)], 'clip.mp4');
  const collecting = setInterval(gc, 0);
  try {
    const hashes = [];
    for (let i = 0; i < 10; i++) hashes.push(await hashFile(file));
    const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
    const expected = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    expect(new Set(hashes)).toEqual(new Set([expected]));
  } finally {
    clearInterval(collecting);
  }
}, 20_000);
