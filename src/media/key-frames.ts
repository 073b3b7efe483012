import { ALL_FORMATS, BlobSource, EncodedPacketSink, Input } from 'mediabunny';
import { checkSampleTables, ISO_MEDIA } from './iso-tables.ts';

/** Containers with an index of their key frames: no other is to be searched for them. */
const INDEXED: ReadonlySet<string> = new Set([...ISO_MEDIA, 'matroska', 'webm']);

/**
 * For each time (seconds) that of the last key frame at or before it: where a decoder has to start to show that moment.
 * Undefined where the container does not say. It is the same whichever decoder is used.
 * @param alive called as the file is read
 */
export async function keyTimes(
  file: Blob,
  container: string,
  times: readonly number[],
  alive: () => void,
): Promise<(number | undefined)[]> {
  if (!INDEXED.has(container)) return times.map(() => undefined);
  if (ISO_MEDIA.has(container)) await checkSampleTables(file);
  const source = new BlobSource(file);
  source.on('read', alive);
  const input = new Input({ source, formats: ALL_FORMATS });
  try {
    const track = await input.getPrimaryVideoTrack();
    if (track === null) return times.map(() => undefined);
    const packets = new EncodedPacketSink(track);
    const found: (number | undefined)[] = [];
    for (const time of times)
      found.push((await packets.getKeyPacket(time, { metadataOnly: true }))?.timestamp);
    return found;
  } finally {
    input.dispose();
  }
}
