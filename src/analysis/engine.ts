import type { Detector, OnBytes } from '../detector/index.ts';
import { Watchdog } from '../workers/watchdog.ts';
import { DetectorPool } from './detector-pool.ts';
import { createFaceDetector, type FaceDetector } from '../faces/index.ts';
import type { AssetUrls } from './assets.ts';
import { Hasher } from './hasher.ts';
import { VideoOpener } from './remote-video.ts';
import { STALL_MS, unlessStalled } from './stall.ts';
import type { AnalysisOptions } from './types.ts';

/** Bytes. */
interface Load {
  done: number;
  total: number;
}

const NOTHING: Load = { done: 0, total: 0 };

/** The two networks and the helpers' workers, loaded once and kept. A load that failed is forgotten, so that the next call tries again. */
export class Engine {
  readonly hasher = new Hasher();
  #faces: Promise<FaceDetector> | undefined;
  #detector: Promise<Detector> | undefined;
  #preferred: AnalysisOptions['backend'];
  readonly #loads: Record<'faces' | 'detector', Load> = { faces: NOTHING, detector: NOTHING };
  /** Called when `loaded` has changed. */
  onload = (): void => undefined;

  readonly videos: VideoOpener;

  constructor(readonly assets: AssetUrls) {
    this.videos = new VideoOpener(assets);
  }

  /** Bytes of what the networks need: how many have come, and how many are known to be needed. */
  get loaded(): Load {
    const { faces, detector } = this.#loads;
    return { done: faces.done + detector.done, total: faces.total + detector.total };
  }

  /** @throws IntegrityError, StalledError */
  faces(): Promise<FaceDetector> {
    this.#faces ??= this.#loadFaces().catch((error: unknown) => {
      this.#faces = undefined;
      throw error;
    });
    return this.#faces;
  }

  #loadFaces(): Promise<FaceDetector> {
    const count = this.#count('faces');
    const watchdog = new Watchdog(STALL_MS);
    const loading = createFaceDetector(this.assets, (...bytes) => {
      watchdog.alive();
      count(...bytes);
    });
    return unlessStalled('load', watchdog, loading);
  }

  #count(part: 'faces' | 'detector'): OnBytes {
    const load = { ...NOTHING };
    this.#loads[part] = load;
    return (read, expected) => {
      load.done += read;
      load.total += expected;
      this.onload();
    };
  }

  /** @throws StalledError; Error with the code of a DetectorError: `model_missing`, `model_integrity_failed` */
  detector(preferred: AnalysisOptions['backend']): Promise<Detector> {
    if (this.#detector !== undefined && preferred === this.#preferred) return this.#detector;
    this.#detector?.then(
      (detector) => detector.dispose(),
      () => undefined,
    );
    this.#preferred = preferred;
    const opening: Promise<Detector> = DetectorPool.open(
      {
        modelUrl: this.assets.model,
        tfjsWasm: this.assets.tfjsWasm,
        kernelsUrl: this.assets.kernels,
        ...(preferred !== undefined && { prefer: preferred }),
      },
      this.#count('detector'),
    ).catch((error: unknown) => {
      if (this.#detector === opening) this.#detector = undefined;
      throw error;
    });
    this.#detector = opening;
    return opening;
  }

  /** The one that is there: an analysis may be using it. @throws as `detector` */
  anyDetector(): Promise<Detector> {
    return this.#detector ?? this.detector(undefined);
  }
}
