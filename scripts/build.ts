/** `npm run build`: the run-time files, then the app and the library with its types, into `dist/`. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'vite';
import { root } from './root.ts';
import { buildRuntimeAssets } from './runtime-assets.ts';
import { writeBuildStamp } from './build-stamp.ts';

// A build is a production build, whoever asks for it: Vitest sets this to `test`.
process.env.NODE_ENV = 'production';
await buildRuntimeAssets();
await build({ root, logLevel: 'warn' });
execFileSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.library.json'],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
await writeBuildStamp();
