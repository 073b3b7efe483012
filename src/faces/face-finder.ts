import type { FaceDetector } from './face-detector.ts';
import type { Detection, Picture } from './types.ts';

/** The whole picture is searched in every so many pictures: how late a face that comes in may be noticed. */
const SEARCH_EVERY = 4;
/** After a thorough search without a find, so many pictures are searched quickly: thorough ones cost many times as much. */
const QUICK_AFTER_NOTHING = 2;

/** Finds the faces of one segment's pictures, in order: a search of the whole now and then, a close look in between. */
export class FaceFinder {
  #before: readonly Detection[] = [];
  #followed = 0;
  #quickLeft = 0;

  /** @param stride pictures for each that the numbers above were chosen for */
  constructor(
    private readonly detector: FaceDetector,
    private readonly stride = 1,
  ) {}

  find(picture: Picture): Detection[] {
    const found = this.#follow(picture) ?? this.#search(picture);
    this.#before = found;
    return found;
  }

  #follow(picture: Picture): Detection[] | null {
    if (this.#before.length === 0 || ++this.#followed >= SEARCH_EVERY * this.stride) return null;
    return this.detector.follow(picture, this.#before);
  }

  #search(picture: Picture): Detection[] {
    this.#followed = 0;
    const quick = this.#quickLeft > 0;
    const found = this.detector.detect(picture, quick);
    if (found.length > 0) this.#quickLeft = 0;
    else this.#quickLeft = quick ? this.#quickLeft - 1 : QUICK_AFTER_NOTHING * this.stride;
    return found;
  }
}
