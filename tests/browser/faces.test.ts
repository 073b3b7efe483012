import { beforeAll, describe, expect, it } from 'vitest';
import portraitUrl from '../fixtures/faces/astronaut.jpg?url';
import type { Detection } from '../../src/faces/types.ts';
import type { FacesReport } from './faces.worker.ts';

/** Where the eyes are in the portrait (512 x 512), read off the picture; a detector that works lies within a few pixels. */
const EYES = { right: { x: 200, y: 108 }, left: { x: 247, y: 108 } };
const TOLERANCE = 12;

const degrees = ({ keypoints: { rightEye, leftEye } }: Detection): number =>
  (Math.atan2(leftEye.y - rightEye.y, leftEye.x - rightEye.x) * 180) / Math.PI;

describe('face detector in a module worker', () => {
  let report: FacesReport;

  beforeAll(async () => {
    const worker = new Worker(new URL('./faces.worker.ts', import.meta.url), { type: 'module' });
    report = await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<FacesReport>) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage(new URL(portraitUrl, location.href).href);
    });
    worker.terminate();
  });

  it('finds the face and its eyes', () => {
    expect(report.portrait).toHaveLength(1);
    const { rightEye, leftEye, mouth } = report.portrait[0]!.keypoints;
    expect(Math.abs(rightEye.x - EYES.right.x)).toBeLessThan(TOLERANCE);
    expect(Math.abs(leftEye.x - EYES.left.x)).toBeLessThan(TOLERANCE);
    expect(Math.abs(rightEye.y - EYES.right.y)).toBeLessThan(TOLERANCE);
    expect(Math.abs(leftEye.y - EYES.left.y)).toBeLessThan(TOLERANCE);
    expect(mouth.y).toBeGreaterThan(leftEye.y + 20);
  });

  it('sees that a turned face is turned', () => {
    expect(report.turned).toHaveLength(1);
    // The crop's axes were turned by +20 degrees, so the face in it leans by -20.
    expect(degrees(report.turned[0]!) - degrees(report.portrait[0]!)).toBeCloseTo(-20, -1);
  });

  it('tells which way up the portrait is shown', () => {
    expect(report.turns).toEqual([0, 270, 180, 90]);
  });

  it('finds a small face in the corner of a large frame by its tiles', () => {
    expect(report.small).toHaveLength(1);
    const { x, y } = report.small[0]!.keypoints.leftEye;
    expect(Math.abs(x - (1920 - 512 + EYES.left.x))).toBeLessThan(TOLERANCE);
    expect(Math.abs(y - (1080 - 512 + EYES.left.y))).toBeLessThan(TOLERANCE);
  });

  it('finds a face of some 36 pixels in a full HD frame', () => {
    expect(report.tiny).toHaveLength(1);
    const { x, y } = report.tiny[0]!.keypoints.leftEye;
    expect(Math.abs(x - (1920 - 170 + EYES.left.x / 3))).toBeLessThan(TOLERANCE / 2);
    expect(Math.abs(y - (1080 - 170 + EYES.left.y / 3))).toBeLessThan(TOLERANCE / 2);
  });

  it('finds a face that fills the picture', () => {
    expect(report.closeUp).toHaveLength(1);
    const { rightEye, leftEye } = report.closeUp[0]!.keypoints;
    const scale = 256 / 85;
    expect(Math.abs(leftEye.x - (128 + (EYES.left.x - 223) * scale))).toBeLessThan(TOLERANCE * scale);
    expect(Math.abs(rightEye.x - (128 + (EYES.right.x - 223) * scale))).toBeLessThan(TOLERANCE * scale);
    expect(Math.abs(leftEye.y - (128 + (EYES.left.y - 125) * scale))).toBeLessThan(TOLERANCE * scale);
  });

  it('asks only its own origin for files', () => {
    // The loader, the wasm and the model are among them, so the list is not empty by mistake.
    for (const file of ['vision_wasm_module_internal.wasm', 'blaze_face_full_range.tflite'])
      expect(report.requests.some((url) => url.endsWith(file))).toBe(true);
    expect(report.requests.filter((url) => new URL(url).origin !== location.origin)).toEqual([]);
  });

  it('needs no GPU: nothing asks for WebGL', () => {
    expect(report.contexts).toContain('2d'); // which is how the portrait was read
    expect(report.contexts.filter((kind) => kind.startsWith('webgl'))).toEqual([]);
  });

  it('finds what MediaPipe finds through WebGL, to the last bit', () => {
    const counts = report.mediapipe.webgl.map(({ detections }) => detections.length);
    expect(counts).toHaveLength(2);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(report.mediapipe.relayed).toEqual(report.mediapipe.webgl);
  });

  it('refuses to relay what it does not hold, cannot read, or has only a part of', () =>
    expect(report.refused).toEqual([
      'TypeError: relay canvas: only the whole picture of a texture can be read',
      'TypeError: relay canvas: only an ImageData can be put into a texture',
      'TypeError: relay canvas: only the whole picture of a texture can be read',
    ]));

  it('is of no use after it is closed', () => expect(report.afterClose).not.toBeNull());

  it('finds no face in noise', () => expect(report.noise).toEqual([]));

  it('feeds the tracker: the same picture three times is one track', () =>
    expect(report.trackedFrames).toBe(3));
});
