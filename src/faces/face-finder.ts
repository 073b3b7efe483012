import type { FaceDetector } from './face-detector.ts';
import type { Detection, Picture } from './types.ts';

/** The whole picture is searched in every so many pictures: how late a face that comes in may be noticed. */
const SEARCH_EVERY = 4;

/** Finds the faces of one segment's pictures, in order: a search of the whole now and then, a close look in between. */
export class FaceFinder {
  #before: readonly Detection[] = [];
  #followed = 0;

  constructor(private readonly detector: FaceDetector) {}

  find(picture: Picture): Detection[] {
    const found = this.#follow(picture) ?? this.#search(picture);
    this.#before = found;
    return found;
  }

  #follow(picture: Picture): Detection[] | null {
    if (this.#before.length === 0 || ++this.#followed >= SEARCH_EVERY) return null;
    return this.detector.follow(picture, this.#before);
  }

  #search(picture: Picture): Detection[] {
    this.#followed = 0;
    return this.detector.detect(picture);
  }
}
