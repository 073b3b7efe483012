import { FaceTracker, type CropMap, type CropSettings, type TrackFrame } from '../faces/index.ts';
import { joined } from './crop-scorer.ts';
import { extractTracks } from './extract.ts';
import { bitsPerPixel } from '../verdict/index.ts';
import type { Engine } from './engine.ts';
import type { Region, Sampling } from './types.ts';

export interface TrainingOptions {
  kind: 'video' | 'stills';
  region: Region;
  sampling: Sampling;
  crop: CropSettings;
}

/** One track of one file (`file` is its position in the list), crops joined: `times.length * 3 * size * size` bytes. */
export interface TrainingTrack {
  file: number;
  segment: number;
  times: number[];
  faceSize: number;
  sharpness: number;
  /** Bits of video per pixel per frame, of the file; 0 when unknown. */
  bitsPerPixel: number;
  /** Per frame x, y of right eye, left eye, nose, mouth, right ear, left ear in crop pixels. */
  keypoints: number[][];
  /** Per frame where the crop lies in the picture. */
  maps: CropMap[];
  crops: Uint8Array;
}

/** The first half of the walk for `model-export`: what is trained on is cut by the very code that cuts in use. */
export async function extractForTraining(
  files: Blob[],
  options: TrainingOptions,
  engine: Engine,
): Promise<TrainingTrack[]> {
  const tracks: TrainingTrack[] = [];
  for (const [file, blob] of files.entries()) {
    const found =
      options.kind === 'video'
        ? await fromVideo(blob, options, engine)
        : await fromStill(blob, options, engine);
    tracks.push(...found.map((track) => ({ file, ...track })));
  }
  return tracks;
}

type Found = Omit<TrainingTrack, 'file'>[];

async function fromVideo(file: Blob, options: TrainingOptions, engine: Engine): Promise<Found> {
  const { tracks, info } = await extractTracks(file, options, engine, () => undefined);
  return tracks.map(({ segment, frames, faceSize, sharpness }) => ({
    segment,
    times: frames.map((frame) => frame.time),
    faceSize,
    sharpness,
    bitsPerPixel: bitsPerPixel(info),
    keypoints: frames.map(keypointNumbers),
    maps: frames.map(({ map }) => map),
    crops: joined(
      Uint8Array,
      frames.map((frame) => frame.crop),
    ),
  }));
}

/** The largest face of a still, as a track of one frame. */
async function fromStill(file: Blob, options: TrainingOptions, engine: Engine): Promise<Found> {
  const picture = await decodeStill(file);
  const faces = await engine.faces();
  const tracker = new FaceTracker(options.crop);
  tracker.push(0, picture, faces.detect(picture));
  const [track] = tracker.finish().sort((a, b) => b.faceSize - a.faceSize);
  if (track === undefined) return [];
  const frame = track.frames[0]!;
  const { faceSize, sharpness } = track;
  const { crop } = frame;
  const found = { segment: 0, times: [0], faceSize, sharpness, bitsPerPixel: 0 };
  return [{ ...found, keypoints: [keypointNumbers(frame)], maps: [frame.map], crops: crop }];
}

function keypointNumbers({
  cropKeypoints: { rightEye, leftEye, nose, mouth, rightEar, leftEar },
}: TrackFrame): number[] {
  return [rightEye, leftEye, nose, mouth, rightEar, leftEar].flatMap(({ x, y }) => [x, y]);
}

async function decodeStill(file: Blob): Promise<ImageData> {
  const bitmap = await createImageBitmap(file);
  try {
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d', {
      willReadFrequently: true,
    })!;
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
}
