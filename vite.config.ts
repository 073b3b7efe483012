import { readFileSync } from 'node:fs';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';
import { sourceHash } from './scripts/build-stamp.ts';
import { assemblyScript } from './scripts/kernels.ts';
import { listShippedPackages } from './scripts/shipped-packages.ts';
import { CONTENT_SECURITY_POLICY, ISOLATION } from './src/pwa/headers.ts';
import { SHARE_ACTION } from './src/pwa/share-target.ts';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Constants that the sources know under these names; the tests define them too. */
export const define = { __APP_VERSION__: JSON.stringify(version), __APP_SHA256__: 'null' };

/** Files that a desktop may open with the installed app; what is in them is looked at anyway. */
const VIDEO_EXTENSIONS = '.mp4 .m4v .mov .mkv .webm .avi .mpg .mpeg .ts .m2ts .mts .flv .wmv .3gp .ogv'.split(
  ' ',
);

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
      manifest: {
        name: 'Clearframe',
        short_name: 'Clearframe',
        description: 'Check on your own device whether the faces in a video show signs of manipulation.',
        display: 'standalone',
        start_url: './',
        background_color: '#f6f5f1',
        theme_color: '#f6f5f1',
        id: './',
        lang: 'en',
        categories: ['utilities', 'news', 'security'],
        shortcuts: [{ name: 'Check a video', url: './', icons: [{ src: 'icon-192.png', sizes: '192x192' }] }],
        launch_handler: { client_mode: 'focus-existing' },
        file_handlers: [{ action: './', accept: { 'video/*': VIDEO_EXTENSIONS } }],
        share_target: {
          action: SHARE_ACTION,
          method: 'POST',
          enctype: 'multipart/form-data',
          params: { files: [{ name: 'videos', accept: ['video/*'] }] },
        },
        screenshots: [
          { src: 'screenshots/wide.png', sizes: '1280x800', type: 'image/png', form_factor: 'wide' },
          { src: 'screenshots/narrow.png', sizes: '390x844', type: 'image/png', form_factor: 'narrow' },
        ],
        icons: [
          { src: 'icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: 'icon-512.png', sizes: '512x512', type: 'image/png' },
          { src: 'icon-maskable.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
          { src: 'icon.svg', sizes: 'any', type: 'image/svg+xml' },
        ],
      },
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
  preview: { headers: ISOLATION },
});
