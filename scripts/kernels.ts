/** Compiles modules in AssemblyScript to WebAssembly: the trunk's kernels, and what sources import as `*.as`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';
import type { Plugin } from 'vite';
import { root } from './root.ts';

/** The trunk's kernels come with SIMD, and with relaxed SIMD besides. */
export const KERNEL_BUILDS = { simd: ['simd'], relaxed: ['simd', 'relaxed-simd'] } as const;
export type KernelBuild = keyof typeof KERNEL_BUILDS;

/** @returns the bytes of a module @throws Error with the compiler's messages */
export const compileKernels = (build: KernelBuild): Promise<Uint8Array> =>
  compile(join(root, 'src/detector/kernels/kernels.as'), KERNEL_BUILDS[build]);

/** Lets a source import a small module with SIMD as its bytes. Its memory is its first page and a megabyte. */
export const assemblyScript: Plugin = {
  name: 'assembly-script',
  async load(id) {
    if (!id.endsWith('.as')) return null;
    this.addWatchFile(id);
    const binary = await compile(id, ['simd'], ['--initialMemory', '17']);
    const base64 = Buffer.from(binary).toString('base64');
    return `export default Uint8Array.from(atob('${base64}'), (character) => character.charCodeAt(0));`;
  },
};

async function compile(
  path: string,
  features: readonly string[],
  options: readonly string[] = [],
): Promise<Uint8Array> {
  const source = await readFile(path, 'utf8');
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [
      ...['module.ts', '-O3', '--noAssert', '--runtime', 'stub', '--outFile', 'module.wasm', ...options],
      ...features.flatMap((feature) => ['--enable', feature]),
    ],
    {
      readFile: (name) => (name === 'module.ts' ? source : null),
      writeFile: (name, contents) => {
        if (name === 'module.wasm') binary = contents as Uint8Array;
      },
      listFiles: () => [],
    },
  );
  if (error !== null || binary === undefined)
    throw new Error(`${path} does not compile: ${stderr.toString()}`);
  return binary;
}
