import { factorsOf, type YuvColours } from './colours.ts';
import { bytesOf, samplesOf, type PlaneFormat, type PlanePlace, type Samples } from './plane-format.ts';
import bytes from './planes.as';
import { scalingTable, type ScalingTable } from './scaling-table.ts';
import { makeToneMap, TONE_MAP_DEPTH, type ToneMap } from './tone-map.ts';

export type Rotation = 0 | 90 | 180 | 270;

/** A picture in the converter's memory, from `input` on. */
export interface PlanarPicture {
  width: number;
  height: number;
  format: PlaneFormat;
  /** As many as its layout has. */
  planes: readonly PlanePlace[];
  /** Undefined for red, green and blue. */
  colours: YuvColours | undefined;
  /** Degrees that the picture has to be turned by, clockwise, to be upright. */
  rotation?: Rotation;
}

/** What `planes.as` exports; its parameters are named there. */
interface Kernel {
  memory: WebAssembly.Memory;
  gather(...numbers: number[]): void;
  scale(...numbers: number[]): void;
  convert(...numbers: number[]): void;
  toneMap(...numbers: number[]): void;
  join(...numbers: number[]): void;
}

const PAGE = 65536;
/** Where pictures are put; the kernel's own data lies before. */
const INPUT = PAGE;
/** Bytes behind every area that the kernel reads and writes over. */
const SLACK = 64;

/** A picture needs four at most; calls change their size on the way. */
const MOST_TABLES = 16;

/** A plane in the memory: samples side by side, of 8 bits or of more in two bytes. */
interface Plane {
  at: number;
  stride: number;
  width: number;
  height: number;
  depth: number;
}

let compiled: Promise<WebAssembly.Module> | undefined;

/** Makes RGBA of pictures in planes: upright, in any size, in the same bytes on every machine. For one picture at a time. */
export class PictureConverter {
  readonly #kernel: Kernel;
  readonly #scaling = new Map<string, ScalingTable>();
  #toneMap: { colours: string; map: ToneMap } | undefined;
  /** Up to where the memory is taken. */
  #end = INPUT;

  private constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  static async create(): Promise<PictureConverter> {
    compiled ??= WebAssembly.compile(bytes);
    compiled.catch(() => (compiled = undefined));
    const { exports } = await WebAssembly.instantiate(await compiled);
    return new PictureConverter(exports as unknown as Kernel);
  }

  /** Where the next picture's bytes go; to be asked for anew for every picture. */
  input(size: number): Uint8Array<ArrayBuffer> {
    this.#end = INPUT;
    this.#take(size);
    return new Uint8Array(this.#kernel.memory.buffer as ArrayBuffer, INPUT, size);
  }

  /**
   * @param picture its bytes are in `input`
   * @param width of what comes, upright
   * @returns RGBA, opaque, `4 * width * height` bytes
   */
  toRgba(picture: PlanarPicture, width: number, height: number): Uint8ClampedArray<ArrayBuffer> {
    const { format, colours } = picture;
    const hdr = colours?.transfer !== undefined;
    const depth = hdr ? TONE_MAP_DEPTH : 8;
    const upright = samplesOf(format, picture.planes, picture.width, picture.height).map((samples) =>
      this.#upright(samples, format.depth, depth, picture.rotation ?? 0),
    );
    const sameSize = upright[0]!.width === width && upright[0]!.height === height;
    const planes = sameSize && !hdr ? upright : upright.map((plane) => this.#scaled(plane, width, height));
    const size = 4 * width * height;
    const out = this.#take(size);
    if (colours === undefined) this.#join(planes, width, height, out);
    else if (hdr) this.#mapTones(planes, colours, out);
    else this.#convert(planes, colours, width, height, out);
    return new Uint8ClampedArray(this.#kernel.memory.buffer as ArrayBuffer, out, size).slice();
  }

  #convert(planes: readonly Plane[], colours: YuvColours, width: number, height: number, out: number): void {
    const [y, u, v] = planes as [Plane, Plane, Plane];
    const lineStep = width + SLACK;
    const line = this.#take(2 * lineStep);
    const factors = factorsOf(colours);
    this.#kernel.convert(
      ...[y.at, u.at, v.at, y.stride, u.stride, Number(u.width < width), Number(u.height < height)],
      ...[width, height, line, lineStep, out, factors.y, factors.offset],
      ...[factors.uToBlue, factors.uToGreen, factors.vToGreen, factors.vToRed],
    );
  }

  #join(planes: readonly Plane[], width: number, height: number, out: number): void {
    const [red, green, blue] = planes as [Plane, Plane, Plane];
    this.#kernel.join(red.at, green.at, blue.at, red.stride, width, height, out);
  }

  #mapTones(planes: readonly Plane[], colours: YuvColours, out: number): void {
    const [y, u, v] = planes as [Plane, Plane, Plane];
    const key = JSON.stringify(colours);
    if (this.#toneMap?.colours !== key) this.#toneMap = { colours: key, map: makeToneMap(colours) };
    const { map } = this.#toneMap;
    this.#kernel.toneMap(
      ...[y.at, u.at, v.at, y.width * y.height, out, map.black, map.yScale, map.grey, map.colourScale],
      ...[map.vToRed, map.uToGreen, map.vToGreen, map.uToBlue, this.#store(map.toLinear)],
      ...[this.#store(map.byLuminance), this.#store(map.byBrightest), this.#store(map.toLevel)],
    );
  }

  /** Samples side by side, of `outDepth`: where the picture's are not, copies of them. */
  #upright(samples: Samples, depth: number, outDepth: number, rotation: Rotation): Plane {
    const { step, stride, width, height } = samples;
    const at = INPUT + samples.offset;
    if (step === 1 && rotation === 0 && outDepth === 8) return { at, stride, width, height, depth };
    const right = at + step * (width - 1);
    const bottom = stride * (height - 1);
    const size = rotation % 180 === 0 ? { width, height } : { width: height, height: width };
    const [from, across, down] = {
      0: [at, step, stride] as const,
      90: [at + bottom, -stride, step] as const,
      180: [right + bottom, -step, -stride] as const,
      270: [right, stride, -step] as const,
    }[rotation];
    const outStride = size.width * bytesOf(outDepth);
    const out = this.#take(outStride * size.height);
    this.#kernel.gather(
      ...[from, across, down, size.width, size.height, bytesOf(depth), depth, outDepth, out],
    );
    return { at: out, stride: outStride, ...size, depth: outDepth };
  }

  #scaled(plane: Plane, width: number, height: number): Plane {
    const { at, depth } = plane;
    if (plane.width === width && plane.height === height) return plane;
    const across = this.#table(plane.width, width);
    const down = this.#table(plane.height, height);
    const between = this.#take(2 * width * plane.height);
    const stride = width * bytesOf(depth);
    const out = this.#take(stride * height);
    this.#kernel.scale(
      ...[at, plane.stride, plane.height, depth, this.#store(across.entries), across.taps],
      ...[Number(across.halved), this.#store(down.entries), down.taps, between, out, width, height],
    );
    return { at: out, stride, width, height, depth };
  }

  #table(from: number, to: number): ScalingTable {
    const key = `${from}:${to}`;
    const table = this.#scaling.get(key) ?? scalingTable(from, to);
    if (this.#scaling.size > MOST_TABLES) this.#scaling.clear();
    this.#scaling.set(key, table);
    return table;
  }

  #store(table: Uint32Array | Float32Array): number {
    const at = this.#take(table.byteLength);
    const bytes = new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
    new Uint8Array(this.#kernel.memory.buffer, at, bytes.length).set(bytes);
    return at;
  }

  /** Room for so many bytes, and the slack; views of the memory may be gone then. */
  #take(size: number): number {
    const at = this.#end;
    this.#end += Math.ceil((size + SLACK) / 16) * 16;
    const { memory } = this.#kernel;
    const lacking = this.#end - memory.buffer.byteLength;
    if (lacking > 0) memory.grow(Math.ceil(lacking / PAGE));
    return at;
  }
}
