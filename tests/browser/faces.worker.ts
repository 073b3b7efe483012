/** Runs the face stage where it runs in use: in a dedicated module worker. Posts the astronaut's portrait through it. */
import { createFaceDetector, FaceTracker, type Detection, type Picture } from '../../src/faces/index.ts';
import { cutCrop } from '../../src/faces/resample.ts';

export interface FacesReport {
  portrait: Detection[];
  /** The portrait turned by 20 degrees about its centre. */
  turned: Detection[];
  /** The portrait in the corner of a full HD frame. */
  small: Detection[];
  /** The portrait at a third of its size (a face of some 36 pixels) in the corner of a full HD frame. */
  tiny: Detection[];
  /** The face alone, filling a picture of 256 x 256 to its edges: 85 pixels around `CLOSE_UP` of the portrait. */
  closeUp: Detection[];
  noise: Detection[];
  trackedFrames: number;
  /** Everything the worker has fetched, as absolute URLs. */
  requests: string[];
  /** What `detect` threw after `close`, if anything. */
  afterClose: string | null;
}

/** The middle of the face in the portrait. */
const CLOSE_UP = { x: 223, y: 125 };

const base = new URL('/', self.location.href).href;

self.onmessage = async ({ data: portraitUrl }: MessageEvent<string>) => {
  const detector = await createFaceDetector({
    visionLoader: `${base}runtime/vision/vision_wasm_module_internal.js`,
    visionWasm: `${base}runtime/vision/vision_wasm_module_internal.wasm`,
    faceModel: `${base}runtime/faces/blaze_face_full_range.tflite`,
  });
  const portrait = await load(portraitUrl);
  const tracker = new FaceTracker({ size: 64, margin: 1.6 });
  for (let i = 0; i < 3; i++) tracker.push(i / 6, portrait, detector.detect(portrait));
  const report: FacesReport = {
    portrait: detector.detect(portrait),
    turned: detector.detect(turned(portrait, 20)),
    small: detector.detect(inCorner(portrait, 1920, 1080, 1)),
    tiny: detector.detect(inCorner(portrait, 1920, 1080, 3)),
    closeUp: detector.detect(
      withAlpha(
        cutCrop(portrait, { size: 256, centre: CLOSE_UP, right: { x: 1, y: 0 }, scale: 85 / 256 }),
        256,
        256,
      ),
    ),
    noise: detector.detect(noise(320, 240)),
    trackedFrames: tracker.finish()[0]?.frames.length ?? 0,
    requests: performance.getEntriesByType('resource').map(({ name }) => name),
    afterClose: null,
  };
  detector.close();
  try {
    detector.detect(portrait);
  } catch (error) {
    report.afterClose = String(error);
  }
  self.postMessage(report);
};

async function load(url: string): Promise<Picture> {
  const bitmap = await createImageBitmap(await (await fetch(url)).blob());
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

function withAlpha(rgb: Uint8Array, width: number, height: number): Picture {
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++) data.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i);
  return { width, height, data };
}

function turned(picture: Picture, degrees: number): Picture {
  const angle = (degrees * Math.PI) / 180;
  const size = picture.width;
  const centre = { x: size / 2, y: size / 2 };
  const right = { x: Math.cos(angle), y: Math.sin(angle) };
  return withAlpha(cutCrop(picture, { size, centre, right, scale: 1 }), size, size);
}

function inCorner(picture: Picture, width: number, height: number, times: number): Picture {
  const size = Math.floor(picture.width / times);
  const centre = { x: picture.width / 2, y: picture.height / 2 };
  const small = cutCrop(picture, { size, centre, right: { x: 1, y: 0 }, scale: times });
  const frame = new Uint8ClampedArray(4 * width * height).fill(90);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const at = 4 * ((height - size + y) * width + (width - size + x));
      frame.set(small.subarray(3 * (y * size + x), 3 * (y * size + x) + 3), at);
    }
  }
  return { width, height, data: frame };
}

function noise(width: number, height: number): Picture {
  let state = 1;
  const data = new Uint8ClampedArray(4 * width * height).map(
    () => (state = (state * 48271) % 2147483647) & 255,
  );
  return { width, height, data };
}
