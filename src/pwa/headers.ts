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
  "style-src 'self'", // style properties are set by scripts, which needs no permission
  "img-src 'self' blob:",
  "media-src 'self' blob:",
  "connect-src 'self' blob:", // blobs are made by the page itself: libraries fetch WebAssembly from them, once it is checked
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
