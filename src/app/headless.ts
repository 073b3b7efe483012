/**
 * The page without a face: what `npm run check`, `evaluate` and the preparation of training data drive in headless
 * Chromium, so that they measure what people get.
 */
import {
  AnalysisClient,
  DraftRecord,
  unanswered,
  type AnalysisOptions,
  type AnalysisResult,
  type TrainingOptions,
} from '../analysis/index.ts';

const client = new AnalysisClient();
const input = document.querySelector<HTMLInputElement>('#files')!;

function chosen(): File {
  const file = input.files?.[0];
  if (file === undefined) throw new Error('No file has been chosen.');
  return file;
}

const api = {
  /** Analyses the file in the input. */
  async analyze(options: AnalysisOptions): Promise<AnalysisResult> {
    const run = client.analyze(chosen(), options, new AbortController().signal);
    for (;;) {
      const step = await run.next();
      if (step.done) return step.value;
    }
  },

  /** The result for the file in the input when the page before this one died of it, of lack of memory in all likelihood. */
  crashed(options: AnalysisOptions, seconds: number): AnalysisResult {
    return unanswered(new DraftRecord(chosen(), options), 'out_of_memory', seconds);
  },

  /** Cuts training crops from the files in the input; the bytes travel as base64. */
  async extract(options: TrainingOptions) {
    const tracks = await client.extractForTraining([...(input.files ?? [])], options);
    return Promise.all(tracks.map(async (track) => ({ ...track, crops: await base64(track.crops) })));
  },
};

export type HeadlessApi = typeof api;

declare global {
  interface Window {
    clearframe: HeadlessApi;
  }
}

async function base64(bytes: Uint8Array): Promise<string> {
  const reader = new FileReader();
  await new Promise((resolve, reject) => {
    reader.onload = resolve;
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  });
  return (reader.result as string).split(',')[1] ?? '';
}

window.clearframe = api;
