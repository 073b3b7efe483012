import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import jpeg from 'jpeg-js';
import * as ort from 'onnxruntime-web/wasm';
import { expect, test } from 'vitest';
import { root } from '../../scripts/root.ts';
import { blazeFaceOnnx, facesIn, lookAt, SIDE } from '../bench/blaze-face.ts';
import { readTflite } from '../bench/tflite.ts';

const MODEL = 'node_modules/@mediapipe/face_detection/face_detection_full_range_sparse.tflite';

test('the face network of the native peer finds the face of the portrait, and none beside it', async () => {
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(
    blazeFaceOnnx(readTflite(new Uint8Array(readFileSync(join(root, MODEL))))),
  );
  const { width, height, data } = jpeg.decode(readFileSync(join(root, 'tests/fixtures/faces/astronaut.jpg')));
  const picture = { width, height, data: new Uint8ClampedArray(data) };
  const find = async (left: number, top: number, side: number) => {
    const look = { left, top, side };
    const input = new ort.Tensor('float32', lookAt(picture, look), [1, 3, SIDE, SIDE]);
    const { boxes, scores } = await session.run({ picture: input });
    return facesIn(boxes!.data as Float32Array, scores!.data as Float32Array, look);
  };
  const whole = await find(0, 0, width);
  expect(whole).toHaveLength(1);
  const { box, keypoints } = whole[0]!;
  // Her right eye is on the picture's left; both lie in the box's upper half, the mouth in its lower.
  expect(keypoints.rightEye.x).toBeLessThan(keypoints.leftEye.x);
  for (const eye of [keypoints.rightEye, keypoints.leftEye])
    expect(eye.y).toBeLessThan(box.y + box.height / 2);
  expect(keypoints.mouth.y).toBeGreaterThan(box.y + box.height / 2);
  // A closer look finds the same face at the same place.
  const [close] = await find(box.x - box.width, box.y - box.height, 3 * box.width);
  expect(Math.abs(close!.keypoints.nose.x - keypoints.nose.x)).toBeLessThan(0.1 * box.width);
  expect(Math.abs(close!.keypoints.nose.y - keypoints.nose.y)).toBeLessThan(0.1 * box.width);
  expect(await find(0, height * 0.6, width * 0.3)).toEqual([]);
});
