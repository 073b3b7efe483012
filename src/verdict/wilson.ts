/** Bounds of a share, seen `count` times of `of`, at 95 % confidence (Wilson 1927). */
export function wilsonInterval(count: number, of: number): [low: number, high: number] {
  if (of === 0) return [0, 1];
  const z = 1.96;
  const share = count / of;
  const middle = share + (z * z) / (2 * of);
  const half = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  const scale = 1 + (z * z) / of;
  // Rounding may leave the range by a hair.
  return [Math.max(0, (middle - half) / scale), Math.min(1, (middle + half) / scale)];
}
