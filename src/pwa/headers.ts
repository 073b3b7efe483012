/** What the app's pages and workers are meant to be sent with. */

/** With these a page may use shared memory, and stands alone in its process. */
export const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * The browser itself keeps to the promise that nothing leaves the device: the page and its workers may load from and
 * connect to their own origin only. `wasm-unsafe-eval` lets WebAssembly compile; JavaScript's own eval stays forbidden.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'", // positions of boxes and bars are style attributes
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "connect-src 'self' blob: data:",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
