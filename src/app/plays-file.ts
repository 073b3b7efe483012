/** A video element that plays a file: the browser reads it itself, from the device, by an address that lives as long as the element. */
export function playsFile(video: HTMLVideoElement, file: File): { destroy: () => void } {
  const url = URL.createObjectURL(file);
  video.src = url;
  return { destroy: () => URL.revokeObjectURL(url) };
}
