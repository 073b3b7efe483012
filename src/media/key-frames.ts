import {
  ALL_FORMATS,
  BlobSource,
  EncodedPacketSink,
  Input,
  type EncodedPacket,
  type InputVideoTrack,
} from 'mediabunny';
import { checkSampleTables, ISO_MEDIA, type TrackSums } from './iso-tables.ts';
import { MATROSKA } from './sniff.ts';

/** Containers that say where their key frames are; others would have to be read for that. */
const INDEXED: ReadonlySet<string> = new Set([...ISO_MEDIA, ...MATROSKA]);

/** @param alive told whenever something was read: a slow drive is none that stands still */
export function openInput(file: Blob, alive: () => void): Input {
  const source = new BlobSource(file);
  source.on('read', alive);
  return new Input({ source, formats: ALL_FORMATS });
}

/** See `Video.keyTimes`: of a file that another decoder than the browser's has opened. */
export function keyTimesOfFile(
  file: Blob,
  container: string,
  times: readonly number[],
  alive: () => void,
): Promise<(number | undefined)[]> {
  const unknown = times.map(() => undefined);
  return ofTrack(file, container, alive, unknown, (track) =>
    keyTimesOfTrack(new KeyFrames(track), container, times),
  );
}

/**
 * The first in the file, whichever a player would choose: the one that ffmpeg is told to take. mediabunny lists no cover
 * pictures; in an ISO file others are tracks of one picture beside one of more.
 */
export async function firstVideoTrack(input: Input, container: string): Promise<InputVideoTrack | undefined> {
  const tracks = await input.getVideoTracks();
  // Elsewhere the end of the file would be read to know that there is one picture only.
  if (tracks.length < 2 || !ISO_MEDIA.has(container)) return tracks[0];
  for (const track of tracks) if ((await track.computePacketStats(2)).packetCount > 1) return track;
  return tracks[0];
}

/**
 * Asks a track of such a file.
 * @param unknown the answer where there is nothing to ask
 * @param id number of the track in an ISO file; without it, the first is asked
 */
export async function ofTrack<T>(
  file: Blob,
  container: string,
  alive: () => void,
  unknown: T,
  ask: (track: InputVideoTrack, tables: readonly TrackSums[]) => Promise<T>,
  id?: number,
): Promise<T> {
  if (!INDEXED.has(container)) return unknown;
  const tables = ISO_MEDIA.has(container) ? await checkSampleTables(file) : [];
  const input = openInput(file, alive);
  try {
    const track =
      id === undefined
        ? await firstVideoTrack(input, container)
        : (await input.getVideoTracks()).find((one) => one.id === id);
    return track === undefined ? unknown : await ask(track, tables);
  } finally {
    input.dispose();
  }
}

/** The same, of a track that is open. */
export async function keyTimesOfTrack(
  keys: KeyFrames,
  container: string,
  times: readonly number[],
): Promise<(number | undefined)[]> {
  if (!INDEXED.has(container)) return times.map(() => undefined);
  return bisect(times, (time) => keys.timeBefore(time));
}

/**
 * What `find` gives for each of the times, which ascend, where what it gives never descends: the same for two times is the same
 * for all between. Looking up a single one in Matroska may read a whole group of pictures.
 */
export async function bisect<T>(times: readonly number[], find: (time: number) => Promise<T>): Promise<T[]> {
  const found: T[] = [];
  const between = async (from: number, to: number): Promise<void> => {
    if (found[from] === found[to]) found.fill(found[from]!, from, to);
    else if (to - from > 1) {
      const middle = Math.floor((from + to) / 2);
      found[middle] = await find(times[middle]!);
      await between(from, middle);
      await between(middle, to);
    }
  };
  const last = times.length - 1;
  if (last >= 0) found[0] = await find(times[0]!);
  if (last > 0) {
    found[last] = await find(times[last]!);
    await between(0, last);
  }
  return found;
}

const METADATA = { metadataOnly: true } as const;

/** Finds the key frames of a track, also where mediabunny alone does not. */
export class KeyFrames {
  readonly #packets: EncodedPacketSink;
  /** Times (seconds) of all from the first on, as far as they had to be gone through. */
  readonly #passed: number[] = [];
  /** The one behind those; null at the end, undefined before the start. */
  #next: EncodedPacket | null | undefined;

  constructor(track: InputVideoTrack) {
    this.#packets = new EncodedPacketSink(track);
  }

  /** @returns the time of the last key frame at or before `time`, both in seconds; undefined when there is none */
  async timeBefore(time: number): Promise<number | undefined> {
    const passed = this.#next !== undefined && (this.#next === null || this.#next.timestamp > time);
    const found = passed ? null : await this.#packets.getKeyPacket(time, METADATA);
    return found === null ? this.#passTo(time) : found.timestamp;
  }

  /**
   * mediabunny 1.61 finds no key frame where a Matroska file has no index (a recording that was cut off, or by a browser)
   * and the cluster of the moment holds none. Going from one to the next it finds all.
   */
  async #passTo(time: number): Promise<number | undefined> {
    if (this.#next === undefined) this.#next = await this.#packets.getFirstKeyPacket(METADATA);
    while (this.#next !== null && this.#next.timestamp <= time) {
      this.#passed.push(this.#next.timestamp);
      this.#next = await this.#packets.getNextKeyPacket(this.#next, METADATA);
    }
    return this.#passed.findLast((key) => key <= time);
  }
}
