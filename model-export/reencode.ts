/** Clips as they arrive after others have passed them on: re-encoded and scaled by x264. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';

export interface Reencoding {
  crf?: string;
  scale?: string;
}

export const isOriginal = ({ crf, scale }: Reencoding): boolean => crf === undefined && scale === undefined;

/** Of an object, what says how a clip is re-encoded; what is not given is not there. */
export const reencodingOf = ({ crf, scale }: Reencoding): Reencoding => ({
  ...(crf !== undefined && { crf }),
  ...(scale !== undefined && { scale }),
});

/** What happens to clips on their way through networks and phones: stronger compression, smaller pictures. */
export const USUAL_REENCODINGS: readonly Reencoding[] = [
  { crf: '23' },
  { crf: '30' },
  { crf: '37' },
  { scale: '0.5' },
  { scale: '0.25' },
];

/** In words, for tables. */
export function describeReencoding({ crf, scale = '1' }: Reencoding): string {
  if (crf === undefined && scale === '1') return 'as they are';
  return `x264 crf ${crf ?? DEFAULT_CRF}, ${Number(scale) === 1 ? 'same size' : `${1 / Number(scale)} times smaller`}`;
}

/** Hardly visible: the picture's size is what changes. */
const DEFAULT_CRF = '18';

/** Whether there is an `ffmpeg` on the PATH. */
export const hasFfmpeg = (): boolean => spawnSync('ffmpeg', ['-version'], { stdio: 'ignore' }).status === 0;

/** @throws RangeError for a factor that x264 does not take */
export function checkReencoding({ crf = DEFAULT_CRF, scale = '1' }: Reencoding): void {
  if (!/^\d+$/.test(crf) || Number(crf) > 51) throw new RangeError(`crf ${crf}: a whole number from 0 to 51`);
  if (!(Number(scale) > 0 && Number(scale) <= 4)) throw new RangeError(`scale ${scale}: above 0, at most 4`);
}

/**
 * @param folder where the result goes; the last one is overwritten
 * @param how x264's constant rate factor, 18 when absent, and the factor of both sides, 1 when absent
 * @returns path of the new file: H.264 in MP4, no sound
 * @throws as `checkReencoding`; and when there is no `ffmpeg` on the PATH, or it fails
 */
export function reencode(file: string, folder: string, how: Reencoding): string {
  checkReencoding(how);
  const { crf = DEFAULT_CRF, scale = '1' } = how;
  const encoded = join(folder, 'clip.mp4');
  const even = (side: string): string => `trunc(${side}*${Number(scale)}/2)*2`;
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-y', '-i', file, '-map', '0:v:0', '-vf', `scale=${even('iw')}:${even('ih')}`],
    ...['-c:v', 'libx264', '-preset', 'fast', '-crf', crf, '-pix_fmt', 'yuv420p', encoded],
  ]);
  return encoded;
}
