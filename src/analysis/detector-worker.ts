/** The detector on a thread of its own; see `detector-pool.ts`. */
import { expose, transfer } from 'comlink';
import {
  createDetector,
  DetectorError,
  type Detector,
  type DetectorErrorCode,
  type DetectorFacts,
  type DetectorOptions,
} from '../detector/index.ts';

/** An error class does not survive the way between threads; its code has to. */
export interface Refusal {
  code: DetectorErrorCode;
  message: string;
}

let detector: Detector | undefined;

const api = {
  async open(options: DetectorOptions): Promise<DetectorFacts | Refusal> {
    try {
      detector = await createDetector(options);
      const { manifest, modelSha256, runtime } = detector;
      return { manifest, modelSha256, runtime };
    } catch (error) {
      if (error instanceof DetectorError) return { code: error.code, message: error.message };
      throw error;
    }
  },

  async features(crops: Uint8Array[]): Promise<Float32Array> {
    const features = await opened().features(crops);
    return transfer(features, [features.buffer as ArrayBuffer]);
  },

  logits(features: Float32Array): Promise<Float32Array> {
    return opened().logits(features);
  },
};

export type DetectorWorkerApi = typeof api;

function opened(): Detector {
  if (detector === undefined) throw new Error('open() comes first.');
  return detector;
}

expose(api);
