import { existsSync, readFileSync } from 'node:fs';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';
import { sourceHash } from './scripts/build-stamp.ts';
import { assemblyScript } from './scripts/kernels.ts';
import { listShippedPackages } from './scripts/shipped-packages.ts';
import { CONTENT_SECURITY_POLICY, ISOLATION } from './src/pwa/headers.ts';
import { MANIFEST } from './src/pwa/manifest.ts';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** The big files by path, as they lie in `public/runtime`; none where nothing has been built yet. */
function runtimeFiles(): Record<string, { sha256: string; bytes: number }> {
  const list = new URL('public/runtime/assets.json', import.meta.url);
  if (!existsSync(list)) return {};
  const { files } = JSON.parse(readFileSync(list, 'utf8')) as {
    files: { path: string; sha256: string; bytes: number }[];
  };
  return Object.fromEntries(files.map(({ path, sha256, bytes }) => [path, { sha256, bytes }]));
}

/** Constants that the sources know under these names; the tests define them too. */
export const define = {
  __APP_VERSION__: JSON.stringify(version),
  __APP_SHA256__: 'null',
  __RUNTIME_FILES__: JSON.stringify(runtimeFiles()),
};

/** The policy in the pages themselves, for hosts that send no headers. The development server needs more than it allows. */
const policyInPages: Plugin = {
  name: 'policy-in-pages',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: CONTENT_SECURITY_POLICY },
      injectTo: 'head-prepend',
    },
  ],
};

/** A record says what it was made with. The development server's sources change under it, so they have no hash. */
const hashOfSources: Plugin = {
  name: 'hash-of-sources',
  apply: 'build',
  config: async () => ({ define: { __APP_SHA256__: JSON.stringify(await sourceHash()) } }),
};

const shippedPackages = listShippedPackages();

export default defineConfig({
  base: './',
  define,
  plugins: [
    svelte(),
    assemblyScript,
    policyInPages,
    hashOfSources,
    shippedPackages(),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'src/pwa',
      filename: 'sw.ts',
      injectRegister: false, // src/pwa/index.ts does it
      injectManifest: {
        globPatterns: [
          '**/*.{html,js,css,svg,png,webmanifest}',
          'sample/*.mp4',
          'schema/*.json',
          'runtime/assets.json',
          'model/manifest.json',
        ],
        globIgnores: [
          'screenshots/*',
          'embed/*',
          'types/**',
          'runtime/**/*.js',
          'headless.html',
          'assets/headless-*',
        ],
        maximumFileSizeToCacheInBytes: 4 * 1024 * 1024,
        buildPlugins: { vite: [shippedPackages()] },
      },
      manifest: MANIFEST,
    }),
  ],
  worker: { format: 'es', plugins: () => [assemblyScript, shippedPackages()] },
  build: {
    target: 'es2022',
    rollupOptions: {
      input: { index: 'index.html', headless: 'headless.html', clearframe: 'src/analysis/library.ts' },
      // The library keeps its name and its exports: other people's pages import it.
      preserveEntrySignatures: 'exports-only',
      output: {
        entryFileNames: ({ name }) => (name === 'clearframe' ? 'clearframe.js' : 'assets/[name]-[hash].js'),
      },
      checks: { pluginTimings: false },
    },
  },
  server: { headers: ISOLATION },
  preview: { headers: { ...ISOLATION, 'Content-Security-Policy': CONTENT_SECURITY_POLICY } },
});
