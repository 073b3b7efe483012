import { describe, expect, it } from 'vitest';
import { Lifetime } from '../../src/workers/lifetime.ts';

const never = new Promise<never>(() => undefined);

describe('Lifetime', () => {
  it('gives what the work comes to, or fails with', async () => {
    const life = new Lifetime();
    await expect(life.during(Promise.resolve(3))).resolves.toBe(3);
    await expect(life.during(Promise.reject(new Error('work')))).rejects.toThrow('work');
  });

  it('ends all work that is under way, and all that comes later, with the first error', async () => {
    const life = new Lifetime();
    const waiting = [life.during(never), life.during(never)];
    life.end(new Error('dead'));
    life.end(new Error('dead again'));
    for (const work of waiting) await expect(work).rejects.toThrow('dead');
    await expect(life.during(Promise.resolve(3))).rejects.toThrow(/^dead$/);
  });
});
