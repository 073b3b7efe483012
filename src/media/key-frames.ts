import {
  ALL_FORMATS,
  BlobSource,
  EncodedPacketSink,
  Input,
  type EncodedPacket,
  type InputVideoTrack,
} from 'mediabunny';
import { checkSampleTables, ISO_MEDIA, type TrackSums } from './iso-tables.ts';

/** Containers that say where their key frames are; others would have to be read for that. */
const INDEXED: ReadonlySet<string> = new Set([...ISO_MEDIA, 'matroska', 'webm']);

/** See `Video.keyTimes`: of a file that another decoder than the browser's has opened. */
export function keyTimesOfFile(
  file: Blob,
  container: string,
  times: readonly number[],
  alive: () => void,
): Promise<(number | undefined)[]> {
  const unknown = times.map(() => undefined);
  return ofTrack(file, container, alive, unknown, (track) => keyTimesOfTrack(track, container, times));
}

/**
 * The first in the file, whichever a player would choose: the one that ffmpeg is told to take. mediabunny lists no cover
 * pictures.
 */
export async function firstVideoTrack(input: Input): Promise<InputVideoTrack | undefined> {
  return (await input.getVideoTracks())[0];
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
  const source = new BlobSource(file);
  source.on('read', alive);
  const input = new Input({ source, formats: ALL_FORMATS });
  try {
    const track =
      id === undefined
        ? await firstVideoTrack(input)
        : (await input.getVideoTracks()).find((one) => one.id === id);
    return track === undefined ? unknown : await ask(track, tables);
  } finally {
    input.dispose();
  }
}

/** The same, of a track that is open. */
export async function keyTimesOfTrack(
  track: InputVideoTrack,
  container: string,
  times: readonly number[],
): Promise<(number | undefined)[]> {
  if (!INDEXED.has(container)) return times.map(() => undefined);
  const keys = new KeyFrames(track);
  const found: (number | undefined)[] = [];
  for (const time of times) found.push(await keys.timeBefore(time));
  return found;
}

const METADATA = { metadataOnly: true } as const;

/** Finds the key frames of a track, also where mediabunny alone does not. */
export class KeyFrames {
  readonly #packets: EncodedPacketSink;
  /** The last one that was found by going through them. */
  #passed: EncodedPacket | undefined;

  constructor(track: InputVideoTrack) {
    this.#packets = new EncodedPacketSink(track);
  }

  /** @returns the time of the last key frame at or before `time`, both in seconds; undefined when there is none */
  async timeBefore(time: number): Promise<number | undefined> {
    const found = await this.#packets.getKeyPacket(time, METADATA);
    return found === null ? this.#passTo(time) : found.timestamp;
  }

  /**
   * mediabunny 1.61 finds no key frame where a Matroska file has no index (a recording that was cut off, or by a browser)
   * and the cluster of the moment holds none. Going from one to the next it finds all.
   */
  async #passTo(time: number): Promise<number | undefined> {
    let key: EncodedPacket | null | undefined = this.#passed;
    if (key === undefined || key.timestamp > time) key = await this.#packets.getFirstKeyPacket(METADATA);
    if (key === null || key.timestamp > time) return undefined;
    for (;;) {
      this.#passed = key;
      const next = await this.#packets.getNextKeyPacket(key, METADATA);
      if (next === null || next.timestamp > time) return key.timestamp;
      key = next;
    }
  }
}
