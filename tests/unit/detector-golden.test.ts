import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { paramSpecs } from '../../src/detector/params.ts';
import { nodeBackends } from './detector-backends.ts';
import { goldenConfig, goldenErrors, goldenTensors, worstError, type CaseName } from './detector-golden.ts';

/** Relative to PyTorch, per stage. */
const TOLERANCE = 1e-4;
const cases: CaseName[] = ['small', 'resnext50_32x4d'];

test.each(cases)('parameters of %s have the names and the order of PyTorch', (name) => {
  const ours = paramSpecs(goldenConfig(name));
  const theirs = goldenTensors(name);
  expect(ours.map((spec) => spec.name)).toEqual(theirs.map((tensor) => tensor.name));
  ours.forEach(({ shape }, k) => {
    // Ours: [kh, kw, in, out] and [in, out]; PyTorch: [out, in, kh, kw] and [out, in].
    const [a, b, c, d] = shape;
    const torch = shape.length === 4 ? [d, c, a, b] : shape.length === 2 ? [b, a] : shape;
    expect(torch).toEqual(theirs[k]!.shape);
  });
});

describe.each(nodeBackends)('on %s', (backend) => {
  test.each(cases.filter((name) => name === 'small' || backend !== 'cpu'))(
    'every stage of %s equals PyTorch',
    async (name) => {
      await tf.setBackend(backend);
      const before = tf.memory().numTensors;
      const errors = await goldenErrors(name);
      console.log(backend, name, errors.map((e) => `${e.stage} ${e.values.toExponential(1)}`).join(', '));
      expect(worstError(errors)).toBeLessThan(TOLERANCE);
      expect(tf.memory().numTensors).toBe(before);
    },
  );
});
