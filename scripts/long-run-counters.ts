/** Counters in the workers of a long run, put in front of their own code: frames that are open, and memories of WebAssembly. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from 'playwright-core';

export interface WorkerCounts {
  /** VideoFrames that were given out and not closed. */
  frames: number;
  /** Bytes of all memories of WebAssembly that are still held. */
  wasm: number;
}

interface Counting {
  longRunCounts?: () => WorkerCounts;
}

/** @param dist a copy of the built app, which is changed */
export function countInWorkers(dist: string): void {
  const assets = join(dist, 'assets');
  // tsx gives functions their names by a helper of this name.
  const count = `(() => { const __name = (target) => target; (${counters.toString()})(); })();`;
  for (const name of readdirSync(assets).filter((one) => /^([a-z]+-)?worker-.*\.js$/.test(one))) {
    const path = join(assets, name);
    writeFileSync(path, `${count}\n${readFileSync(path, 'utf8')}`);
  }
}

export async function workerCounts(workers: Worker[]): Promise<WorkerCounts> {
  const ask = (): WorkerCounts => (self as Counting).longRunCounts?.() ?? { frames: 0, wasm: 0 };
  const all = await Promise.all(workers.map((worker) => worker.evaluate(ask)));
  const sum = (key: keyof WorkerCounts): number => all.reduce((total, counts) => total + counts[key], 0);
  return { frames: sum('frames'), wasm: sum('wasm') };
}

/** Runs in the worker: refers to nothing outside. */
function counters(): void {
  let frames = 0;
  const open = new WeakSet<VideoFrame>();
  const opened = (frame: VideoFrame): VideoFrame => {
    frames++;
    open.add(frame);
    return frame;
  };
  const { close, clone } = VideoFrame.prototype;
  VideoFrame.prototype.close = function () {
    if (open.delete(this)) frames--;
    close.call(this);
  };
  VideoFrame.prototype.clone = function () {
    return opened(clone.call(this));
  };
  self.VideoFrame = new Proxy(VideoFrame, {
    construct: (target, given) => opened(Reflect.construct(target, given) as VideoFrame),
  });
  self.VideoDecoder = class extends VideoDecoder {
    constructor(init: VideoDecoderInit) {
      super({ ...init, output: (frame) => init.output(opened(frame)) });
    }
  };

  const memories = new Set<WeakRef<WebAssembly.Memory>>();
  const known = new WeakSet<WebAssembly.Memory>();
  const note = (memory: WebAssembly.Memory): void => {
    if (!known.has(memory)) memories.add(new WeakRef(memory));
    known.add(memory);
  };
  const { Instance, Memory, instantiate, instantiateStreaming } = WebAssembly;
  const noteExports = (instance: WebAssembly.Instance): void => {
    for (const one of Object.values(instance.exports)) if (one instanceof Memory) note(one);
  };
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      note(this);
    }
  };
  WebAssembly.Instance = class extends Instance {
    constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
      super(module, imports);
      noteExports(this);
    }
  };
  const watched =
    <Arguments extends unknown[], Result>(call: (...given: Arguments) => Promise<Result>) =>
    async (...given: Arguments): Promise<Result> => {
      const result = await call(...given);
      noteExports(
        result instanceof Instance ? result : (result as { instance: WebAssembly.Instance }).instance,
      );
      return result;
    };
  WebAssembly.instantiate = watched(instantiate as never) as never;
  WebAssembly.instantiateStreaming = watched(instantiateStreaming) as never;

  (self as Counting).longRunCounts = () => {
    let wasm = 0;
    for (const one of memories) {
      const memory = one.deref();
      if (memory === undefined) memories.delete(one);
      else wasm += memory.buffer.byteLength;
    }
    return { frames, wasm };
  };
}
