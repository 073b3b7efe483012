import { describe, expect, it } from 'vitest';
import type { Batch } from '../../model-export/batch-maker.ts';
import { Replay } from '../../model-export/replay.ts';

const SIZE = 4;
const SIDE = 2;
const PIXELS = SIZE * SIZE * 3;

/** Two pairs; a crop's pixels grow to the right by 1 from a level of its own, its left places are 1 where it is fake. */
function batch(index: number): Batch {
  const images = Float32Array.from({ length: 4 * PIXELS }, (_, at) => {
    const crop = Math.floor(at / PIXELS);
    return 16 * (4 * index + crop) + (Math.floor(at / 3) % SIZE);
  });
  const places = Float32Array.from(
    { length: 4 * SIDE * SIDE },
    (_, at) => Number(Math.floor(at / 4) % 2 === 1) * Number(at % SIDE === 0),
  );
  return { images, labels: Float32Array.of(0, 1, 0, 1), places };
}

async function taken(reuse: number, steps: number): Promise<{ batches: Batch[]; made: number }> {
  let made = 0;
  const replay = new Replay(() => Promise.resolve(batch(made++)), reuse, SIZE, SIDE, 1, 8);
  const batches: Batch[] = [];
  for (let step = 0; step < steps; step++) batches.push(await replay.take(step));
  return { batches, made };
}

describe('replay', () => {
  it('makes a batch for every so many steps', async () => {
    expect((await taken(1, 6)).made).toBe(6);
    expect((await taken(3, 6)).made).toBe(2);
  });

  it('keeps real and fake of a pair together, and mirrors crops and places alike', async () => {
    const { batches } = await taken(3, 60);
    const seen = new Set<string>();
    for (const { images, labels, places } of batches) {
      expect([...labels]).toEqual([0, 1, 0, 1]);
      for (const pair of [0, 1]) {
        const [real, fake] = [0, 1].map((half) => {
          const crop = images.subarray((2 * pair + half) * PIXELS, (2 * pair + half + 1) * PIXELS);
          return { level: Math.floor(crop[0]! / 16), flipped: crop[0]! > crop[3]! };
        });
        expect(fake!.level).toBe(real!.level + 1);
        expect(fake!.flipped).toBe(real!.flipped);
        const side = places.subarray((2 * pair + 1) * 4, (2 * pair + 2) * 4);
        expect([...side]).toEqual(fake!.flipped ? [0, 1, 0, 1] : [1, 0, 1, 0]);
        expect([...places.subarray(2 * pair * 4, 2 * pair * 4 + 4)]).toEqual([0, 0, 0, 0]);
        seen.add(String(fake!.flipped));
      }
    }
    expect([...seen].sort()).toEqual(['false', 'true']);
  });

  it('gives the pictures made last, of as many batches as hold that many', async () => {
    let made = 0;
    const replay = new Replay(() => Promise.resolve(batch(made++)), 1, SIZE, SIDE, 1, 8);
    expect(replay.recent(8)).toEqual([]);
    expect(replay.isEmpty).toBe(true);
    await replay.fill(297 * 4 - 1);
    for (let step = 0; step < 3; step++) await replay.take(step);
    expect(replay.recent(5)).toEqual([299, 298].map((index) => Uint8Array.from(batch(index).images)));
    // More are not asked for where no picture is used again.
    expect(replay.recent(Infinity)).toHaveLength(2);
  });

  it('gives the same batches again', async () => {
    const [first, second] = [await taken(2, 20), await taken(2, 20)];
    expect(second.batches).toEqual(first.batches);
  });
});
