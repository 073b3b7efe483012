/**
 * Whether the clock of a transport or program stream (ISO/IEC 13818-1) runs from its start to its end. Joined pieces each bring their
 * own: it jumps, or starts again. Demuxers then put the pieces one over the other, or hours apart, and some of them are never looked at.
 */

/** Containers of this kind, by their names in `sniff.ts`; what begins in the middle of a packet is known by no name. */
export const CLOCKED: ReadonlySet<string> = new Set(['mpeg-ts', 'mpeg-ps', 'unknown']);

const TICKS_PER_SECOND = 90_000;
/** The clock has 33 bits. */
const TURN = 2 ** 33;
/** Seconds that a clock may go back: some writers tell when pictures are shown in place of when they are decoded. */
const MOST_BACK = 0.5;
/** Seconds between two pictures, as ffmpeg has it. */
const MOST_FORWARD = 10;
/** Bytes that are read at once. */
const WINDOW = 2 ** 18;
/** Of a file of more, windows are read that lie evenly in it. */
const MOST_WINDOWS = 256;
/** Of a packet's head, up to its last time. */
const HEAD_BYTES = 19;
const MOST_STUFFING = 16;

export async function clockJumps(file: Blob, alive: () => void): Promise<boolean> {
  const windows = Math.min(MOST_WINDOWS, Math.ceil(file.size / WINDOW));
  const whole = windows < MOST_WINDOWS;
  /** Seconds from the end of a window to the start of the next. */
  const between: number[] = [];
  let last: number | undefined;
  for (let window = 0; window < windows; window++) {
    const at = whole ? window * WINDOW : Math.floor((window / windows) * file.size);
    const times = decodeTimes(new Uint8Array(await file.slice(at, at + WINDOW).arrayBuffer()));
    alive();
    for (const [index, time] of times.entries()) {
      const passed = last === undefined ? 0 : passedSeconds(last, time);
      last = time;
      if (passed < -MOST_BACK) return true;
      if (index === 0) between.push(passed);
      else if (passed > MOST_FORWARD) return true;
    }
  }
  const usual = whole ? 0 : [...between].sort((a, b) => a - b)[between.length >> 1];
  return between.some((passed) => passed > MOST_FORWARD * (1 + (usual ?? 0)));
}

function passedSeconds(from: number, to: number): number {
  const ticks = (to - from + TURN) % TURN;
  return (ticks < TURN / 2 ? ticks : ticks - TURN) / TICKS_PER_SECOND;
}

/** When pictures are to be decoded (ticks), as the heads of the packets tell that these begin in. */
function decodeTimes(bytes: Uint8Array): number[] {
  const times: number[] = [];
  for (let at = 0; at + HEAD_BYTES + MOST_STUFFING <= bytes.length;) {
    if (bytes[at + 2]! > 1) at += 3;
    else if (bytes[at] !== 0 || bytes[at + 1] !== 0 || bytes[at + 2] !== 1) at++;
    else {
      const time = (bytes[at + 3]! & 0xf0) === 0xe0 ? timeInHead(bytes, at + 6) : undefined;
      if (time !== undefined) times.push(time);
      at += 3;
    }
  }
  return times;
}

/** @param at behind a packet's length */
function timeInHead(bytes: Uint8Array, at: number): number | undefined {
  if ((bytes[at]! & 0xc0) === 0x80) {
    const told = bytes[at + 1]! >> 6;
    return told === 3 ? readTime(bytes, at + 8, 1) : told === 2 ? readTime(bytes, at + 3, 2) : undefined;
  }
  // MPEG-1: bytes of ones, perhaps the size of a buffer, then the times.
  let place = at;
  while (bytes[place] === 0xff && place < at + MOST_STUFFING) place++;
  if ((bytes[place]! & 0xc0) === 0x40) place += 2;
  return bytes[place]! >> 4 === 3 ? readTime(bytes, place + 5, 1) : readTime(bytes, place, 2);
}

/** 33 bits in five bytes, with a mark before them and a one behind each part. */
function readTime(bytes: Uint8Array, at: number, mark: number): number | undefined {
  const first = bytes[at]!;
  const third = bytes[at + 2]!;
  const fifth = bytes[at + 4]!;
  if (first >> 4 !== mark || (first & third & fifth & 1) === 0) return undefined;
  const [second, fourth] = [bytes[at + 1]!, bytes[at + 3]!];
  return (
    ((first >> 1) & 7) * 2 ** 30 + second * 2 ** 22 + (third >> 1) * 2 ** 15 + fourth * 2 ** 7 + (fifth >> 1)
  );
}
