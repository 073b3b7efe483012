/** Luma weights of ITU-R BT.601. */
export function luma(r: number, g: number, b: number): number {
  return 0.299 * r + 0.587 * g + 0.114 * b;
}

/**
 * Variance of the 4-neighbour Laplacian of the luma (Pech-Pacheco et al. 2000), over the inner pixels. Low means blurred.
 * @param crop RGB, `3 * size * size` bytes
 */
export function sharpness(crop: Uint8Array, size: number): number {
  const grey = new Float32Array(size * size);
  for (let i = 0; i < grey.length; i++) grey[i] = luma(crop[3 * i]!, crop[3 * i + 1]!, crop[3 * i + 2]!);
  let sum = 0;
  let squares = 0;
  for (let y = 1; y < size - 1; y++) {
    for (let i = y * size + 1, end = (y + 1) * size - 1; i < end; i++) {
      const value = grey[i - 1]! + grey[i + 1]! + grey[i - size]! + grey[i + size]! - 4 * grey[i]!;
      sum += value;
      squares += value * value;
    }
  }
  const count = (size - 2) * (size - 2);
  return squares / count - (sum / count) ** 2;
}

/** Middle value; the mean of the two middle ones of an even number. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
