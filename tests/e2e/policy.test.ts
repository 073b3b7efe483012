/** The content security policy, wherever it is given. What it refuses is tried out in `private.test.ts`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/root.ts';
import { CONTENT_SECURITY_POLICY } from '../../src/pwa/headers.ts';
import config from '../../vite.config.ts';
import { useBuiltApp } from './built-app.ts';

const app = useBuiltApp();

describe('the policy', () => {
  /** Written out: whoever widens it has to widen it here too. */
  const POLICY = [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "media-src 'self' blob:",
    "connect-src 'self' blob:",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

  it('is no wider than this', () => expect(CONTENT_SECURITY_POLICY).toBe(POLICY));

  it.each(['index.html', 'headless.html', 'embed/index.html'])('is in %s itself', (name) => {
    const html = readFileSync(join(root, 'dist', name), 'utf8');
    const [, written] = /<meta\s+http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(html)!;
    expect(written!.replaceAll('&#39;', "'")).toBe(POLICY);
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=/);
  });

  it.each(['', 'headless.html', 'runtime/assets.json'])(
    'comes by header with /%s from npm start',
    async (path) => {
      const { headers } = await fetch(app.server.url + path);
      expect(headers.get('Content-Security-Policy')).toBe(POLICY);
    },
  );

  it('comes by header from vite preview', () => {
    expect((config as { preview: { headers: object } }).preview.headers).toMatchObject({
      'Content-Security-Policy': POLICY,
    });
  });
});
