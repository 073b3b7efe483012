import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { registerGradients } from '../../model-export/backend.ts';

const require = createRequire(import.meta.url);
const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
setWasmPaths(join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')), '/'));
setThreadsCount(2);
// tfjs-core alone has none, and where tfjs-node is missing nobody else brings them.
registerGradients();

/** Where tfjs-node is, if anywhere: an ordinary install, the environment's, or the one `setup-tfjs-node.ts` builds. */
function tfjsNode(): string | undefined {
  const places = [
    process.env['CLEARFRAME_TFJS_NODE'] ?? '',
    join(project, '.cache', 'tfjs-node', 'node_modules', '@tensorflow', 'tfjs-node'),
    join(project, 'node_modules', '@tensorflow', 'tfjs-node'),
  ];
  return places.find(
    (place) => place !== '' && existsSync(join(place, 'lib', 'napi-v8', 'tfjs_binding.node')),
  );
}

/** tfjs-node registers with the project's tfjs-core; false, with a message, when it is not there. */
export function loadTfjsNode(): boolean {
  const place = tfjsNode();
  if (place === undefined) {
    console.warn('tfjs-node is not built here (model-export/setup-tfjs-node.ts): its tests are skipped');
    return false;
  }
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  require(place);
  return tf.engine().registryFactory['tensorflow'] !== undefined;
}

export const nodeBackends = ['cpu', 'wasm', ...(loadTfjsNode() ? ['tensorflow'] : [])];
