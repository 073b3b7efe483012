import {
  ALL_FORMATS,
  BlobSource,
  EncodedPacketSink,
  Input,
  type EncodedPacket,
  type InputVideoTrack,
} from 'mediabunny';
import { checkSampleTables, ISO_MEDIA } from './iso-tables.ts';

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

/** Seconds up to the end of the last picture, of such a file; undefined where its container would have to be read for that. */
export function endOfFile(file: Blob, container: string, alive: () => void): Promise<number | undefined> {
  return ofTrack(file, container, alive, undefined, (track) => track.computeDuration());
}

/** Packets looked at to learn the frame rate; mediabunny's own advice for a reliable figure. */
const FRAME_RATE_PACKETS = 256;

/** Average frames per second of a track that is open; 0 when unknown. */
export async function frameRateOfTrack(track: InputVideoTrack): Promise<number> {
  const { averagePacketRate } = await track.computePacketStats(FRAME_RATE_PACKETS);
  return Number.isFinite(averagePacketRate) ? averagePacketRate : 0;
}

/** The same, of such a file; 0 also where its container would have to be read for that. */
export function frameRateOfFile(file: Blob, container: string, alive: () => void): Promise<number> {
  return ofTrack(file, container, alive, 0, frameRateOfTrack);
}

/** @param unknown the answer where there is nothing to ask */
async function ofTrack<T>(
  file: Blob,
  container: string,
  alive: () => void,
  unknown: T,
  ask: (track: InputVideoTrack) => Promise<T>,
): Promise<T> {
  if (!INDEXED.has(container)) return unknown;
  if (ISO_MEDIA.has(container)) await checkSampleTables(file);
  const source = new BlobSource(file);
  source.on('read', alive);
  const input = new Input({ source, formats: ALL_FORMATS });
  try {
    const track = await input.getPrimaryVideoTrack();
    return track === null ? unknown : await ask(track);
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
