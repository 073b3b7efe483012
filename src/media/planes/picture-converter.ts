import { factorsOf, type YuvColours } from './colours.ts';
import { samplesOf, type PlaneFormat, type PlanePlace, type Samples } from './plane-format.ts';
import bytes from './planes.as';
import { scalingTable, type ScalingTable } from './scaling-table.ts';

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

/** What `planes.as` exports. */
interface Kernel {
  memory: WebAssembly.Memory;
  gather(
    from: number,
    across: number,
    down: number,
    width: number,
    height: number,
    depth: number,
    out: number,
  ): void;
  scale(
    from: number,
    step: number,
    height: number,
    across: number,
    acrossTaps: number,
    halved: boolean,
    down: number,
    downTaps: number,
    between: number,
    out: number,
    outWidth: number,
    outHeight: number,
  ): void;
  convert(
    y: number,
    u: number,
    v: number,
    yStep: number,
    colourStep: number,
    halfAcross: boolean,
    halfDown: boolean,
    width: number,
    height: number,
    line: number,
    lineStep: number,
    out: number,
    yFactor: number,
    offset: number,
    uToBlue: number,
    uToGreen: number,
    vToGreen: number,
    vToRed: number,
  ): void;
  join(
    red: number,
    green: number,
    blue: number,
    step: number,
    width: number,
    height: number,
    out: number,
  ): void;
}

const PAGE = 65536;
/** Where pictures are put; the kernel's own data lies before. */
const INPUT = PAGE;
/** Bytes behind every area that the kernel reads and writes over. */
const SLACK = 64;

/** A picture needs four at most; calls change their size on the way. */
const MOST_TABLES = 16;

/** A plane of 8 bit in the memory. */
interface Plane {
  at: number;
  stride: number;
  width: number;
  height: number;
}

let compiled: Promise<WebAssembly.Module> | undefined;

/** Makes RGBA of pictures in planes: upright, in any size, in the same bytes on every machine. For one picture at a time. */
export class PictureConverter {
  readonly #kernel: Kernel;
  readonly #tables = new Map<string, ScalingTable>();
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
    const planes = samplesOf(picture.format, picture.planes, picture.width, picture.height)
      .map((samples) => this.#upright(samples, picture.format.depth, picture.rotation ?? 0))
      .map((plane, _, [first]) =>
        first!.width === width && first!.height === height ? plane : this.#scaled(plane, width, height),
      );
    const size = 4 * width * height;
    const out = this.#take(size);
    if (picture.colours === undefined) this.#join(planes, width, height, out);
    else this.#convert(planes, picture.colours, width, height, out);
    return new Uint8ClampedArray(this.#kernel.memory.buffer as ArrayBuffer, out, size).slice();
  }

  #convert(planes: readonly Plane[], colours: YuvColours, width: number, height: number, out: number): void {
    const [y, u, v] = planes as [Plane, Plane, Plane];
    const lineStep = width + SLACK;
    const line = this.#take(2 * lineStep);
    const factors = factorsOf(colours);
    this.#kernel.convert(
      ...([y.at, u.at, v.at, y.stride, u.stride] as const),
      ...([u.width < width, u.height < height, width, height] as const),
      ...([line, lineStep, out] as const),
      ...([factors.y, factors.offset, factors.uToBlue] as const),
      ...([factors.uToGreen, factors.vToGreen, factors.vToRed] as const),
    );
  }

  #join(planes: readonly Plane[], width: number, height: number, out: number): void {
    const [red, green, blue] = planes as [Plane, Plane, Plane];
    this.#kernel.join(red.at, green.at, blue.at, red.stride, width, height, out);
  }

  /** Bytes side by side: where the samples are none, copies of them. */
  #upright({ offset, ...samples }: Samples, depth: number, rotation: Rotation): Plane {
    const plane = { ...samples, at: INPUT + offset };
    return plane.step === 1 && rotation === 0 ? plane : this.#gathered(plane, plane.step, depth, rotation);
  }

  #gathered(plane: Plane, step: number, depth: number, rotation: Rotation): Plane {
    const { at, stride, width, height } = plane;
    const right = at + step * (width - 1);
    const bottom = stride * (height - 1);
    const turned = rotation % 180 !== 0;
    const size = turned ? { width: height, height: width } : { width, height };
    const [from, across, down] = {
      0: [at, step, stride] as const,
      90: [at + bottom, -stride, step] as const,
      180: [right + bottom, -step, -stride] as const,
      270: [right, stride, -step] as const,
    }[rotation];
    const out = this.#take(width * height);
    this.#kernel.gather(from, across, down, size.width, size.height, depth, out);
    return { at: out, stride: size.width, ...size };
  }

  #scaled(plane: Plane, width: number, height: number): Plane {
    if (plane.width === width && plane.height === height) return plane;
    const across = this.#table(plane.width, width);
    const down = this.#table(plane.height, height);
    const between = this.#take(2 * width * plane.height);
    const out = this.#take(width * height);
    this.#kernel.scale(
      ...([plane.at, plane.stride, plane.height] as const),
      ...([this.#store(across), across.taps, across.halved] as const),
      ...([this.#store(down), down.taps] as const),
      ...([between, out, width, height] as const),
    );
    return { at: out, stride: width, width, height };
  }

  #table(from: number, to: number): ScalingTable {
    const key = `${from}:${to}`;
    const table = this.#tables.get(key) ?? scalingTable(from, to);
    if (this.#tables.size > MOST_TABLES) this.#tables.clear();
    this.#tables.set(key, table);
    return table;
  }

  #store({ entries }: ScalingTable): number {
    const at = this.#take(entries.byteLength);
    new Uint32Array(this.#kernel.memory.buffer, at, entries.length).set(entries);
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
