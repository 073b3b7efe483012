import {
  frameRegion,
  TurnFinder,
  turnPicture,
  type FaceDetector,
  type Picture,
  type Turn,
} from '../faces/index.ts';
import type { Frame } from '../media/index.ts';
import type { Region } from './types.ts';

/** Decoded pictures that may wait: bounds memory. Mostly three do; eight where they have to be turned, and those without a face among them. */
const MOST_WAITING = 16;

/** A frame, and what of it is looked at: a region, upright. */
interface UprightPicture {
  frame: Frame;
  picture: Picture;
}

/** Turns the pictures of one video upright. The first few wait until their faces have said which way up they are. */
export class UprightPictures {
  readonly #finder: TurnFinder;
  #turn: Turn | undefined;
  /** Seconds spent on finding out. */
  seconds = 0;

  constructor(
    faces: FaceDetector,
    private readonly region: Region,
  ) {
    this.#finder = new TurnFinder(faces);
  }

  /** Degrees, clockwise. */
  get turn(): Turn {
    return this.#turn ?? 0;
  }

  /** Of one run of frames; what is not known by its end the next one may tell. @param last no other run comes */
  async *of(frames: AsyncIterable<Frame>, last: boolean): AsyncGenerator<UprightPicture, void> {
    const waiting: UprightPicture[] = [];
    for await (const frame of frames) {
      waiting.push({ frame, picture: frameRegion(frame, this.region) });
      if (this.#turn === undefined) {
        const started = performance.now();
        this.#finder.look(waiting.at(-1)!.picture);
        this.seconds += (performance.now() - started) / 1000;
        this.#turn = this.#finder.turn();
      }
      if (waiting.length === MOST_WAITING) this.#turn ??= this.#finder.turn(true) ?? 0;
      if (this.#turn !== undefined) yield* this.#turned(waiting);
    }
    if (last) this.#turn ??= this.#finder.turn(true);
    yield* this.#turned(waiting);
  }

  *#turned(waiting: UprightPicture[]): Generator<UprightPicture, void> {
    for (const { frame, picture } of waiting.splice(0))
      yield { frame, picture: turnPicture(picture, this.turn) };
  }
}
