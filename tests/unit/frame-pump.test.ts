import { describe, expect, test } from 'vitest';
import { FramePump, Pacer } from '../../src/analysis/frame-pump.ts';

class FakePicture {
  closed = 0;
  constructor(readonly name: number) {}
  close(): void {
    this.closed++;
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** A pump whose pictures are looked at until `finish` is called. */
function slowPump() {
  const looked: number[] = [];
  const failures: unknown[] = [];
  const clock = { now: 0 };
  let finish = (_error?: Error): void => undefined;
  const pump = new FramePump<FakePicture>(
    (picture) => {
      looked.push(picture.name);
      return new Promise((resolve, reject) => {
        finish = (error) => (error === undefined ? resolve() : reject(error));
      });
    },
    (error) => failures.push(error),
    () => clock.now,
  );
  const pictures = Array.from({ length: 6 }, (_, i) => new FakePicture(i));
  return {
    pump,
    looked,
    failures,
    clock,
    pictures,
    finish: (error?: Error): Promise<void> => (finish(error), settled()),
    closed: (): number[] => pictures.filter(({ closed }) => closed > 0).map(({ name }) => name),
  };
}

describe('pictures that come faster than they are looked at', () => {
  test('the newest waits; the ones that it replaces are closed and counted', async () => {
    const { pump, looked, pictures, finish, closed } = slowPump();
    for (const [i, picture] of pictures.slice(0, 5).entries()) pump.offer(picture, i);
    expect(looked).toEqual([0]);
    await finish();
    expect(looked).toEqual([0, 4]);
    expect(pump.dropped).toBe(3);
    expect(closed()).toEqual([1, 2, 3]); // who was handed on is closed by whoever took it
    await finish();
    pump.offer(pictures[5]!, 5);
    expect(looked).toEqual([0, 4, 5]);
    expect(pump.dropped).toBe(3);
  });

  test('stopping closes what waits and what still comes, each once, and nothing more is looked at', async () => {
    const { pump, looked, pictures, finish } = slowPump();
    pump.offer(pictures[0]!, 0);
    pump.offer(pictures[1]!, 1);
    pump.stop();
    pump.offer(pictures[2]!, 2);
    await finish();
    expect(looked).toEqual([0]);
    expect(pictures.map(({ closed }) => closed)).toEqual([0, 1, 1, 0, 0, 0]);
  });

  test('a failure stops the pump and is told once', async () => {
    const { pump, looked, failures, pictures, finish, closed } = slowPump();
    pump.offer(pictures[0]!, 0);
    pump.offer(pictures[1]!, 1);
    await finish(new Error('worker died'));
    pump.offer(pictures[2]!, 2);
    expect(failures).toEqual([new Error('worker died')]);
    expect(looked).toEqual([0]);
    expect(closed()).toEqual([1, 2]);
  });

  test('the rate is that of the last three seconds', async () => {
    const { pump, clock, pictures, finish } = slowPump();
    for (const [i, picture] of pictures.entries()) {
      clock.now = 10 + i / 2;
      pump.offer(picture, clock.now);
      await finish();
    }
    expect(pump.rate()).toBeCloseTo(2); // six, half a second apart
    clock.now = 14;
    expect(pump.rate()).toBeCloseTo(1);
    clock.now = 60;
    expect(pump.rate()).toBe(0);
  });
});

describe('Pacer', () => {
  test('of a camera with 30 pictures per second one in five is due at six per second', () => {
    const pacer = new Pacer(6);
    const due = Array.from({ length: 60 }, (_, i) => pacer.isDue(i / 30 + 0.001));
    expect(due.filter(Boolean)).toHaveLength(12);
    expect(due.slice(0, 6)).toEqual([true, false, false, false, false, true]);
  });

  test('of a slower source every picture is due, and a pause is not made up for', () => {
    const pacer = new Pacer(6);
    expect([0, 0.3, 0.6, 20, 20.01].map((time) => pacer.isDue(time))).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });
});
