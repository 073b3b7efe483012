/** Compiles the trunk's kernels to WebAssembly: with SIMD, and with relaxed SIMD besides. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';
import { root } from './root.ts';

const SOURCE = 'src/detector/kernels/kernels.as';

export const KERNEL_BUILDS = { simd: ['simd'], relaxed: ['simd', 'relaxed-simd'] } as const;
export type KernelBuild = keyof typeof KERNEL_BUILDS;

/** @returns the bytes of a module @throws Error with the compiler's messages */
export async function compileKernels(build: KernelBuild): Promise<Uint8Array> {
  const source = await readFile(join(root, SOURCE), 'utf8');
  let binary: Uint8Array | undefined;
  const features = KERNEL_BUILDS[build].flatMap((feature) => ['--enable', feature]);
  const { error, stderr } = await asc.main(
    ['kernels.ts', '-O3', '--noAssert', '--runtime', 'stub', '--outFile', 'kernels.wasm', ...features],
    {
      readFile: (name) => (name === 'kernels.ts' ? source : null),
      writeFile: (name, contents) => {
        if (name === 'kernels.wasm') binary = contents as Uint8Array;
      },
      listFiles: () => [],
    },
  );
  if (error !== null || binary === undefined)
    throw new Error(`${SOURCE} does not compile: ${stderr.toString()}`);
  return binary;
}
