import {
  FaceDetector as MediaPipeDetector,
  type Detection as MediaPipeDetection,
} from '@mediapipe/tasks-vision';
import { fetchListed, withAddress, type OnBytes } from '../integrity/fetch-listed.ts';
import { relayCanvas } from './relay-canvas.ts';
import type { Box, Detection, Picture, Point } from './types.ts';

export interface FaceDetectorUrls {
  visionLoader: string;
  visionWasm: string;
  /** BlazeFace with metadata, see `scripts/face-model.ts`. */
  faceModel: string;
}

export interface FaceDetector {
  /**
   * Faces in a picture, in its own pixels, the most certain first.
   * @param quick without the second and third search, for small faces and for ones that fill the picture
   */
  detect(picture: Picture, quick?: boolean): Detection[];
  /**
   * The faces of the picture before, found again by a close look around where each was: half the work of `detect`.
   * @returns null when one of them is not there any more
   */
  follow(picture: Picture, before: readonly Detection[]): Detection[] | null;
  close(): void;
}

const MIN_CONFIDENCE = 0.5;
/** The model sees 192 x 192 pixels; twice that and more only costs time, so larger pictures are halved first. */
const LONG_SIDE = 960;
/** Side of the close-up of a face, in units of its box: enough for the model to see it as a face among surroundings. */
const CLOSE_UP = 2.5;
/** Faces looked at in one picture; bounds the time in a crowd. */
const MAX_FACES = 12;
/** A weaker find that the close-up does not confirm is dropped. */
const SURE = 0.75;
/** A picture without a face is searched again with a border of this share of its sides: faces that fill the picture. */
const BORDER = 0.4;
/** Share of the picture's short side below which a find with a border is none: a small face shows without one. */
const FILLING = 1 / 3;
/** Mid-grey, opaque. */
const BEYOND = 0xff808080;
/** After that it is searched in square tiles of this share of its short side: small faces. */
const TILE = 0.6;
/** Below this side in pixels a tile shows nothing that the whole picture did not show. */
const MIN_TILE = 256;

/**
 * Loads MediaPipe's wasm and the model, once they are checked. Nothing but the three URLs is requested.
 * @throws IntegrityError when one does not come, or is another one
 */
export async function createFaceDetector(
  { visionLoader, visionWasm, faceModel }: FaceDetectorUrls,
  onBytes?: OnBytes,
): Promise<FaceDetector> {
  // The loader is checked here and imported from its address: of what a host answers differently the second time nothing
  // can be known.
  const [model, wasm] = await Promise.all(
    [faceModel, visionWasm, visionLoader].map((url) => fetchListed(url, onBytes)),
  );
  const mediapipe = await withAddress(wasm!, (wasmBinaryPath) =>
    MediaPipeDetector.createFromOptions(
      { wasmLoaderPath: visionLoader, wasmBinaryPath },
      {
        baseOptions: { modelAssetBuffer: model!, delegate: 'CPU' },
        canvas: relayCanvas(),
        runningMode: 'IMAGE',
        minDetectionConfidence: MIN_CONFIDENCE,
      },
    ),
  );

  const search = (
    picture: Picture,
    left: number,
    top: number,
    width: number,
    height: number,
  ): Detection[] => {
    const { image, factor } = shrink(picture, left, top, width, height);
    return mediapipe.detect(image).detections.map((found) => toDetection(found, image, factor, left, top));
  };

  const searchTiles = (picture: Picture): Detection[] => {
    const { width, height } = picture;
    const tile = Math.round(Math.min(width, height) * TILE);
    if (tile < MIN_TILE) return [];
    const corners = steps(width, tile).flatMap((left) => steps(height, tile).map((top) => ({ left, top })));
    return withoutDuplicates(corners.flatMap(({ left, top }) => search(picture, left, top, tile, tile)));
  };

  const searchWhole = (picture: Picture): Detection[] => search(picture, 0, 0, picture.width, picture.height);

  const searchWithBorder = (picture: Picture): Detection[] => {
    const [left, top] = [Math.round(picture.width * BORDER), Math.round(picture.height * BORDER)];
    const least = FILLING * Math.min(picture.width, picture.height);
    return search(picture, -left, -top, picture.width + 2 * left, picture.height + 2 * top).filter(
      ({ box }) => box.height >= least,
    );
  };

  /** The best find within half a face of where a face is or was. Null when there is none. */
  const lookClosely = (picture: Picture, { box }: Detection): Detection | null => {
    const { x, y, width, height } = box;
    const side = closeUpSide(box);
    const start = (centre: number, whole: number): number =>
      Math.round(Math.min(Math.max(centre - side / 2, 0), Math.max(0, whole - side)));
    const left = start(x + width / 2, picture.width);
    const top = start(y + height / 2, picture.height);
    const seen = search(
      picture,
      left,
      top,
      Math.min(side, picture.width - left),
      Math.min(side, picture.height - top),
    );
    const near = seen.filter((one) => boxDistance(one.box, box) < Math.max(width, height) / 2);
    return near.sort((a, b) => b.score - a.score)[0] ?? null;
  };

  /** Looks again at a face that fills little of the picture: its key points are coarse until then. Null when it is none. */
  const refine = (picture: Picture, coarse: Detection): Detection | null => {
    if (closeUpSide(coarse.box) >= Math.max(picture.width, picture.height)) return coarse;
    return lookClosely(picture, coarse) ?? (coarse.score >= SURE ? coarse : null);
  };

  return {
    /** The whole picture; when that shows no face that stands a close look, with a border; then overlapping tiles of it. */
    detect(picture, quick = false) {
      const confirmed = (found: Detection[]): Detection[] =>
        withoutDuplicates(
          found
            .slice(0, MAX_FACES)
            .map((coarse) => refine(picture, coarse))
            .filter((face) => face !== null),
        );
      for (const found of quick ? [searchWhole] : [searchWhole, searchWithBorder, searchTiles]) {
        const faces = confirmed(found(picture));
        if (faces.length > 0) return faces;
      }
      return [];
    },
    follow(picture, before) {
      const found = before.map((face) => lookClosely(picture, face));
      const lost = found.some((face) => face === null);
      return lost ? null : withoutDuplicates(found.filter((face) => face !== null));
    },
    close() {
      mediapipe.close();
    },
  };
}

/** Where tiles of a length begin so that they cover the whole and overlap by a quarter at least. */
function steps(whole: number, tile: number): number[] {
  const count = Math.ceil((whole - tile) / (0.75 * tile)) + 1;
  return Array.from({ length: count }, (_, i) => Math.round((i * (whole - tile)) / Math.max(1, count - 1)));
}

/** A part of the picture, made smaller by a whole factor so that its long side is at most LONG_SIDE; grey beyond the picture's edges. */
function shrink(
  picture: Picture,
  left: number,
  top: number,
  width: number,
  height: number,
): { image: ImageData; factor: number } {
  const factor = Math.max(1, Math.ceil(Math.max(width, height) / LONG_SIDE));
  const [across, down] = [width, height].map((side) => Math.max(1, Math.floor(side / factor)));
  const image = new ImageData(across!, down!);
  const out = new Uint32Array(image.data.buffer).fill(BEYOND);
  const pixels = new Uint32Array(
    picture.data.buffer,
    picture.data.byteOffset,
    picture.width * picture.height,
  );
  // The model itself takes in 192 pixels a side: the nearest pixel serves as well as an average, at a fraction of the time.
  const middle = factor >> 1;
  const firstColumn = Math.max(0, Math.ceil((-left - middle) / factor));
  const lastColumn = Math.min(image.width - 1, Math.floor((picture.width - 1 - left - middle) / factor));
  for (let y = 0; y < image.height; y++) {
    const row = top + y * factor + middle;
    if (row < 0 || row >= picture.height) continue;
    for (let x = firstColumn; x <= lastColumn; x++) {
      out[y * image.width + x] = pixels[row * picture.width + left + x * factor + middle]!;
    }
  }
  return { image, factor };
}

function toDetection(
  found: MediaPipeDetection,
  image: ImageData,
  factor: number,
  left: number,
  top: number,
): Detection {
  const { originX = 0, originY = 0, width = 0, height = 0 } = found.boundingBox ?? {};
  const point = (index: number): Point => {
    const { x, y } = found.keypoints[index]!;
    return { x: left + x * image.width * factor, y: top + y * image.height * factor };
  };
  return {
    box: {
      x: left + originX * factor,
      y: top + originY * factor,
      width: width * factor,
      height: height * factor,
    },
    keypoints: {
      rightEye: point(0),
      leftEye: point(1),
      nose: point(2),
      mouth: point(3),
      rightEar: point(4),
      leftEar: point(5),
    },
    score: found.categories[0]?.score ?? 0,
  };
}

/** Tiles overlap: of two finds whose centres lie within half a face of each other the more certain one stays. The most certain come first. */
function withoutDuplicates(detections: Detection[]): Detection[] {
  const kept: Detection[] = [];
  for (const one of detections.sort((a, b) => b.score - a.score)) {
    const near = kept.some(
      (other) => boxDistance(other.box, one.box) < Math.max(other.box.width, one.box.width) / 2,
    );
    if (!near) kept.push(one);
  }
  return kept;
}

/** Side of the square around a face in which it is looked at closely, in pixels. */
function closeUpSide({ width, height }: Box): number {
  return Math.round(Math.max(width, height) * CLOSE_UP);
}

/** Between the centres, in pixels. */
function boxDistance(a: Box, b: Box): number {
  return Math.hypot(a.x + a.width / 2 - b.x - b.width / 2, a.y + a.height / 2 - b.y - b.height / 2);
}
