import { describe, expect, it } from 'vitest';
import { H264 } from '../../model-export/pseudo-fake/h264.ts';
import type { Image } from '../../model-export/pseudo-fake/image.ts';

const SIDE = 48;

/** A smooth picture with fine texture; `phase` makes different ones. */
function picture(phase: number): Image {
  const data = Float32Array.from({ length: SIDE * SIDE * 3 }, (_, at) => {
    const [x, y] = [Math.floor(at / 3) % SIDE, Math.floor(at / 3 / SIDE)];
    return Math.round(
      128 + 50 * Math.sin(x / 9 + phase) + 30 * Math.cos(y / 7) + 12 * Math.sin(x * y + phase),
    );
  });
  return { width: SIDE, height: SIDE, data };
}

function distance(a: Image, b: Image): number {
  return a.data.reduce((sum, value, at) => sum + Math.abs(value - b.data[at]!), 0) / a.data.length;
}

const still = { moveX: 1, moveY: -1 };

describe('pictures through a real H.264 encoder', () => {
  it('come back in order, the worse the higher the rate factor', async () => {
    const h264 = new H264();
    const sequences = [0, 1, 2].map((run) => [picture(run), picture(run + 0.2)]);
    const clean = await h264.recode(sequences, { ...still, crf: 12 });
    const poor = await h264.recode(sequences, { ...still, crf: 42 });
    for (const [run, pictures] of sequences.entries()) {
      for (const [time, original] of pictures.entries()) {
        const kept = distance(clean[run]![time]!, original);
        const others = sequences.flat().filter((other) => other !== original);
        expect(kept).toBeLessThan(Math.min(...others.map((other) => distance(clean[run]![time]!, other))));
        expect(distance(poor[run]![time]!, original)).toBeGreaterThan(1.5 * kept);
      }
    }
    expect(await h264.recode(sequences, { ...still, crf: 42 })).toEqual(poor);
  });

  it('are predicted within a run only: another run before it changes nothing', async () => {
    const h264 = new H264();
    const encoding = { ...still, crf: 30 };
    const [alone] = await h264.recode([[picture(1)]], encoding);
    const [, second] = await h264.recode([[picture(2)], [picture(1)]], encoding);
    // The rate control may shift the quantiser a little.
    expect(distance(alone![0]!, second![0]!)).toBeLessThan(0.5 * distance(alone![0]!, picture(1)));
  });

  it('need even sides', async () => {
    const odd: Image = { width: 3, height: 3, data: new Float32Array(27) };
    await expect(new H264().recode([[odd]], { ...still, crf: 23 })).rejects.toThrow(/3 pixels is odd/);
    expect(await new H264().recode([], { ...still, crf: 23 })).toEqual([]);
  });
});
