/**
 * Real H.264: pictures through libx264 and back, by the same ffmpeg build that the product decodes with. The simulated
 * codec (`block-codec.ts`) is cheaper; this one predicts between frames, picks block sizes and deblocks as files do.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { runInNewContext } from 'node:vm';
import { imageFromBytes, imageToBytes } from './image.ts';
import type { Image } from './image.ts';

/** The part of the Emscripten module that is used here. */
interface FfmpegCore {
  FS: {
    writeFile(path: string, bytes: Uint8Array): void;
    readFile(path: string): Uint8Array;
    unlink(path: string): void;
  };
  exec(...args: string[]): number;
  setLogger(logger: (line: { message: string }) => void): void;
}

export interface Encoding {
  /** x264's constant rate factor: 18 is nearly clean, 23 the usual, 40 poor. */
  crf: number;
  /** Pixels by which the picture before each run is displaced: what the first picture is predicted from. */
  moveX: number;
  moveY: number;
}

/** The build loses a little memory with every call and fails after about 100: it is loaded afresh well before. */
const RUNS_PER_LOAD = 20;

/** Emscripten's loader takes Node for a browser without a document; in a context of its own it finds what it asks for. */
async function loadCore(): Promise<FfmpegCore> {
  const script = createRequire(import.meta.url).resolve('@ffmpeg/core');
  const wasmBinary = readFileSync(script.replace(/\.js$/, '.wasm'));
  const worker: Record<string, unknown> = {
    ...{ WebAssembly, TextDecoder, URL, atob, performance, console, setTimeout, clearTimeout, crypto },
    location: { href: 'file:///' },
    importScripts: () => undefined,
    WorkerGlobalScope: class {},
    module: { exports: {} },
  };
  worker['self'] = worker;
  const create = runInNewContext(`${readFileSync(script, 'utf8')}\ncreateFFmpegCore;`, worker) as (
    options: object,
  ) => Promise<FfmpegCore>;
  const core = await create({ wasmBinary, mainScriptUrlOrBlob: `#${btoa('{}')}` });
  core.setLogger(() => undefined);
  return core;
}

/** The picture moved by whole pixels, its border repeated. */
function displaced(bytes: Uint8Array, side: number, moveX: number, moveY: number): Uint8Array {
  const moved = new Uint8Array(bytes.length);
  const inside = (value: number): number => Math.min(side - 1, Math.max(0, value));
  for (let y = 0; y < side; y++) {
    const row = inside(y - moveY) * side;
    for (let x = 0; x < side; x++) {
      const from = 3 * (row + inside(x - moveX));
      moved.set(bytes.subarray(from, from + 3), 3 * (y * side + x));
    }
  }
  return moved;
}

export class H264 {
  private core: Promise<FfmpegCore> | undefined;
  private runs = 0;

  /**
   * Encodes and decodes runs of pictures. Each run begins with a key frame of its displaced first picture, which is then
   * dropped: so that even a run of one picture is predicted, as most frames of a video are.
   * @param sequences runs of equal length, pictures square with equal, even sides
   * @returns new pictures in the same order
   */
  async recode(sequences: readonly Image[][], encoding: Encoding): Promise<Image[][]> {
    const length = sequences[0]?.length ?? 0;
    const side = sequences[0]?.[0]?.width ?? 0;
    if (length === 0) return [];
    if (side % 2 !== 0) throw new RangeError(`a side of ${side} pixels is odd`);
    const frameBytes = side * side * 3;
    const raw = new Uint8Array(sequences.length * (length + 1) * frameBytes);
    let at = 0;
    for (const images of sequences) {
      const frames = images.map(imageToBytes);
      for (const frame of [displaced(frames[0]!, side, encoding.moveX, encoding.moveY), ...frames]) {
        raw.set(frame, at);
        at += frameBytes;
      }
    }
    const decoded = await this.run(raw, side, length + 1, encoding.crf);
    return sequences.map((images, sequence) =>
      images.map((_, index) => {
        const start = (sequence * (length + 1) + index + 1) * frameBytes;
        return imageFromBytes(decoded.subarray(start, start + frameBytes), side, side);
      }),
    );
  }

  private async run(raw: Uint8Array, side: number, interval: number, crf: number): Promise<Uint8Array> {
    if (this.runs++ % RUNS_PER_LOAD === 0) this.core = loadCore();
    const core = await this.core!;
    const pictures = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${side}x${side}`];
    // Every run is a closed group of pictures; nothing is predicted across runs.
    const groups = ['-g', interval, '-keyint_min', interval, '-sc_threshold', 0, '-bf', 0].map(String);
    const x264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', String(crf), '-pix_fmt', 'yuv420p'];
    core.FS.writeFile('raw', raw);
    const failed =
      core.exec('-y', ...pictures, '-i', 'raw', ...x264, ...groups, '-f', 'h264', 'coded') ||
      core.exec('-y', '-f', 'h264', '-i', 'coded', ...pictures.slice(0, 4), 'raw');
    const decoded = core.FS.readFile('raw');
    if (failed || decoded.length !== raw.length) {
      throw new Error(`libx264 gave ${decoded.length} bytes for ${raw.length} (exit ${failed})`);
    }
    return decoded;
  }
}
