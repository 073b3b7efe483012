import { encode } from 'uqr';
import type { VerdictRecord } from '../verdict/index.ts';
import { verdictLink } from './link.ts';

/** A QR code (ISO/IEC 18004) as an SVG path of unit squares; the quiet zone of four modules is part of `size`. */
export interface QrCode {
  size: number;
  path: string;
}

/** Bytes that the largest code holds (version 40, level L). */
const MAX_BYTES = 2953;

/**
 * The link as a code for another device's camera. It leaves out the scores of single frames, so that the code stays
 * coarse enough to be read from a screen: with the same video the receiver's device computes them itself.
 * @returns null where no code holds it, as of a crowd (some fifty faces)
 */
export async function verdictQrCode(record: VerdictRecord, base: string): Promise<QrCode | null> {
  const short = { ...record, tracks: record.tracks.map((track) => ({ ...track, frames: [] })) };
  const link = await verdictLink(short, base);
  if (link.length > MAX_BYTES) return null;
  const { data, size } = encode(link, { ecc: 'L', border: 4 });
  const path = data
    .flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])))
    .join('');
  return { size, path };
}
