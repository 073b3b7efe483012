import { expect, it } from 'vitest';
import { growth } from '../../scripts/long-run-measure.ts';

it('growth is the slope of the line through the points, whatever their level', () => {
  const { perHundred, share } = growth([
    [50, 505],
    [100, 510],
    [150, 515],
  ]);
  expect(perHundred).toBeCloseTo(10);
  expect(share).toBeCloseTo(10 / 510);
});

it('noise without a trend is no growth', () => {
  const { perHundred } = growth([
    [10, 500],
    [20, 520],
    [30, 520],
    [40, 500],
  ]);
  expect(perHundred).toBeCloseTo(0);
});
