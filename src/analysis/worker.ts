import { expose, transfer } from 'comlink';
import { assetUrls } from './assets.ts';
import { analyze } from './analyze.ts';
import { Engine } from './engine.ts';
import { extractForTraining, type TrainingOptions, type TrainingTrack } from './training-crops.ts';
import type { AnalysisEvent, AnalysisOptions, AnalysisResult } from './types.ts';

let engine: Engine | undefined;

/** What the page may ask of the analysis worker. Cancelling is done by ending the worker. */
const api = {
  /** @param base absolute URL of the app's root, with a trailing slash */
  open(base: string): void {
    engine = new Engine(assetUrls(base));
  },

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
    const result = await analyze(file, options, opened(), send, new AbortController().signal);
    await last; // events travel on a port of their own: the result must not overtake them
    return result;
  },

  extractForTraining(files: Blob[], options: TrainingOptions): Promise<TrainingTrack[]> {
    return extractForTraining(files, options, opened());
  },
};

export type AnalysisWorkerApi = typeof api;

function opened(): Engine {
  if (engine === undefined) throw new Error('open() comes first.');
  return engine;
}

/** Crops go to the page without a copy. */
function withTransfer(event: AnalysisEvent): AnalysisEvent {
  if (event.type !== 'evidence') return event;
  return transfer(event, [...new Set(event.crops.map((crop) => crop.rgb.buffer as ArrayBuffer))]);
}

expose(api);
