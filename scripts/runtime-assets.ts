/**
 * Puts the big run-time files into `public/runtime` from the installed npm packages, with a list of their hashes
 * (`assets.json`) that the service worker checks them by. Nothing of this is committed; nothing comes from a CDN.
 */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buildFaceModel } from './face-model.ts';
import { compileKernels, KERNEL_BUILDS, type KernelBuild } from './kernels.ts';
import { root } from './root.ts';

/** `start`: every analysis needs it; `needed`: fetched only for files that ask for it, by their codec or by credentials they carry. */
type When = 'start' | 'needed';

const COPIES: [from: string, to: string, when: When][] = [
  ['@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm', 'tfjs/tfjs-backend-wasm.wasm', 'needed'],
  [
    '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
    'tfjs/tfjs-backend-wasm-simd.wasm',
    'start',
  ],
  [
    '@mediapipe/tasks-vision/wasm/vision_wasm_module_internal.js',
    'vision/vision_wasm_module_internal.js',
    'start',
  ],
  [
    '@mediapipe/tasks-vision/wasm/vision_wasm_module_internal.wasm',
    'vision/vision_wasm_module_internal.wasm',
    'start',
  ],
  ['@contentauth/c2pa-wasm/pkg/c2pa_bg.wasm', 'c2pa/c2pa_bg.wasm', 'needed'],
  ['@ffmpeg/core/dist/esm/ffmpeg-core.js', 'ffmpeg/ffmpeg-core.js', 'needed'],
  ['@ffmpeg/core/dist/esm/ffmpeg-core.wasm', 'ffmpeg/ffmpeg-core.wasm', 'needed'],
];

/** Packages whose files are copied; the face model is made of one. */
export const COPIED_PACKAGES = [
  ...new Set(COPIES.map(([from]) => from.split('/').slice(0, 2).join('/'))),
  '@mediapipe/face_detection',
];

export async function buildRuntimeAssets(): Promise<void> {
  const out = join(root, 'public/runtime');
  // What an older version put there would be shipped, and nobody would check it.
  await rm(out, { recursive: true, force: true });
  for (const [from, to] of COPIES) {
    await mkdir(dirname(join(out, to)), { recursive: true });
    await copyFile(join(root, 'node_modules', from), join(out, to));
  }
  await mkdir(join(out, 'faces'), { recursive: true });
  await buildFaceModel(join(out, 'faces'));
  await mkdir(join(out, 'kernels'), { recursive: true });
  const kernels = (Object.keys(KERNEL_BUILDS) as KernelBuild[]).map((build) => ({
    build,
    path: `kernels/kernels-${build}.wasm`,
  }));
  for (const { build, path } of kernels) await writeFile(join(out, path), await compileKernels(build));
  const listed: [path: string, when: When][] = [
    ...COPIES.map(([, to, when]): [string, When] => [to, when]),
    ['faces/blaze_face_full_range.tflite', 'start'],
    ...kernels.map(({ path }): [string, When] => [path, 'start']),
  ];
  const files = await Promise.all(
    listed.map(async ([path, when]) => ({
      path: `runtime/${path}`,
      sha256: createHash('sha256')
        .update(await readFile(join(out, path)))
        .digest('hex'),
      bytes: (await stat(join(out, path))).size,
      when,
    })),
  );
  await writeFile(join(out, 'assets.json'), `${JSON.stringify({ files }, null, 2)}\n`);
}
