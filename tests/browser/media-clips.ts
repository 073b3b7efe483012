/** Helpers of the media tests: the made clips, and how to read the frame number that every frame carries. */
import { wrap, type Remote } from 'comlink';
import type { Frame } from '../../src/media/index.ts';
import type { MediaWorker, Sampled } from './media.worker.ts';

const URLS = import.meta.glob<string>(['../fixtures/clips/*', '../museum/pieces/*'], {
  query: '?url',
  import: 'default',
  eager: true,
});

/** A made clip (see `scripts/make-clips.ts`), or a piece of the museum. */
export async function clip(name: string): Promise<Blob> {
  const url = URLS[`../fixtures/clips/${name}`] ?? URLS[`../museum/pieces/${name}`];
  if (url === undefined) throw new Error(`no clip ${name}`);
  return (await fetch(url)).blob();
}

let worker: Remote<MediaWorker> | undefined;

/** The media stage in a worker, started once. */
export function mediaWorker(): Remote<MediaWorker> {
  worker ??= wrap<MediaWorker>(new Worker(new URL('./media.worker.ts', import.meta.url), { type: 'module' }));
  return worker;
}

/** @throws Error when the clip could not be opened, with the code */
export async function sample(
  file: Blob,
  asked: number[] | number,
  decoder?: 'webcodecs' | 'ffmpeg',
): Promise<Sampled> {
  const result = await mediaWorker().sample(file, asked, decoder);
  if (typeof result === 'string') throw new Error(result);
  return result;
}

/** The number in the strip of eight bits along the upper edge, lowest bit left. */
export function frameNumber({ width, height, data }: Frame): number {
  let number = 0;
  for (let bit = 0; bit < 8; bit++) {
    const x = Math.floor(((bit + 0.5) * width) / 8);
    const y = Math.floor(height / 12);
    if (data[(y * width + x) * 4]! > 128) number |= 1 << bit;
  }
  return number;
}

/** Of any byte. */
export function greatestDifference(a: Frame, b: Frame): number {
  if (a.data.length !== b.data.length) throw new Error('frames of different sizes');
  return a.data.reduce((greatest, level, i) => Math.max(greatest, Math.abs(level - b.data[i]!)), 0);
}
