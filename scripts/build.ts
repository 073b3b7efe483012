/** `npm run build`: the run-time files, then the app, into `dist/`. */
import { build } from 'vite';
import { root } from './root.ts';
import { buildRuntimeAssets } from './runtime-assets.ts';
import { writeBuildStamp } from './build-stamp.ts';

// A build is a production build, whoever asks for it: Vitest sets this to `test`.
process.env.NODE_ENV = 'production';
await buildRuntimeAssets();
await build({ root, logLevel: 'warn' });
await writeBuildStamp();
