/** Hands a file to the person as a download. */
export function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has started when the click returns; the blob itself may be read a little later.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
