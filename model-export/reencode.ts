/** Clips as they arrive after others have passed them on: re-encoded and scaled by x264. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * @param folder where the result goes; the last one is overwritten
 * @param crf x264's constant rate factor, 18 when absent @param scale factor of both sides, 1 when absent
 * @returns path of the new file: H.264 in MP4, no sound
 * @throws when there is no `ffmpeg` on the PATH, or it fails
 */
export function reencode(
  file: string,
  folder: string,
  { crf = '18', scale = '1' }: { crf?: string; scale?: string },
): string {
  const encoded = join(folder, 'clip.mp4');
  const even = (side: string): string => `trunc(${side}*${Number(scale)}/2)*2`;
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-y', '-i', file, '-map', '0:v:0', '-vf', `scale=${even('iw')}:${even('ih')}`],
    ...['-c:v', 'libx264', '-preset', 'fast', '-crf', crf, '-pix_fmt', 'yuv420p', encoded],
  ]);
  return encoded;
}
