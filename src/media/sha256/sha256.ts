import bytes from './sha256.as';

/** What `sha256.as` exports; pointers are in bytes. */
interface Kernel {
  memory: WebAssembly.Memory;
  input(): number;
  state(): number;
  /** Takes in so many blocks. */
  update(blocks: number): void;
}

/** Bytes of a block of SHA-256. */
const BLOCK = 64;
/** Of the last block, where the message's length in bits begins. */
const LENGTH_AT = 56;

let compiled: Promise<WebAssembly.Module> | undefined;

/** SHA-256 (FIPS 180-4) of bytes that come piece by piece: what `crypto.subtle` cannot do. */
export class Sha256 {
  readonly #kernel: Kernel;
  readonly #room: Uint8Array;
  /** Bytes in the room that wait for a whole block. */
  #waiting = 0;
  #length = 0;

  private constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#room = new Uint8Array(kernel.memory.buffer, kernel.input());
  }

  static async create(): Promise<Sha256> {
    compiled ??= WebAssembly.compile(bytes);
    compiled.catch(() => (compiled = undefined));
    const { exports } = await WebAssembly.instantiate(await compiled);
    return new Sha256(exports as unknown as Kernel);
  }

  update(data: Uint8Array): void {
    for (let done = 0; done < data.length;) {
      const piece = data.subarray(done, done + this.#room.length - this.#waiting);
      this.#room.set(piece, this.#waiting);
      this.#takeBlocks(this.#waiting + piece.length);
      done += piece.length;
    }
    this.#length += data.length;
  }

  /** The digest in lower-case hexadecimal. Nothing can be added after it. */
  digest(): string {
    const end = this.#waiting < LENGTH_AT ? BLOCK : 2 * BLOCK;
    this.#room.fill(0, this.#waiting, end);
    this.#room[this.#waiting] = 0x80;
    const view = new DataView(this.#kernel.memory.buffer);
    view.setBigUint64(this.#kernel.input() + end - 8, 8n * BigInt(this.#length));
    this.#takeBlocks(end);
    const words = Array.from({ length: 8 }, (_, i) => view.getUint32(this.#kernel.state() + 4 * i, true));
    return words.map((word) => word.toString(16).padStart(8, '0')).join('');
  }

  /** Takes in the whole blocks of the first `filled` bytes of the room; the rest waits at its beginning. */
  #takeBlocks(filled: number): void {
    const blocks = Math.floor(filled / BLOCK);
    if (blocks > 0) {
      this.#kernel.update(blocks);
      this.#room.copyWithin(0, blocks * BLOCK, filled);
    }
    this.#waiting = filled - blocks * BLOCK;
  }
}
