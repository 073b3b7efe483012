import type { JudgedTrack, OperatingPoints } from '../verdict/index.ts';

/** What is known of a live check before its first picture. */
export interface LiveFacts {
  /** Pictures per second that the detector was trained with; more are not looked at. */
  framesPerSecond: number;
  /** Crops that a verdict rests on at most: the newest ones. */
  windowFrames: number;
  operatingPoints: OperatingPoints;
}

/** A face that is or was lately in view. */
export interface LivePerson {
  /** Counts from 0 in the order in which people came into view; never used twice. */
  id: number;
  /** x, y, width, height in pixels of the picture, where it was last seen. */
  box: [number, number, number, number];
  inView: boolean;
  /** Crops in the window that the verdict rests on. */
  frames: number;
  judged: JudgedTrack;
  /** The rolling score of the last `HISTORY_SECONDS`, for every picture in which the face could be judged. */
  history: { time: number; score: number }[];
}

/** What is known after one picture. */
export interface LiveUpdate {
  /** Seconds since the start, when the picture came. */
  time: number;
  /** Size of the picture that boxes refer to, in pixels. */
  width: number;
  height: number;
  people: LivePerson[];
}

/** Seconds of rolling scores that are kept of every face. */
export const HISTORY_SECONDS = 30;
/** Seconds after which a face that is not in view any more is forgotten, with its crops and scores. */
export const FORGET_SECONDS = 5;
