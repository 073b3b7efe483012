/** Bytes taken at a time from a file that is read on and on. */
const AHEAD_BYTES = 2 ** 20;

/**
 * Synchronous reads of a file. A read that goes on where the last one ended takes a large piece and answers the next ones
 * from it: one trip to the browser's file storage costs milliseconds, and demuxers ask for 32 KB at a time. Any other read
 * takes what is asked for and no more.
 */
export class ReadAhead {
  #piece: Uint8Array = new Uint8Array();
  /** Where the piece begins in the file. */
  #start = 0;
  /** Where the last read ended. */
  #end = -1;

  /**
   * @param size bytes of the file
   * @param take the file's bytes from `start` to `end` (exclusive); it throws when they cannot be read any more
   */
  constructor(
    readonly size: number,
    readonly take: (start: number, end: number) => Uint8Array,
  ) {}

  /**
   * The bytes from `position` on: `length` of them, or fewer at the end of the piece at hand; none only at the file's end.
   * Valid until the next read.
   */
  read(position: number, length: number): Uint8Array {
    if (position >= this.size) return new Uint8Array();
    const pieceEnd = this.#start + this.#piece.length;
    if (position < this.#start || position >= pieceEnd) {
      const wanted = position === this.#end ? Math.max(length, AHEAD_BYTES) : length;
      this.#piece = this.take(position, Math.min(this.size, position + wanted));
      this.#start = position;
    }
    const bytes = this.#piece.subarray(position - this.#start, position - this.#start + length);
    this.#end = position + bytes.length;
    return bytes;
  }
}
