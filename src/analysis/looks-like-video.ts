import { sniffContainer, SNIFF_BYTES } from '../media/sniff.ts';

/** Whether a file's first bytes are those of a video that is worth trying. Unknown bytes are not. */
export async function looksLikeVideo(file: Blob): Promise<boolean> {
  const head = new Uint8Array(await file.slice(0, SNIFF_BYTES).arrayBuffer());
  return sniffContainer(head).kind === 'video';
}
