import { defineConfig } from 'vitest/config';
import { playwright } from '@vitest/browser-playwright';
import { ISOLATION } from './src/pwa/headers.ts';
import { assemblyScript } from './scripts/kernels.ts';
import { define } from './vite.config.ts';

const executablePath = process.env.CHROME_PATH ?? '/usr/bin/chromium';
const unsafeWebGpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [assemblyScript],
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.ts'],
          environment: 'node',
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        define,
        plugins: [assemblyScript],
        // Found while tests run, these would make Vite reload the page under them.
        optimizeDeps: {
          include: [
            '@contentauth/c2pa-wasm',
            '@mediapipe/tasks-vision',
            '@tensorflow/tfjs-core',
            '@tensorflow/tfjs-core/dist/register_all_gradients.js',
            '@tensorflow/tfjs-backend-cpu',
            '@tensorflow/tfjs-backend-wasm',
            '@tensorflow/tfjs-backend-webgpu',
            'comlink',
            'fflate',
            'idb',
            'mediabunny',
            'valibot',
          ],
        },
        server: { headers: ISOLATION },
        worker: { format: 'es', plugins: () => [assemblyScript] },
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          testTimeout: 120_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath,
                args: [
                  '--no-sandbox',
                  '--disable-background-networking',
                  '--disable-component-update',
                  '--disable-sync',
                  '--no-first-run',
                  '--js-flags=--expose-gc', // what only garbage keeps alive has to show
                  ...unsafeWebGpu,
                ],
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          globalSetup: ['tests/e2e/setup.ts'],
          environment: 'node',
          testTimeout: 300_000,
          hookTimeout: 300_000,
          // Each has a Chromium with workers of its own: on two cores two at once take only a fifth less.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
