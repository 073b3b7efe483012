/** The detector on a thread of its own; see `detector-pool.ts`. */
import { expose, transfer } from 'comlink';
import {
  createDetector,
  lostWhenFailing,
  onGpuLost,
  type ActivationMap,
  type Detector,
  type DetectorFacts,
  type DetectorOptions,
  type JudgedIn,
  type OnBytes,
} from '../detector/index.ts';
import { holdLife, Lifetime } from '../workers/lifetime.ts';
import { keepErrorCodes } from './worker-errors.ts';

let detector: Detector | undefined;
/** Of the GPU, where one computes. */
const gpu = new Lifetime();

const api = {
  async open(
    options: DetectorOptions,
    onBytes: (...bytes: Parameters<OnBytes>) => Promise<void>,
  ): Promise<DetectorFacts> {
    detector = await createDetector(options, (...bytes) => void onBytes(...bytes));
    onGpuLost((error) => gpu.end(error));
    const { manifest, modelSha256, runtime } = detector;
    return { manifest, modelSha256, runtime };
  },

  async features(crops: Uint8Array[]): Promise<Float32Array> {
    const features = await computed(opened().features(crops));
    return transfer(features, [features.buffer as ArrayBuffer]);
  },

  logits(features: Float32Array, faceSize: number): Promise<Float32Array> {
    return computed(opened().logits(features, faceSize));
  },

  activationMap(crop: Uint8Array, judged: JudgedIn): Promise<ActivationMap> {
    return computed(opened().activationMap(crop, judged));
  },
};

export type DetectorWorkerApi = typeof api;

/** `work`, unless the GPU is lost meanwhile: then that is the error, whatever else has failed by it. */
function computed<T>(work: Promise<T>): Promise<T> {
  return gpu.during(lostWhenFailing(work));
}

function opened(): Detector {
  if (detector === undefined) throw new Error('open() comes first.');
  return detector;
}

keepErrorCodes();
expose(api);
holdLife();
