/**
 * Which way up the pictures of a video are. Files lose the note that says so, and the detector's network knows upright faces only: it
 * takes others for manipulated, since the face finder puts eyes where the mouth is.
 */
import type { FaceDetector } from './face-detector.ts';
import type { Box, Detection, Picture } from './types.ts';

/** Degrees, clockwise. */
export type Turn = 0 | 90 | 180 | 270;

/** Pictures with a face after which they are taken as they are, unless turned ones show it more surely; they have to do so in as many as this. */
const LOOKS = 3;
const LOOKS_TURNED = 8;
/** After so many without any, the pictures are taken as they are. */
const MOST_EMPTY = 12;
/**
 * A turned picture has to show a face this surely, and more surely by this much than the picture as it is (means of all looks, 0..1). None of
 * 141 upright clips (all of the manifest, and of other cameras) is turned by that; of eight clips that were turned upside down, and on
 * their side, seven are set right in both cases (docs/experiments.md, “Which way up”).
 */
const SURE = 0.55;
const LEAD = 0.05;
/** Pixels; what is smaller is no face as often as not, and cannot be judged anyway. */
const LEAST = 24;
/** Degrees that a head leans to one side: of upright ones more than 90 of 100 lean less. */
const LEANS = 10;

/** Finds out by the first faces. */
export class TurnFinder {
  readonly #looks: Map<Turn, number>[] = [];
  #empty = 0;

  constructor(private readonly detector: Pick<FaceDetector, 'detect'>) {}

  /**
   * By how much the pictures have to be turned; undefined while that is not known.
   * @param ended no more pictures come: those that there were have to do
   */
  turn(ended = false): Turn | undefined {
    if (this.#empty >= MOST_EMPTY) return 0;
    if (this.#looks.length < LOOKS) return undefined;
    /** Of the looks at pictures turned so; 0 where they were too few. */
    const mean = (turn: Turn): number => {
      const scores = this.#looks.flatMap((look) => look.get(turn) ?? []);
      return scores.length < LOOKS ? 0 : scores.reduce((sum, score) => sum + score, 0) / scores.length;
    };
    const best = ([90, 180, 270] as const).reduce((one, other) => (mean(other) > mean(one) ? other : one));
    if (mean(best) < SURE || mean(best) < mean(0) + LEAD) return 0;
    return this.#looks.length < LOOKS_TURNED && !ended ? undefined : best;
  }

  look(picture: Picture): void {
    const upright = this.#surest(picture);
    // Once something is wrong with it, every way is looked at.
    const fine = upright !== undefined && Math.abs(lean(upright)) < LEANS && this.#looks.length < LOOKS;
    const turns: Turn[] = fine ? [180] : [90, 180, 270];
    const scores = turns.map((turn) => this.#surest(turnPicture(picture, turn))?.score ?? 0);
    if (upright === undefined && scores.every((score) => score === 0)) {
      this.#empty++;
      return;
    }
    // A face that a quick search finds in a turned picture only may need a thorough one in the picture as it is.
    const asItIs = (upright ?? this.#surest(picture, false))?.score ?? 0;
    this.#looks.push(new Map([[0, asItIs], ...turns.map((turn, i) => [turn, scores[i]!] as const)]));
  }

  #surest(picture: Picture, quick = true): Detection | undefined {
    return this.detector.detect(picture, quick).find(({ box }) => box.width >= LEAST);
  }
}

/** Degrees. */
function lean({ keypoints: { rightEye, leftEye } }: Detection): number {
  return (Math.atan2(leftEye.y - rightEye.y, leftEye.x - rightEye.x) * 180) / Math.PI;
}

/** A copy, unless nothing is to be turned. */
export function turnPicture(picture: Picture, turn: Turn): Picture {
  if (turn === 0) return picture;
  const { width, height, data } = picture;
  const pixels = new Uint32Array(data.buffer, data.byteOffset, width * height);
  const turned = new Uint32Array(width * height);
  if (turn === 180) turned.set(pixels.slice().reverse());
  else {
    // Where the first pixel comes to lie, and what a step to the right and one down is there.
    const [first, right, down] = turn === 90 ? [height - 1, height, -1] : [(width - 1) * height, -height, 1];
    for (let y = 0, from = 0; y < height; y++)
      for (let x = 0, to = first + y * down; x < width; x++, to += right) turned[to] = pixels[from++]!;
  }
  const size = turn === 180 ? { width, height } : { width: height, height: width };
  return { ...size, data: new Uint8ClampedArray(turned.buffer) };
}

/** Where a box of a turned picture lies in the picture as it was. @param turned its size, in pixels */
export function turnBack(
  { x, y, width, height }: Box,
  turn: Turn,
  turned: Pick<Picture, 'width' | 'height'>,
): Box {
  if (turn === 90) return { x: y, y: turned.width - x - width, width: height, height: width };
  if (turn === 180) return { x: turned.width - x - width, y: turned.height - y - height, width, height };
  if (turn === 270) return { x: turned.height - y - height, y: x, width: height, height: width };
  return { x, y, width, height };
}
