/**
 * Before the first test of the built app: it is built, and a copy of it has a small model in place of the shipped one, for
 * tests that are not about what the network says.
 */
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import type { TestProject } from 'vitest/node';
import { ensureBuilt } from '../../scripts/build-stamp.ts';
import { root } from '../../scripts/root.ts';
import { madeModel, TINY_PAIR } from '../unit/detector-model.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the built app with the small model. */
    smallModelApp: string;
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  await ensureBuilt();
  const app = mkdtempSync(join(tmpdir(), 'clearframe-small-model-'));
  cpSync(join(root, 'dist'), app, { recursive: true });
  // The pages, the workers and the service worker know a model by its manifest only.
  const model = join(app, 'model');
  for (const name of readdirSync(model)) rmSync(join(model, name));
  for (const [name, bytes] of await madeModel(TINY_PAIR)) writeFileSync(join(model, name), bytes);
  project.provide('smallModelApp', app);
  return () => rmSync(app, { recursive: true });
}
