/**
 * Uses every made pair several times: making one costs about a third as much as a step on it. Fresh batches are kept, in
 * 8 bits, in a bounded memory; in between come batches whose pairs are drawn from there one by one, flipped at random.
 */
import type { Batch } from './batch-maker.ts';
import { Random } from './pseudo-fake/random.ts';

/** Pictures kept where they are used again: at 112 x 112 pixels some 300 MB. */
const KEPT = 8192;

interface KeptBatch {
  images: Uint8Array;
  labels: Float32Array;
  places: Float32Array;
}

export class Replay {
  private readonly kept: KeptBatch[] = [];
  private fresh = 0;
  /** Batches to keep. */
  private room = 1;

  /**
   * @param next gives a fresh batch of pairs of single crops
   * @param reuse times that every pair is used, on average
   * @param size side of the crops in pixels @param side places per side
   * @param keep pictures that `recent` may be asked for
   */
  constructor(
    private readonly next: () => Promise<Batch>,
    private readonly reuse: number,
    private readonly size: number,
    private readonly side: number,
    private readonly seed: number,
    private readonly keep: number,
  ) {}

  get isEmpty(): boolean {
    return this.kept.length === 0;
  }

  /** The batch of a step: every `reuse`-th is a fresh one. */
  async take(step: number): Promise<Batch> {
    if (step % this.reuse === 0 || this.isEmpty) return this.make();
    return this.mixed(new Random(this.seed + 1, step));
  }

  /** Makes so many pictures at least. */
  async fill(pictures: number): Promise<void> {
    for (let made = 0; made < pictures;) made += this.picturesOf((await this.make()).images);
  }

  private async make(): Promise<Batch> {
    const batch = await this.next();
    const pictures = this.reuse > 1 ? Math.max(KEPT, this.keep) : this.keep;
    this.room = Math.ceil(pictures / this.picturesOf(batch.images));
    this.kept[this.fresh++ % this.room] = { ...batch, images: Uint8Array.from(batch.images) };
    return batch;
  }

  private picturesOf(images: ArrayLike<number>): number {
    return images.length / (3 * this.size * this.size);
  }

  /** Levels of the pictures made last, in batches: of so many pictures at least where there are that many. */
  recent(pictures: number): Uint8Array[] {
    const batches: Uint8Array[] = [];
    let missing = pictures;
    for (let back = 1; back <= this.kept.length && missing > 0; back++) {
      const { images } = this.kept[(this.fresh - back) % this.room]!;
      batches.push(images);
      missing -= this.picturesOf(images);
    }
    return batches;
  }

  private mixed(random: Random): Batch {
    const first = this.kept[0]!;
    const batch = {
      images: new Float32Array(first.images.length),
      labels: first.labels.slice(),
      places: new Float32Array(first.places.length),
    };
    for (let pair = 0; pair < batch.labels.length / 2; pair++) {
      const from = random.pick(this.kept);
      const other = random.below(batch.labels.length / 2);
      const flip = random.chance(0.5);
      for (const half of [0, 1]) {
        const [at, source] = [2 * pair + half, 2 * other + half];
        copyRows(from.images, source, batch.images, at, this.size, 3, flip);
        copyRows(from.places, source, batch.places, at, this.side, 1, flip);
      }
    }
    return batch;
  }
}

/** Copies square number `source` of one array to square number `at` of another, mirrored where asked. */
function copyRows(
  from: Uint8Array | Float32Array,
  source: number,
  to: Float32Array,
  at: number,
  side: number,
  channels: number,
  flip: boolean,
): void {
  const values = side * side * channels;
  const square = from.subarray(source * values, (source + 1) * values);
  if (!flip) {
    to.set(square, at * values);
    return;
  }
  for (let place = 0; place < side * side; place++) {
    const mirrored = place - (place % side) + (side - 1 - (place % side));
    for (let channel = 0; channel < channels; channel++)
      to[at * values + place * channels + channel] = square[mirrored * channels + channel]!;
  }
}
