import type { InputVideoTrack } from 'mediabunny';
import { ISO_MEDIA, type TrackSums } from './iso-tables.ts';
import { ofTrack } from './key-frames.ts';
import type { VideoInfo } from './types.ts';

/** What both decoders say of a track in the same way: the score depends on it. */
export type TrackFacts = Pick<VideoInfo, 'start' | 'duration' | 'frameRate' | 'bitrate'>;

/** A file, and the sums of its tracks where its tables have them (`checkSampleTables`). */
interface TrackSource {
  container: string;
  /** Bytes. */
  fileSize: number;
  tables: readonly TrackSums[];
}

/** Packets looked at where all are too many to read: mediabunny's own advice for a reliable frame rate. */
const FIRST_PACKETS = 256;
/** Of a fragmented file, whose every fragment is a read: 18 minutes at 30 per second. */
const FRAGMENT_PACKETS = 2 ** 15;

/** Of a track that is open. */
export async function factsOfTrack(track: InputVideoTrack, source: TrackSource): Promise<TrackFacts> {
  const start = Math.max(0, await track.getFirstTimestamp());
  const duration = Math.max(0, (await track.computeDuration()) - start);
  const { frameRate, bitrate } = await ratesOfTrack(track, source, duration);
  const known = (rate: number): number => (Number.isFinite(rate) ? rate : 0);
  return { start, duration, frameRate: known(frameRate), bitrate: Math.round(known(bitrate)) };
}

/**
 * Frames and bits per second. An ISO file's are counted of all packets of the track, by its tables, or of its first 2^15
 * where they lie in fragments. Others have no list of packets: there the rate is that of the first 256, and all bits of
 * the file count, sound included.
 */
async function ratesOfTrack(
  track: InputVideoTrack,
  { container, fileSize, tables }: TrackSource,
  duration: number,
): Promise<{ frameRate: number; bitrate: number }> {
  const sums = tables.find(({ id }) => id === track.id);
  if (sums !== undefined)
    return { frameRate: sums.samples / sums.seconds, bitrate: (8 * sums.bytes) / sums.seconds };
  const iso = ISO_MEDIA.has(container);
  const stats = await track.computePacketStats(iso ? FRAGMENT_PACKETS : FIRST_PACKETS);
  return {
    frameRate: stats.averagePacketRate,
    bitrate: iso ? stats.averageBitrate : (8 * fileSize) / duration,
  };
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
    factsOfTrack(track, { container, fileSize: file.size, tables });
  return ofTrack<TrackFacts | undefined>(file, container, alive, undefined, ask, id);
}
