/**
 * Writes an exported model as ONNX:
 *
 *     npx tsx model-export/convert-onnx.ts [--model public/model] --out FILE.onnx
 *
 * The file is written only when onnxruntime computes the same logits from it as the model in the web format.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readArguments } from '../scripts/refuse.ts';
import { loadModel } from '../src/detector/model.ts';
import { Random } from './pseudo-fake/random.ts';
import { checkOnnx } from './onnx-check.ts';
import { toOnnx } from './onnx.ts';
import { openBackend } from './backend.ts';

const FRAMES = 4;

const { values } = readArguments({
  options: { model: { type: 'string', default: 'public/model' }, out: { type: 'string' } },
});
if (values.out === undefined) {
  console.error('Usage: npx tsx model-export/convert-onnx.ts [--model public/model] --out FILE.onnx');
  process.exit(1);
}
const backend = await openBackend('auto');
const { model } = values;
const fromDisk = (url: string | URL | Request): Promise<Response> => {
  const name = new URL(url as string).pathname.split('/').at(-1)!;
  return Promise.resolve(new Response(readFileSync(join(model, name))));
};
const loaded = await loadModel('file:///model/', fromDisk as typeof fetch);
const { config, preprocessing, name, version } = loaded.manifest;
const onnx = await toOnnx(loaded.params, config, preprocessing, {
  name,
  version,
  'manifest.sha256': loaded.sha256,
  license: loaded.manifest.limits[0] ?? '',
});

const random = new Random(1);
const numbers = FRAMES * config.inputSize ** 2 * 3;
const levels = Float32Array.from({ length: numbers }, () => random.below(256));
const difference = await checkOnnx(onnx, loaded.params, config, preprocessing, levels);
console.log(
  `largest difference of a logit, ${backend} against onnxruntime: ${difference.toExponential(1)} of the largest`,
);
writeFileSync(values.out, onnx);
console.log(`${values.out}: ${(onnx.length / 1e6).toFixed(2)} MB`);
process.exit(0);
