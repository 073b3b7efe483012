import { describe, expect, it } from 'vitest';
import { StalledError } from '../../src/analysis/stall.ts';
import { messages } from '../../src/app/messages.ts';
import { backendText, decoderText, fallbackText } from '../../src/app/runtime-words.ts';
import { KERNEL_BUILDS } from '../../src/detector/trunk.ts';
import { record } from './share-record.ts';

const words = messages.result;
const { runtime } = record();

describe('the machinery of a run, in words', () => {
  it('names the processor, how it computed, and its threads', () => {
    expect(backendText(runtime)).toBe(
      `${words.backends.wasm}, ${words.kernels.relaxed}, ${words.threads(1)}`,
    );
    expect(backendText({ ...runtime, backend: 'webgpu', kernels: null, threads: null })).toBe(
      `${words.backends.webgpu}, ${words.threads(1)}`,
    );
    expect(backendText({ ...runtime, backend: null })).toBe(words.unknown);
  });

  it('has words for every build of the kernels', () => {
    for (const build of KERNEL_BUILDS) expect(words.kernels[build]).toBeTypeOf('string');
  });

  it('names the decoder', () => {
    expect(decoderText(runtime)).toBe(words.decoders.webcodecs);
    expect(decoderText({ ...runtime, decoder: null })).toBe(words.unknown);
  });

  it.each([
    ['webgpu: the adapter is software (google swiftshader)', words.givenUp.noGpu],
    ['webgpu: the browser has no WebGPU', words.givenUp.noGpu],
    ['webgpu: no GPU adapter', words.givenUp.noGpu],
    ['webgpu: its numbers are wrong', words.givenUp.gpu],
    ['wasm: the kernels do not agree with the network', words.givenUp.wasm],
    ['webcodecs → ffmpeg: not supported', words.givenUp.browserDecoder],
    [new StalledError('load').message, words.givenUp.loading],
    [new StalledError('judge').message, words.givenUp.detector],
    [new StalledError('search').message, words.givenUp.search],
  ])('tells what was done without: %s', (message, sentence) => {
    expect(fallbackText(message)).toBe(sentence);
  });

  it('shows what it does not know as it stands in the record', () => {
    expect(fallbackText('abacus: a bead is missing')).toBe('abacus: a bead is missing');
    expect(backendText({ ...runtime, backend: 'constructor', kernels: 'toString' })).toContain(
      'constructor, toString',
    );
  });
});
