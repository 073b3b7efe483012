import type { Detector } from '../detector/index.ts';
import { DetectorPool } from './detector-pool.ts';
import { createFaceDetector, type FaceDetector } from '../faces/index.ts';
import type { AssetUrls } from './assets.ts';
import { Hasher } from './hasher.ts';
import { VideoOpener } from './remote-video.ts';
import type { AnalysisOptions } from './types.ts';

/** The two networks and the helpers' workers, loaded once and kept. A load that failed is forgotten, so that the next call tries again. */
export class Engine {
  readonly hasher = new Hasher();
  #faces: Promise<FaceDetector> | undefined;
  #detector: Promise<Detector> | undefined;
  #preferred: AnalysisOptions['backend'];

  readonly videos: VideoOpener;

  constructor(readonly assets: AssetUrls) {
    this.videos = new VideoOpener(assets);
  }

  faces(): Promise<FaceDetector> {
    this.#faces ??= createFaceDetector(this.assets).catch((error: unknown) => {
      this.#faces = undefined;
      throw error;
    });
    return this.#faces;
  }

  /** @throws Error with the code of a DetectorError: `model_missing`, `model_integrity_failed` */
  detector(preferred: AnalysisOptions['backend']): Promise<Detector> {
    if (this.#detector !== undefined && preferred !== this.#preferred) {
      void this.#detector.then((detector) => detector.dispose());
      this.#detector = undefined;
    }
    this.#preferred = preferred;
    this.#detector ??= DetectorPool.open({
      modelUrl: this.assets.model,
      tfjsWasm: this.assets.tfjsWasm,
      kernelsUrl: this.assets.kernels,
      ...(preferred !== undefined && { prefer: preferred }),
    }).catch((error: unknown) => {
      this.#detector = undefined;
      throw error;
    });
    return this.#detector;
  }
}
