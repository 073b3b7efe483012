/**
 * Writes an exported model as ONNX:
 *
 *     npx tsx model-export/convert-onnx.ts [--model public/model] --out FILE.onnx
 *
 * The file is written only when onnxruntime computes the same logits from it as the model in the web format.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-web/wasm';
import { loadModel } from '../src/detector/model.ts';
import { forward } from '../src/detector/network.ts';
import { Random } from './pseudo-fake/random.ts';
import { toOnnx } from './onnx.ts';
import { openBackend } from './backend.ts';

/** Largest difference of a logit, as a share of the largest logit. */
const TOLERANCE = 1e-3;
const FRAMES = 4;

const { values } = parseArgs({
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

const size = config.inputSize;
const random = new Random(1);
const pixels = tf.tensor4d(
  Float32Array.from({ length: FRAMES * size * size * 3 }, () => random.below(256)),
  [FRAMES, size, size, 3],
);
const colours = tf.div(tf.sub(tf.div(pixels, 255), preprocessing.mean), preprocessing.std) as tf.Tensor4D;
const ours = await forward(loaded.params, colours, FRAMES, config, { kind: 'folded' }).data<'float32'>();
ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(onnx);
const planes = await tf.transpose(pixels, [0, 3, 1, 2]).data<'float32'>();
const { logits } = await session.run({ crops: new ort.Tensor('float32', planes, [FRAMES, 3, size, size]) });
const theirs = logits!.data as Float32Array;
const scale = Math.max(...ours.map(Math.abs));
const difference = Math.max(...ours.map((logit, frame) => Math.abs(logit - theirs[frame]!))) / scale;
console.log(
  `largest difference of a logit, ${backend} against onnxruntime: ${difference.toExponential(1)} of the largest`,
);
if (!(difference <= TOLERANCE))
  throw new Error(`the two disagree by more than ${TOLERANCE}; nothing was written`);
writeFileSync(values.out, onnx);
console.log(`${values.out}: ${(onnx.length / 1e6).toFixed(2)} MB`);
process.exit(0);
