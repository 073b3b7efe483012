/** Bar 6: what each stage does on every frame of a clip when it has the machine to itself. Runs in a worker, as the product does. */
import { assetUrls } from '../../src/analysis/assets.ts';
import { DetectorPool } from '../../src/analysis/detector-pool.ts';
import { createFaceDetector, FaceFinder, FaceTracker, type TrackFrame } from '../../src/faces/index.ts';
import { hashFile, openVideo, type DecoderName, type Frame } from '../../src/media/index.ts';

export interface StageRates {
  /** Images per second, one figure per turn. */
  decode: Record<DecoderName, number[]>;
  faces: number[];
  trunk: number[];
  /** Workers that the trunk ran on. */
  trunkWorkers: number;
  /** Megabytes per second. */
  hash: number[];
}

export interface StagesOrder {
  /** The clip under this origin. */
  url: string;
  modelUrl: string;
  frameRate: number;
  turns: number;
}

/** Frames in memory at once for the faces stage: 720p takes 3.7 MB each. */
const FRAMES = 50;
/** Crops per call, as the product sends them. */
const BATCH = 4;

async function stages({ url, modelUrl, frameRate, turns }: StagesOrder): Promise<StageRates> {
  const assets = assetUrls(`${location.origin}/`);
  const file = await (await fetch(url)).blob();
  const rates: StageRates = {
    decode: { webcodecs: [], ffmpeg: [] },
    faces: [],
    trunk: [],
    trunkWorkers: 0,
    hash: [],
  };
  const perSecond = async (count: number, work: () => Promise<unknown>): Promise<number> => {
    const started = performance.now();
    await work();
    return (1000 * count) / (performance.now() - started);
  };

  let frames: Frame[] = [];
  const decode = async (decoder: DecoderName): Promise<number> => {
    const video = await openVideo(file, { assets, decoder });
    try {
      const { start, duration } = video.info;
      const times = Array.from(
        { length: Math.floor(duration * frameRate) },
        (_, i) => start + (i + 0.5) / frameRate,
      );
      let count = 0;
      const seconds = await perSecond(1, async () => {
        for await (const frame of video.frames(times, new AbortController().signal)) {
          if (count++ < FRAMES && decoder === 'webcodecs') frames.push(frame);
        }
      });
      return count * seconds;
    } finally {
      video.close();
    }
  };
  const faceDetector = await createFaceDetector(assets);
  const pool = await DetectorPool.open({
    modelUrl,
    tfjsWasm: `${location.origin}/runtime/tfjs/`,
    kernelsUrl: assets.kernels,
    prefer: 'wasm',
  });
  const { preprocessing, sampling } = pool.manifest;
  const stride = Math.round(frameRate / sampling.framesPerSecond);
  let crops: TrackFrame[] = [];
  const faces = async (): Promise<void> => {
    const [finder, tracker] = [
      new FaceFinder(faceDetector, stride),
      new FaceTracker(preprocessing.crop, stride),
    ];
    crops = frames.flatMap((frame) => tracker.push(frame.time, frame, finder.find(frame)));
    return Promise.resolve();
  };
  const trunk = async (): Promise<void> => {
    const pixels = crops.map(({ crop }) => crop);
    const batches = Array.from({ length: Math.ceil(pixels.length / BATCH) }, (_, i) =>
      pool.features(pixels.slice(BATCH * i, BATCH * (i + 1))),
    );
    await Promise.all(batches);
  };
  // The first turn is for nothing: engines compile what runs often in the background.
  for (let turn = 0; turn <= turns; turn++) {
    frames = [];
    const figures = {
      webcodecs: await decode('webcodecs'),
      ffmpeg: await decode('ffmpeg'),
      faces: await perSecond(frames.length, faces),
      trunk: await perSecond(crops.length, trunk),
      hash: await perSecond(file.size / 1e6, () => hashFile(file)),
    };
    if (turn === 0) continue;
    rates.decode.webcodecs.push(figures.webcodecs);
    rates.decode.ffmpeg.push(figures.ffmpeg);
    rates.faces.push(figures.faces);
    rates.trunk.push(figures.trunk);
    rates.hash.push(figures.hash);
  }
  rates.trunkWorkers = pool.runtime.threads;
  pool.dispose();
  faceDetector.close();
  return rates;
}

self.onmessage = async ({ data }: MessageEvent<StagesOrder>) => {
  try {
    self.postMessage({ rates: await stages(data) });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};
