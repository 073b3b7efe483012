/** Moves labels apart that would cover each other. @returns a place for each, at least `room` apart, near what was asked for */
export function spreadLabels(wanted: readonly number[], room: number): number[] {
  const order = [...wanted.keys()].sort((a, b) => wanted[a]! - wanted[b]!);
  const places = [...wanted];
  for (const [rank, index] of order.entries()) {
    if (rank > 0) places[index] = Math.max(places[index]!, places[order[rank - 1]!]! + room);
  }
  return places;
}
