import { describe, expect, it } from 'vitest';
import { cropMap, faceGeometry, toCrop, type CropMap } from '../../src/faces/alignment.ts';
import { cutCrop } from '../../src/faces/resample.ts';
import type { Picture } from '../../src/faces/types.ts';
import { face, noise, picture, random } from './faces-pictures.ts';

const greys = (crop: Uint8Array): number[] => Array.from({ length: crop.length / 3 }, (_, i) => crop[3 * i]!);

/** The central `inner` x `inner` pixels of an `outer` x `outer` RGB crop. */
function middle(crop: Uint8Array, outer: number, inner: number): Uint8Array {
  const edge = (outer - inner) / 2;
  const out = new Uint8Array(3 * inner * inner);
  for (let y = 0; y < inner; y++) {
    const start = 3 * ((y + edge) * outer + edge);
    out.set(crop.subarray(start, start + 3 * inner), 3 * y * inner);
  }
  return out;
}

describe('cutCrop', () => {
  const upright: CropMap = { size: 8, centre: { x: 10, y: 9 }, right: { x: 1, y: 0 }, scale: 1 };

  it('copies pixels exactly at scale 1 on the grid', () => {
    const source = noise(20, 20);
    const crop = cutCrop(source, upright);
    for (let y = 0; y < 8; y++)
      for (let x = 0; x < 8; x++)
        for (let c = 0; c < 3; c++)
          expect(crop[3 * (y * 8 + x) + c]).toBe(source.data[4 * ((y + 5) * 20 + x + 6) + c]);
  });

  it('turns by the given angle: a quarter turn moves rows to columns', () => {
    const source = noise(20, 20);
    const crop = cutCrop(source, { ...upright, right: { x: 0, y: 1 } });
    // The crop's x axis points down the source, its y axis to the source's left.
    for (let v = 0; v < 8; v++)
      for (let u = 0; u < 8; u++)
        expect(crop[3 * (v * 8 + u)]).toBe(source.data[4 * ((9 - 4 + u) * 20 + (10 + 3 - v))]);
  });

  it('keeps a linear ramp linear at any angle, enlarged or reduced', () => {
    const ramp = picture(400, 300, (x, y) => 20 + 0.4 * x + 0.2 * y);
    const angle = 0.5;
    for (const scale of [0.4, 1.5, 3.3, 5]) {
      const map = {
        size: 16,
        centre: { x: 201, y: 148 },
        right: { x: Math.cos(angle), y: Math.sin(angle) },
        scale,
      };
      const crop = greys(cutCrop(ramp, map));
      for (let v = 0; v < 16; v++)
        for (let u = 0; u < 16; u++) {
          const x = map.centre.x + scale * ((u - 7.5) * map.right.x - (v - 7.5) * map.right.y);
          const y = map.centre.y + scale * ((u - 7.5) * map.right.y + (v - 7.5) * map.right.x);
          // The source is rounded to whole steps, and so is the crop.
          expect(Math.abs(crop[v * 16 + u]! - (20 + 0.4 * x + 0.2 * y))).toBeLessThanOrEqual(1.01);
        }
    }
  });

  it('averages areas when it reduces: fine stripes become grey instead of aliasing', () => {
    const stripes = picture(256, 256, (x) => (Math.floor(x) % 2 === 0 ? 0 : 255));
    const crop = greys(
      cutCrop(stripes, { size: 32, centre: { x: 128, y: 128 }, right: { x: 1, y: 0 }, scale: 6 }),
    );
    for (const value of crop) expect(Math.abs(value - 127.5)).toBeLessThanOrEqual(1);
  });

  it('repeats the edge outside the picture', () => {
    const source = picture(10, 10, (x) => (x < 1 ? 40 : x > 9 ? 200 : 120));
    const crop = greys(
      cutCrop(source, { size: 40, centre: { x: 5, y: 5 }, right: { x: 1, y: 0 }, scale: 1 }),
    );
    for (let y = 0; y < 40; y++) {
      expect(crop.slice(y * 40, y * 40 + 15)).toEqual(Array(15).fill(40));
      expect(crop.slice(y * 40 + 25, y * 40 + 40)).toEqual(Array(15).fill(200));
    }
  });

  it('gives the same bytes every time and leaves the picture alone', () => {
    const source = noise(200, 150);
    const before = source.data.slice();
    const map = cropMap(faceGeometry(face(100, 70, 61).keypoints), { size: 32, margin: 1.6 });
    expect(cutCrop(source, map)).toEqual(cutCrop(source, map));
    expect(source.data).toEqual(before);
  });

  it('a crop with 1.25 times size and margin holds the smaller one in its middle, byte for byte', () => {
    const next = random(7);
    const source: Picture = noise(320, 240, 3);
    for (let i = 0; i < 60; i++) {
      // Some on whole pixels and level, where ties in rounding are common; some reach over the edge.
      const whole = i % 3 === 0;
      const geometry = {
        centre: { x: next() * 320, y: next() * 240 },
        right: { x: 1, y: 0 },
        size: 10 + next() * 180,
      };
      if (whole) {
        geometry.centre = { x: Math.round(geometry.centre.x), y: Math.round(geometry.centre.y) };
        geometry.size = 2 ** (3 + (i % 5)) / 1.6;
      } else {
        const angle = next() - 0.5;
        geometry.right = { x: Math.cos(angle), y: Math.sin(angle) };
      }
      for (const size of [32, 48]) {
        const small = cutCrop(source, cropMap(geometry, { size, margin: 1.6 }));
        const large = cutCrop(source, cropMap(geometry, { size: 1.25 * size, margin: 1.25 * 1.6 }));
        expect(Buffer.compare(middle(large, 1.25 * size, size), small), `placement ${i}, size ${size}`).toBe(
          0,
        );
      }
    }
  });
});

describe('toCrop', () => {
  it('says where a source pixel ends up in the crop', () => {
    const dot = { x: 60.5, y: 44.5 };
    const source = picture(120, 100, (x, y) => (x === dot.x && y === dot.y ? 255 : 0));
    const angle = 0.6;
    const map = {
      size: 64,
      centre: { x: 55, y: 50 },
      right: { x: Math.cos(angle), y: Math.sin(angle) },
      scale: 0.25,
    };
    const crop = greys(cutCrop(source, map));
    const brightest = crop.indexOf(Math.max(...crop));
    const { x, y } = toCrop(dot, map);
    expect(Math.abs((brightest % 64) + 0.5 - x)).toBeLessThan(1);
    expect(Math.abs(Math.floor(brightest / 64) + 0.5 - y)).toBeLessThan(1);
  });
});
