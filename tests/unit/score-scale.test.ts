import { describe, expect, it } from 'vitest';
import { height, TICKS } from '../../src/app/score-scale.ts';
import { spreadLabels } from '../../src/app/spread-labels.ts';

describe('the height of a score on a chart', () => {
  it('is the middle for one half, and grows with the score', () => {
    expect(height(0.5)).toBe(0.5);
    const heights = TICKS.map(height);
    expect(heights).toEqual([...heights].sort((a, b) => a - b));
  });

  it('leaves room above the mark for “strong”', () => {
    expect(1 - height(0.95)).toBeGreaterThan(0.15);
  });

  it('is the same as far from the foot as from the top for a score and its opposite', () => {
    expect(height(0.1)).toBeCloseTo(1 - height(0.9), 12);
  });

  it('stays on the chart for scores of exactly 0 and 1', () => {
    expect(height(0)).toBeCloseTo(0, 12);
    expect(height(1)).toBeCloseTo(1, 12);
  });
});

describe('labels beside a chart', () => {
  it('stay where they belong while there is room', () => {
    expect(spreadLabels([10, 100, 50], 18)).toEqual([10, 100, 50]);
  });

  it('are moved apart where there is none, in their order', () => {
    expect(spreadLabels([50, 45, 40], 18)).toEqual([76, 58, 40]);
  });
});
