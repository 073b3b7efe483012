import { describe, expect, it } from 'vitest';
import { aucByQuality, aucByStatistic, STATISTICS } from '../../model-export/statistics.ts';
import type { ScoredClip } from '../../model-export/validation.ts';

function clip(label: 'real' | 'fake', tracks: number[][], faceSize = 100): ScoredClip {
  return {
    ...{ path: 'a.mp4', region: 'full', label, kind: label, source: 'made', group: 'g', heldOut: false },
    logit: Math.max(...tracks.map((logits) => STATISTICS['mean']!(logits))),
    tracks: tracks.map((logits) => ({ logits, faceSize, sharpness: 50, bitsPerPixel: 0 })),
  };
}

describe('statistics of a face’s frames', () => {
  it('are what their names say', () => {
    const values = [9, 1, 1, 1, 2, 2, 3, 3];
    const of = (name: string): number => STATISTICS[name]!(values);
    expect(of('mean')).toBe(22 / 8);
    expect(of('trimmed mean')).toBe(22 / 8);
    expect(of('median')).toBe(2);
    expect(of('mean of the highest quarter')).toBe(6);
    expect(of('highest')).toBe(9);
  });

  it('are compared by how they rank clips, the worst face deciding', () => {
    // One odd frame in a real: the highest is fooled, the median is not.
    const clips = [clip('real', [[0, 0, 0, 9], [-5]]), clip('fake', [[-5], [1, 1, 1, 1]])];
    expect(aucByStatistic(clips)).toMatchObject({ highest: 0, median: 1 });
  });
});

describe('classes of quality', () => {
  it('hold every clip once, by its worst face', () => {
    const clips = [
      clip('real', [[0]], 20),
      clip('fake', [[1]], 39),
      clip('fake', [[-1]], 40),
      clip('real', [[0]], 500),
    ];
    expect(aucByQuality(clips, ({ faceSize }) => faceSize, [40, 80])).toEqual([
      { from: 0, to: 40, auc: 1, reals: 1, fakes: 1 },
      { from: 40, to: 80, auc: null, reals: 0, fakes: 1 },
      { from: 80, to: Infinity, auc: null, reals: 1, fakes: 0 },
    ]);
  });
});
