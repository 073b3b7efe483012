/** What a record says of the machinery, in words for people. What is not known here is shown as it stands in the record. */
import type { VerdictRecord } from '../verdict/index.ts';
import { messages } from './messages.ts';

type Runtime = VerdictRecord['runtime'];

/** Which processor computed the network, how, and with how many threads. */
export function backendText({
  backend,
  kernels,
  threads,
}: Pick<Runtime, 'backend' | 'kernels' | 'threads'>): string {
  const words = messages.result;
  if (backend === null) return words.unknown;
  const named = own(words.backends, backend) ?? backend;
  const build = kernels === null ? [] : [own(words.kernels, kernels) ?? kernels];
  return [named, ...build, words.threads(threads ?? 1)].join(', ');
}

export function decoderText({ decoder }: Pick<Runtime, 'decoder'>): string {
  return decoder === null ? messages.result.unknown : messages.result.decoders[decoder];
}

/** Beginnings of what the stages say when they give something up. */
const GIVEN_UP: [start: RegExp, what: keyof typeof messages.result.givenUp][] = [
  [/^webgpu: (the browser has no WebGPU|no GPU adapter|the adapter is software)/, 'noGpu'],
  [/^webgpu: /, 'gpu'],
  [/^wasm: /, 'wasm'],
  [/^ffmpeg → \w+: the clock of the stream jumps: copied/, 'clock'],
  [/^ffmpeg → \w+: the clock of the stream jumps/, 'evenClock'],
  [/^webcodecs → ffmpeg: /, 'browserDecoder'],
  [/^stalled in load: /, 'loading'],
  [/^stalled in judge: /, 'detector'],
  [/^stalled in search: /, 'search'],
];

export function fallbackText(message: string): string {
  const known = GIVEN_UP.find(([start]) => start.test(message));
  return known === undefined ? message : messages.result.givenUp[known[1]];
}

/** Names come from records, which come from anywhere: `constructor` is none of a catalogue's own. */
function own(words: Record<string, string>, name: string): string | undefined {
  return Object.hasOwn(words, name) ? words[name] : undefined;
}
