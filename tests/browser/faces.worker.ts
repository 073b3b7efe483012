/** Runs the face stage where it runs in use: in a dedicated module worker. Posts the astronaut's portrait through it. */
import {
  createFaceDetector,
  FaceTracker,
  TurnFinder,
  turnPicture,
  type Detection,
  type Picture,
  type Turn,
} from '../../src/faces/index.ts';
import { FaceDetector as MediaPipeDetector, type FaceDetectorResult } from '@mediapipe/tasks-vision';
import { relayCanvas } from '../../src/faces/relay-canvas.ts';
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
  /** By how much the portrait, turned by 0, 90, 180 and 270 degrees, is found to have to be turned. */
  turns: (Turn | undefined)[];
  trackedFrames: number;
  /** Everything the worker has fetched, as absolute URLs. */
  requests: string[];
  /** What `detect` threw after `close`, if anything. */
  afterClose: string | null;
  /** Contexts that canvases were asked for until then. */
  contexts: string[];
  /** What MediaPipe says of the portrait and of the one in a corner, with a canvas of its own and with the one that only relays. */
  mediapipe: Record<'webgl' | 'relayed', FaceDetectorResult[]>;
  /** What the relaying context threw for a picture that is no `ImageData`, and for a part of one. */
  refused: string[];
}

/** The middle of the face in the portrait. */
const CLOSE_UP = { x: 223, y: 125 };

const base = new URL('/', self.location.href).href;
const urls = {
  visionLoader: `${base}runtime/vision/vision_wasm_module_internal.js`,
  visionWasm: `${base}runtime/vision/vision_wasm_module_internal.wasm`,
  faceModel: `${base}runtime/faces/blaze_face_full_range.tflite`,
};

const contexts: string[] = [];
const getContext = OffscreenCanvas.prototype.getContext as (this: OffscreenCanvas, ...of: unknown[]) => null;
OffscreenCanvas.prototype.getContext = function (this: OffscreenCanvas, ...of: unknown[]) {
  contexts.push(String(of[0]));
  return getContext.apply(this, of);
};

self.onmessage = async ({ data: portraitUrl }: MessageEvent<string>) => {
  const detector = await createFaceDetector(urls);
  const portrait = await load(portraitUrl);
  const tracker = new FaceTracker({ size: 64, margin: 1.6 });
  for (let i = 0; i < 3; i++) tracker.push(i / 6, portrait, detector.detect(portrait));
  const report: FacesReport = {
    portrait: detector.detect(portrait),
    turns: ([0, 90, 180, 270] as const).map((turn) => {
      const finder = new TurnFinder(detector);
      for (let i = 0; i < 3; i++) finder.look(turnPicture(portrait, turn));
      return finder.turn(true);
    }),
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
    contexts: [],
    mediapipe: { webgl: [], relayed: [] },
    refused: refusals(),
  };
  detector.close();
  try {
    detector.detect(portrait);
  } catch (error) {
    report.afterClose = String(error);
  }
  report.contexts = [...contexts];
  const pictures = [portrait, inCorner(portrait, 900, 700, 2)];
  report.mediapipe.webgl = await byMediaPipe(pictures, new OffscreenCanvas(1, 1), '?webgl');
  report.mediapipe.relayed = await byMediaPipe(pictures, relayCanvas(), '?relayed');
  self.postMessage(report);
};

/** @param again makes the loader's address another one: a module is evaluated once, and it leaves its factory for one detector */
async function byMediaPipe(
  pictures: Picture[],
  canvas: OffscreenCanvas,
  again: string,
): Promise<FaceDetectorResult[]> {
  const mediapipe = await MediaPipeDetector.createFromOptions(
    { wasmLoaderPath: urls.visionLoader + again, wasmBinaryPath: urls.visionWasm },
    { baseOptions: { modelAssetPath: urls.faceModel, delegate: 'CPU' }, runningMode: 'IMAGE', canvas },
  );
  try {
    return pictures.map(({ data, width, height }) =>
      mediapipe.detect(new ImageData(data.slice(), width, height)),
    );
  } finally {
    mediapipe.close();
  }
}

function refusals(): string[] {
  const gl = relayCanvas().getContext('webgl2')!;
  const picture = new ImageData(4, 4);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  const put = (source: ImageData | ImageBitmap): void =>
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, source);
  const read = (side: number): void =>
    gl.readPixels(0, 0, side, side, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4 * side * side), 0);
  return [() => read(4), () => put({} as ImageBitmap), () => put(picture), () => read(3)].flatMap(
    (attempt) => {
      try {
        attempt();
        return [];
      } catch (error) {
        return [String(error)];
      }
    },
  );
}

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
