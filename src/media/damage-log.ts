/**
 * What ffmpeg says about damage before it hands a picture on. It conceals what it cannot decode: the picture comes all
 * the same, partly made up, and so do those that are predicted from it.
 */
const MARKED = /corrupt decoded frame in stream/;
/** Of packets and slices; which picture they belong to is not said. */
const DAMAGE =
  /corrupt input packet in stream|Error while decoding stream|CRC mismatch!|\[mjpeg[^\]]*\] error count: \d/;

/**
 * `leading`: before the first picture that stands for itself, and made of references that were never there. Nothing is
 * wrong with such a file; it only begins in the middle.
 */
export type Wholeness = 'whole' | 'damaged' | 'leading';

/** Says of every decoded picture whether it can be what the file holds, from the lines of the log before it. */
export class DamageLog {
  /** Told since the last picture: of this very picture, or of something around it. */
  #marked = false;
  #told = false;
  /** Until the next key frame every picture may be predicted from what is not there. */
  #spoiled = false;
  #keySeen = false;

  readLog(line: string): void {
    if (MARKED.test(line)) this.#marked = true;
    else if (DAMAGE.test(line)) this.#told = true;
  }

  /** To be asked once for every picture, in the order in which they come. */
  nextPicture(key: boolean): Wholeness {
    if (key) {
      this.#spoiled = false;
      // What a seek has cut through is told of before the first key frame.
      if (!this.#keySeen) this.#told = false;
      this.#keySeen = true;
    }
    this.#spoiled ||= this.#marked || this.#told;
    this.#marked = this.#told = false;
    if (!this.#spoiled) return 'whole';
    return this.#keySeen ? 'damaged' : 'leading';
  }
}
