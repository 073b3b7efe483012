/** Runs ffmpeg.wasm: one worker per open file; ending the worker frees everything. */
import { fetchListed, IntegrityError } from '../integrity/fetch-listed.ts';
import { holdLife } from '../workers/lifetime.ts';
import { queueLength } from './ffmpeg-command.ts';
import type { FfmpegReply, FfmpegRequest, LoadRequest, Slice } from './ffmpeg-protocol.ts';
import { FrameClock } from './frame-clock.ts';
import { ReadAhead } from './read-ahead.ts';
import type { MediaErrorCode } from './types.ts';
import { PictureConverter } from './planes/picture-converter.ts';
import { packedPlanes } from './planes/plane-format.ts';

/** The part of Emscripten's file system over blobs that is used here. */
interface WorkerFileSystem {
  stream_ops: {
    read(stream: unknown, buffer: Uint8Array, offset: number, length: number, position: number): number;
  };
}

/** The part of the Emscripten module that is used here. */
interface FfmpegCore {
  FS: {
    filesystems: { WORKERFS: WorkerFileSystem };
    ErrnoError: new (errno: number) => Error;
    mkdir(path: string): void;
    mount(type: unknown, options: object, path: string): void;
    makedev(major: number, minor: number): number;
    registerDevice(device: number, operations: object): void;
    mkdev(path: string, device: number): void;
  };
  exec(...args: string[]): number;
  ffprobe(...args: string[]): number;
  reset(): void;
  setLogger(logger: (line: { type: string; message: string }) => void): void;
}
type CreateCore = (options: object) => Promise<FfmpegCore>;

/** Lines of ffmpeg's log that are kept to explain a failure: the first half of them and the last. */
const LOG_LINES = 30;
/** Signs of life are sent at most this often (milliseconds). */
const ALIVE_INTERVAL = 100;
/** Emscripten's number for an input/output error. */
const EIO = 29;
/** A device number that Emscripten does not use itself (its own start at 64 << 8). */
const OUTPUT_DEVICE = [200, 0] as const;

let core: FfmpegCore;
let converter: PictureConverter;
/** Frames sent and frames taken out of the queue since the start. */
let framesSent = 0;
let framesTaken: LoadRequest['taken'];
let lastAlive = 0;
/** Where the furthest read of the running command ended in the file. */
let furthestRead = 0;
/** Takes the bytes of the output device while a slice is decoded. */
let output: ((bytes: Uint8Array) => void) | undefined;
let onLog: (line: string, type: string) => void = () => undefined;

function send(reply: FfmpegReply, transfer: Transferable[] = []): void {
  self.postMessage(reply, { transfer });
}

function alive(): void {
  const now = performance.now();
  if (now - lastAlive < ALIVE_INTERVAL) return;
  lastAlive = now;
  send({ type: 'alive' });
}

async function load({ file, assets, module: known, taken }: LoadRequest): Promise<void> {
  framesTaken = taken;
  // Imported from its address: of what a host answers differently the second time nothing can be known.
  await fetchListed(assets.ffmpegCore, alive);
  const { default: createCore } = (await import(/* @vite-ignore */ assets.ffmpegCore)) as {
    default: CreateCore;
  };
  const module = known ?? (await WebAssembly.compile(await fetchListed(assets.ffmpegWasm, alive)));
  converter = await PictureConverter.create();
  core = await createCore({
    // The core's own loader would guess the address and keep silent about progress.
    instantiateWasm: (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => {
      WebAssembly.instantiate(module, imports).then(done, fail);
      return {};
    },
  });
  core.setLogger(({ type, message }) => {
    alive();
    onLog(message, type);
  });
  core.FS.mkdir('/input');
  // WORKERFS reads slices of the blob on demand: the file is never in memory as a whole.
  readInPieces(core.FS.filesystems.WORKERFS, file);
  core.FS.mount(core.FS.filesystems.WORKERFS, { blobs: [{ name: 'file', data: file }] }, '/input');
  const device = core.FS.makedev(...OUTPUT_DEVICE);
  core.FS.registerDevice(device, {
    open: (stream: { seekable: boolean }) => {
      stream.seekable = false;
    },
    write: (_stream: unknown, heap: Uint8Array, offset: number, length: number) => {
      // ffmpeg must see a failed write, or else it would go on decoding for nobody.
      if (output === undefined) throw new core.FS.ErrnoError(EIO);
      output(new Uint8Array(heap.buffer, heap.byteOffset + offset, length));
      return length;
    },
  });
  core.FS.mkdev('/frames', device);
  send({ type: 'loaded', module });
}

/**
 * Lets Emscripten read the file in large pieces, and counts reading on through it as a sign of life: where there is no
 * index, seeking is reading. Going over the same bytes again in one command is no sign of life.
 */
function readInPieces({ stream_ops }: WorkerFileSystem, file: Blob): void {
  const reader = new FileReaderSync();
  const pieces = new ReadAhead(
    file.size,
    (start, end) => new Uint8Array(reader.readAsArrayBuffer(file.slice(start, end))),
  );
  stream_ops.read = (_stream, buffer, offset, length, position) => {
    const bytes = pieces.read(position, length);
    buffer.set(bytes, offset);
    if (position + bytes.length > furthestRead) {
      furthestRead = position + bytes.length;
      alive();
    }
    return bytes.length;
  };
}

/** Runs ffmpeg or ffprobe; gives the last lines of the log, and what ffprobe printed. */
function execute(
  program: 'exec' | 'ffprobe',
  args: string[],
  onLine: (line: string) => void = () => undefined,
): { log: string; printed: string } {
  const lines: string[] = [];
  let printed = '';
  onLog = (line, type) => {
    if (type === 'stdout') printed += `${line}\n`;
    else {
      onLine(line);
      if (line.includes('Parsed_showinfo')) return;
      lines.push(line);
      // The first lines often name the cause, the last ones the end.
      if (lines.length > LOG_LINES) lines.splice(LOG_LINES / 2, 1);
    }
  };
  core.reset();
  furthestRead = 0;
  core[program](...args);
  return { log: lines.join('\n'), printed };
}

/** Waits, where memory is shared, until the queue has room for one more frame. */
function waitForRoom(frameBytes: number): void {
  if (framesTaken === undefined) return;
  for (;;) {
    const taken = Atomics.load(framesTaken, 0);
    if (framesSent - taken < queueLength(frameBytes)) return;
    Atomics.wait(framesTaken, 0, taken);
  }
}

/** Decodes a slice; every frame leaves as soon as its last byte is written. */
function decode(slice: Slice): void {
  const { times, args, seeked } = slice;
  const clock = new FrameClock(times, seeked);
  const picture = pictureOf(slice);
  let data: Uint8Array<ArrayBuffer> | undefined;
  let filled = 0;
  let index = 0;
  let frames = 0;
  let damaged = 0;
  let overshot = false;
  const finishFrame = (bytes: Uint8Array<ArrayBuffer>): void => {
    const { time, repeated, wholeness } = clock.frameOf(index);
    if (!repeated && wholeness === 'damaged') damaged++;
    if (!repeated && wholeness === 'whole') {
      frames++;
      waitForRoom(4 * slice.width * slice.height);
      framesSent++;
      const { buffer } = picture.toRgba(bytes);
      send({ type: 'frame', index, time, data: buffer }, [buffer]);
    }
    index++;
  };
  output = (bytes) => {
    alive();
    overshot ||= seeked && clock.startsAfter(times[0]!);
    if (overshot) throw new core.FS.ErrnoError(EIO);
    for (let position = 0; position < bytes.length;) {
      data ??= picture.room();
      const part = bytes.subarray(position, position + data.length - filled);
      data.set(part, filled);
      filled += part.length;
      position += part.length;
      if (filled === data.length) {
        finishFrame(data);
        data = undefined;
        filled = 0;
      }
    }
  };
  try {
    const { log } = execute('exec', args, (line) => clock.readLog(line));
    send({ type: 'decoded', overshot, frames, damaged, log });
  } finally {
    output = undefined;
  }
}

/** Bytes of a copy that are held here, until the browser takes them, which puts much of it on the disk. */
const COPY_BYTES = 2 ** 24;

/** Keeps what a run writes that decodes nothing. */
function copy(args: string[]): void {
  let copied = new Blob();
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let held = 0;
  output = (bytes) => {
    parts.push(bytes.slice() as Uint8Array<ArrayBuffer>);
    held += bytes.length;
    if (held < COPY_BYTES) return;
    copied = new Blob([copied, ...parts]);
    parts = [];
    held = 0;
  };
  try {
    const { log } = execute('exec', args);
    send({ type: 'copied', file: new Blob([copied, ...parts]), log });
  } finally {
    output = undefined;
  }
}

/** What takes a picture's bytes as ffmpeg writes them, and what makes RGBA of them. */
function pictureOf({ width, height, planes }: Slice): {
  room: () => Uint8Array<ArrayBuffer>;
  toRgba: (bytes: Uint8Array<ArrayBuffer>) => { buffer: ArrayBuffer };
} {
  if (planes === undefined)
    return { room: () => new Uint8Array(4 * width * height), toRgba: (bytes) => bytes };
  const packed = packedPlanes(planes.format, planes.width, planes.height);
  return {
    room: () => converter.input(packed.bytes),
    toRgba: () => converter.toRgba({ ...planes, planes: packed.planes }, width, height),
  };
}

function fail(error: unknown): void {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  send({ type: 'failed', message, code: codeOf(error, message) });
}

function codeOf(error: unknown, message: string): MediaErrorCode {
  if (error instanceof IntegrityError) return error.code;
  const outOfMemory =
    /memory|allocation|OOM/i.test(message) && !/null function|signature mismatch/.test(message);
  return outOfMemory ? 'out_of_memory' : 'decoder_failed';
}

self.onmessage = async ({ data: request }: MessageEvent<FfmpegRequest>) => {
  try {
    switch (request.type) {
      case 'load':
        return await load(request);
      case 'probe': {
        const { log, printed } = execute('ffprobe', request.args);
        return send({ type: 'probed', json: printed, log });
      }
      case 'measure':
        return send({ type: 'measured', log: execute('exec', request.args).log });
      case 'copy':
        return copy(request.args);
      case 'decode':
        return decode(request.slice);
    }
  } catch (error) {
    fail(error);
  }
};

holdLife();
