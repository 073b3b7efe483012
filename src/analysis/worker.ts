import { expose, transfer } from 'comlink';
import { assetUrls } from './assets.ts';
import { analyze } from './analyze.ts';
import { Engine } from './engine.ts';
import { LiveAnalysis } from './live.ts';
import type { LiveFacts, LiveUpdate } from './live-types.ts';
import { PixelReader, type Frame, type Rotation } from '../media/index.ts';
import { extractForTraining, type TrainingOptions, type TrainingTrack } from './training-crops.ts';
import type { AnalysisEvent, AnalysisOptions, AnalysisResult, EvidenceCrop } from './types.ts';
import type { ActivationMap } from '../detector/index.ts';
import { holdLife } from '../workers/lifetime.ts';
import { keepErrorCodes } from './worker-errors.ts';

let engine: Engine | undefined;
let live: { analysis: LiveAnalysis; pixels?: PixelReader } | undefined;

/** What the page may ask of the analysis worker. Cancelling is done by ending the worker. */
const api = {
  /** @param base absolute URL of the app's root, with a trailing slash */
  open(base: string): void {
    engine = new Engine(assetUrls(base));
  },

  /** Answers as long as nothing keeps this thread busy without end. */
  ping: (): void => undefined,

  /** Loads and compiles everything while the person is still choosing a file. */
  async warmUp(): Promise<void> {
    opened().videos.warmUp();
    await Promise.all([opened().faces(), opened().detector(undefined)]);
  },

  async analyze(
    file: Blob,
    options: AnalysisOptions,
    emit: (event: AnalysisEvent) => Promise<void>,
  ): Promise<AnalysisResult> {
    let last: Promise<void> | undefined;
    const send = (event: AnalysisEvent): void => {
      last = emit(withTransfer(event));
    };
    const result = await analyze(file, options, opened(), send);
    await last; // events travel on a port of their own: the result must not overtake them
    return result;
  },

  /** Where in a crop the network reacted. @throws Error with the code of a DetectorError */
  async activationMap({ rgb, judged }: EvidenceCrop): Promise<ActivationMap> {
    return (await opened().anyDetector()).activationMap(rgb, judged);
  },

  extractForTraining(files: Blob[], options: TrainingOptions): Promise<TrainingTrack[]> {
    return extractForTraining(files, options, opened());
  },

  /** Loads what live mode needs. @throws Error with the code of a DetectorError */
  async openLive(): Promise<LiveFacts> {
    const [faces, detector] = await Promise.all([opened().faces(), opened().detector(undefined)]);
    live = { analysis: new LiveAnalysis(detector, faces) };
    return live.analysis.facts;
  },

  /**
   * Looks at one picture of a stream, which it closes. One at a time.
   * @param time seconds since the start
   */
  async lookLive(picture: VideoFrame | ImageBitmap, time: number): Promise<LiveUpdate> {
    if (live === undefined) throw new Error('openLive() comes first.');
    let frame: Frame;
    try {
      const [width, height] =
        'displayWidth' in picture
          ? [picture.displayWidth, picture.displayHeight]
          : [picture.width, picture.height];
      // A shared window may change its size.
      if (live.pixels?.displayWidth !== width || live.pixels.displayHeight !== height) {
        live.pixels?.close();
        live.pixels = new PixelReader(width, height);
      }
      const { pixels } = live;
      const draw = (context: OffscreenCanvasRenderingContext2D): void =>
        context.drawImage(picture, 0, 0, pixels.width, pixels.height);
      const data =
        'displayWidth' in picture
          ? await pixels.readFrame(picture, turnOf(picture), draw)
          : pixels.read(draw);
      frame = { time, width: pixels.width, height: pixels.height, data };
    } finally {
      picture.close();
    }
    return live.analysis.push(frame);
  },
};

export type AnalysisWorkerApi = typeof api;

function opened(): Engine {
  if (engine === undefined) throw new Error('open() comes first.');
  return engine;
}

/** Some cameras say how their pictures are to be turned. */
function turnOf({ rotation = 0, flip = false }: VideoFrame & { rotation?: Rotation; flip?: boolean }) {
  return flip ? 'other' : rotation;
}

/** Crops go to the page without a copy. */
function withTransfer(event: AnalysisEvent): AnalysisEvent {
  if (event.type !== 'evidence') return event;
  return transfer(event, [...new Set(event.crops.map((crop) => crop.rgb.buffer as ArrayBuffer))]);
}

keepErrorCodes();
expose(api);
holdLife();
