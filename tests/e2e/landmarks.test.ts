import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import jpeg from 'jpeg-js';
import { afterAll, describe, expect, it } from 'vitest';
import { CropStore, CropStoreWriter, type TrackEntry } from '../../model-export/crop-store.ts';
import { root } from '../../scripts/root.ts';

const model = join(root, '../shared/models/face_landmarker.task');
if (!existsSync(model)) console.log(`${model} is not here: the test of landmarks.ts is skipped`);

const SIZE = 280;
const folder = mkdtempSync(join(tmpdir(), 'clearframe-landmarks-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The middle of the portrait's upper part, where its face is. */
function portrait(): Uint8Array {
  const { width, data } = jpeg.decode(readFileSync(join(root, 'tests/fixtures/faces/astronaut.jpg')));
  return Uint8Array.from({ length: 3 * SIZE * SIZE }, (_, at) => {
    const [x, y] = [Math.floor(at / 3) % SIZE, Math.floor(at / (3 * SIZE))];
    return data[4 * (y * width + x + 85) + (at % 3)]!;
  });
}

function prepare(): void {
  const writer = new CropStoreWriter(folder, { version: 1, size: SIZE, margin: 1.75, framesPerSecond: 6 });
  const entry: Omit<TrackEntry, 'offset' | 'count'> = {
    path: 'a.mp4',
    region: 'full',
    label: 'real',
    kind: 'real',
    group: 'a',
    split: 'train',
    source: 'made',
    segment: 0,
    times: [0, 1],
    faceSize: 100,
    sharpness: 50,
    keypoints: [],
  };
  const plain = new Uint8Array(3 * SIZE * SIZE).fill(128);
  writer.addTrack(entry, [plain, portrait()]);
  writer.finishSource('a.mp4', 'full');
  writer.close();
}

describe.skipIf(!existsSync(model))('landmarks.ts', () => {
  const run = (): string =>
    execFileSync(
      process.execPath,
      ['--import', 'tsx', 'model-export/landmarks.ts', '--model', model, '--store', folder],
      { cwd: root, encoding: 'utf8' },
    );

  it('adds the face mesh to the crops that show a face, once', () => {
    prepare();
    expect(run()).toContain('2 of 2, face found in 1 of 2');
    const store = new CropStore(folder);
    const [track] = store.tracks;
    expect(store.landmarks(track!, 0)).toBeUndefined();
    const points = store.landmarks(track!, 1)!;
    const at = (point: number): { x: number; y: number } => ({
      x: points[2 * point]!,
      y: points[2 * point + 1]!,
    });
    store.close();
    // The canonical face: corners of her right and left eye, tip of the nose, upper lip, chin.
    const [right, left, nose, lip, chin] = [at(33), at(263), at(1), at(0), at(152)];
    expect(right.x).toBeLessThan(nose.x);
    expect(nose.x).toBeLessThan(left.x);
    for (const [above, below] of [
      [right, nose],
      [left, nose],
      [nose, lip],
      [lip, chin],
    ] as const)
      expect(above.y).toBeLessThan(below.y);
    expect(Math.min(...points)).toBeGreaterThan(0);
    expect(Math.max(...points)).toBeLessThan(SIZE);
    expect(run()).toBe('');
  });
});
