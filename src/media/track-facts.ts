import type { InputVideoTrack } from 'mediabunny';
import { TIME_TOLERANCE } from './decoder.ts';
import { ISO_MEDIA, type TrackSums } from './iso-tables.ts';
import { ofTrack, openInput } from './key-frames.ts';
import { MATROSKA } from './sniff.ts';
import type { VideoInfo } from './types.ts';

/** What both decoders say of a track in the same way: the score depends on it. */
export type TrackFacts = Pick<VideoInfo, 'start' | 'duration' | 'frameRate' | 'bitrate'>;

/** A file, and the sums of its tracks where its tables have them (`checkSampleTables`). */
interface TrackSource {
  container: string;
  file: Blob;
  /** Told whenever something was read. */
  alive: () => void;
  tables: readonly TrackSums[];
}

/**
 * Seconds before its last packet's end from which a track counts as cut by its edit list. Below, an edit that leaves out how long the
 * last frame is shown cuts nothing.
 */
const CUT = 1;

/** Packets looked at where all are too many to read: mediabunny's own advice for a reliable frame rate. */
const FIRST_PACKETS = 256;
/** Of a fragmented file, whose every fragment is a read: 18 minutes at 30 per second. */
const FRAGMENT_PACKETS = 2 ** 15;
/** Bytes of a file without a list of packets from which its rates are taken. */
const FIRST_BYTES = 2 ** 22;

/** Of a track that is open. */
export async function factsOfTrack(track: InputVideoTrack, source: TrackSource): Promise<TrackFacts> {
  const first = await track.getFirstTimestamp();
  // The clock of a transport stream starts anew after a day: what lies before that has times below zero, and is shown.
  const start = source.container === 'mpeg-ts' ? first : Math.max(0, first);
  const end = await track.computeDuration();
  const shownUntil = source.tables.find(({ id }) => id === track.id)?.shownUntil ?? end;
  const duration = Math.max(0, (shownUntil < end - CUT + TIME_TOLERANCE ? shownUntil : end) - start);
  const { frameRate, bitrate } = await ratesOfTrack(track, source, duration);
  const known = (rate: number): number => (Number.isFinite(rate) ? rate : 0);
  return { start, duration, frameRate: known(frameRate), bitrate: Math.round(known(bitrate)) };
}

/**
 * Frames and bits per second. An ISO file's are counted of all packets of the track, by its tables, or of its first 2^15
 * where they lie in fragments. Others have no list of packets. Of Matroska the rate is that of the packets at its beginning, and the
 * bits are the share of the file's that the track has there; of what is left, the rate of the first 256 and all bits.
 */
async function ratesOfTrack(
  track: InputVideoTrack,
  source: TrackSource,
  duration: number,
): Promise<{ frameRate: number; bitrate: number }> {
  const { container, file, tables } = source;
  const sums = tables.find(({ id }) => id === track.id);
  if (sums !== undefined)
    return { frameRate: sums.samples / sums.seconds, bitrate: (8 * sums.bytes) / sums.seconds };
  const iso = ISO_MEDIA.has(container);
  const beginning = MATROSKA.has(container) ? await beginningOf(source, track.id) : undefined;
  if (beginning !== undefined) {
    const { frameRate, share } = beginning;
    return { frameRate, bitrate: (share * 8 * file.size) / duration };
  }
  const stats = await track.computePacketStats(iso ? FRAGMENT_PACKETS : FIRST_PACKETS);
  return {
    frameRate: stats.averagePacketRate,
    bitrate: iso ? stats.averageBitrate : (8 * file.size) / duration,
  };
}

/**
 * Frames per second of a track in the first bytes of a file, and its share (0..1) of the bytes of all packets there. No more of
 * the file is open than is read: past the end of a track, its next packet would be looked for to the end of the file. Undefined
 * where fonts, pictures, or the first cluster of a very large video are all that there is.
 */
async function beginningOf(
  { file, alive }: TrackSource,
  id: number,
): Promise<{ frameRate: number; share: number } | undefined> {
  const input = openInput(file.slice(0, FIRST_BYTES), alive);
  try {
    const tracks = await input.getTracks();
    const stats = await Promise.all(tracks.map((track) => track.computePacketStats()));
    const bits = stats.map(({ packetCount, averagePacketRate, averageBitrate }) => {
      const sum = (averageBitrate * packetCount) / averagePacketRate;
      return Number.isFinite(sum) ? sum : 0;
    });
    const own = tracks.findIndex((track) => track.id === id);
    const frameRate = stats[own]?.averagePacketRate ?? NaN;
    if (!(frameRate > 0 && Number.isFinite(frameRate))) return undefined;
    return { frameRate, share: bits[own]! / bits.reduce((sum, one) => sum + one, 0) };
  } finally {
    input.dispose();
  }
}

/**
 * Of a file that ffmpeg has opened; undefined where its container would have to be read for that.
 * @param id number of the track in an ISO file
 */
export function factsOfFile(
  file: Blob,
  container: string,
  alive: () => void,
  id: number | undefined,
): Promise<TrackFacts | undefined> {
  const ask = (track: InputVideoTrack, tables: readonly TrackSums[]): Promise<TrackFacts> =>
    factsOfTrack(track, { container, file, alive, tables });
  return ofTrack<TrackFacts | undefined>(file, container, alive, undefined, ask, id);
}
