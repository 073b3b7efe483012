import { ALL_FORMATS, BlobSource, EncodedPacketSink, Input } from 'mediabunny';
import type { InputTrack, InputVideoTrack } from 'mediabunny';
import { ISO_MEDIA, type TrackSums } from './iso-tables.ts';
import { ofTrack } from './key-frames.ts';
import { MATROSKA } from './sniff.ts';
import type { VideoInfo } from './types.ts';

/** What both decoders say of a track in the same way: the score depends on it. */
export type TrackFacts = Pick<VideoInfo, 'start' | 'duration' | 'frameRate' | 'bitrate'>;

/** A file, and the sums of its tracks where its tables have them (`checkSampleTables`). */
interface TrackSource {
  container: string;
  file: Blob;
  tables: readonly TrackSums[];
}

/** Packets looked at where all are too many to read: mediabunny's own advice for a reliable frame rate. */
const FIRST_PACKETS = 256;
/** Of a fragmented file, whose every fragment is a read: 18 minutes at 30 per second. */
const FRAGMENT_PACKETS = 2 ** 15;
/** Bytes of a file without a list of packets from which its rates are taken. */
const FIRST_BYTES = 2 ** 22;

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
 * where they lie in fragments. Others have no list of packets. Of Matroska the rate is that of the packets at its beginning, and the
 * bits are the share of the file's that the track has there; of what is left, the rate of the first 256 and all bits.
 */
async function ratesOfTrack(
  track: InputVideoTrack,
  { container, file, tables }: TrackSource,
  duration: number,
): Promise<{ frameRate: number; bitrate: number }> {
  const sums = tables.find(({ id }) => id === track.id);
  if (sums !== undefined)
    return { frameRate: sums.samples / sums.seconds, bitrate: (8 * sums.bytes) / sums.seconds };
  const iso = ISO_MEDIA.has(container);
  const beginning = MATROSKA.has(container) ? await beginningOf(file, track.id) : undefined;
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
 * where fonts or pictures fill the beginning.
 */
async function beginningOf(
  file: Blob,
  id: number,
): Promise<{ frameRate: number; share: number } | undefined> {
  const input = new Input({ source: new BlobSource(file.slice(0, FIRST_BYTES)), formats: ALL_FORMATS });
  try {
    const tracks = await input.getTracks();
    const found = await Promise.all(tracks.map(packetsOf));
    const all = found.reduce((sum, { bytes }) => sum + bytes, 0);
    const own = found[tracks.findIndex((track) => track.id === id)];
    if (own === undefined || own.count === 0 || own.seconds === 0) return undefined;
    return { frameRate: own.count / own.seconds, share: own.bytes / all };
  } finally {
    input.dispose();
  }
}

/** Packets of a track, their bytes, and the seconds from the beginning of the first to the end of the last. */
async function packetsOf(track: InputTrack): Promise<{ count: number; bytes: number; seconds: number }> {
  let [count, bytes, first, end] = [0, 0, Infinity, -Infinity];
  try {
    const options = { metadataOnly: true };
    for await (const packet of new EncodedPacketSink(track).packets(undefined, undefined, options)) {
      count++;
      bytes += packet.byteLength;
      first = Math.min(first, packet.timestamp);
      end = Math.max(end, packet.timestamp + packet.duration);
    }
  } catch {
    // Where the bytes are cut off a packet may be too: those before it count.
  }
  return { count, bytes, seconds: count === 0 ? 0 : end - first };
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
    factsOfTrack(track, { container, file, tables });
  return ofTrack<TrackFacts | undefined>(file, container, alive, undefined, ask, id);
}
