import { describe, expect, it } from 'vitest';
import { reasonOf } from '../../src/analysis/failure.ts';
import { WorkerDeathError } from '../../src/workers/lifetime.ts';
import { DetectorError } from '../../src/detector/errors.ts';
import { MediaError } from '../../src/media/types.ts';

describe('reasonOf', () => {
  it.each([
    [new MediaError('codec_unsupported', 'x'), 'codec_unsupported'],
    [new DetectorError('model_missing', 'x'), 'model_missing'],
    [new DetectorError('model_invalid', 'x'), 'model_integrity_failed'],
    [new RangeError('Array buffer allocation failed'), 'out_of_memory'],
    [new RangeError('WebAssembly.Memory(): could not allocate memory'), 'out_of_memory'],
    [new Error('Aborted(OOM). Build with -sASSERTIONS for more info.'), 'out_of_memory'],
    [new WebAssembly.RuntimeError('memory access out of bounds'), 'out_of_memory'],
    [new WorkerDeathError('x'), 'out_of_memory'],
    [new TypeError('x is not a function'), 'internal_error'],
    ['something thrown that is no error', 'internal_error'],
  ])('%s is told as %s', (error, reason) => {
    expect(reasonOf(error)).toBe(reason);
  });
});
