/** `npm run build`: the run-time files, then the app, into `dist/`. */
import { build } from 'vite';
import { root } from './root.ts';
import { buildRuntimeAssets } from './runtime-assets.ts';
import { writeBuildStamp } from './build-stamp.ts';

await buildRuntimeAssets();
await build({ root, logLevel: 'warn' });
await writeBuildStamp();
