import type { Detector } from '../detector/index.ts';
import type { TrackFrame } from '../faces/index.ts';
import { bitsPerPixel, calibrate, cannotTell, decide, judgeTrack } from '../verdict/index.ts';
import type { Engine } from './engine.ts';
import { extractTracks, type Extraction } from './extract.ts';
import { reasonOf } from './failure.ts';
import { CropScorer } from './crop-scorer.ts';
import { DraftRecord } from './draft-record.ts';
import { evidenceOf } from './evidence.ts';
import { operatingPointsOf } from './operating-points.ts';
import { StalledError } from './stall.ts';
import type { AnalysisEvent, AnalysisOptions, AnalysisResult, Timings } from './types.ts';

type Box = [x: number, y: number, width: number, height: number];
type ScoredTracks = (Extraction['tracks'][number] & { logits: Float32Array; features: Float32Array[] })[];

/**
 * The whole walk: a file in, a verdict out. Bad input, a missing model or a lack of memory end in *cannot tell* with
 * the reason; nothing is thrown for them. Cancelling is done by ending the worker that this runs in (`client.ts`).
 */
export async function analyze(
  file: Blob,
  options: AnalysisOptions,
  engine: Engine,
  emit: (event: AnalysisEvent) => void,
): Promise<AnalysisResult> {
  const clock = new StageClock();
  const draft = new DraftRecord(file, options);
  const report = (event: AnalysisEvent): void => {
    draft.note(event);
    emit(event);
  };
  const hashing = clock.time('hash', () =>
    engine.hasher.hash(file, (done) => report({ type: 'progress', stage: 'hash', done, total: file.size })),
  );
  let hashed = false;
  // Awaited below; a failure before that must not count as unhandled.
  hashing.catch(() => undefined).finally(() => (hashed = true));
  try {
    const detector = await clock.time('load', () => loadDetector(engine, options, report));
    draft.setDetector(detector);
    const told = detector.runtime.rejected.length;
    let found = 0;
    const scorer = new CropScorer(detector, (done) =>
      report({ type: 'progress', stage: 'score', done, total: found }),
    );
    const onCut = (frames: readonly TrackFrame[], keep: boolean): Promise<void> => {
      found += frames.length;
      return scorer.push(frames, keep);
    };
    const { sampling, preprocessing } = detector.manifest;
    const extraction = await clock.time('decode', () =>
      extractTracks(file, { ...options, sampling, crop: preprocessing.crop, onCut }, engine, report),
    );
    clock.add('faces', extraction.facesSeconds);
    draft.setExtraction(extraction);
    const tracks = await clock.time('score', () => scoreTracks(extraction, scorer, detector));
    // A GPU may have been lost on the way.
    if (detector.runtime.rejected.length > told) {
      reportRuntime(detector, told, report);
      draft.setRuntime(detector.runtime);
    }
    conclude(draft, tracks, extraction, detector);
    const crops = evidenceOf(tracks, detector.manifest.config.sequenceLength, extraction.stride);
    report({ type: 'evidence', crops });
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === 'internal_error') console.error(error);
    if (error instanceof StalledError) report({ type: 'fallback', message: error.message });
    draft.setVerdict(cannotTell(reason), []);
  }
  clock.verdictIsKnown();
  if (!hashed) emit({ type: 'judged', result: { record: draft.finish(), timings: clock.timings() } });
  // The file's hash is worth waiting for, also when there is no verdict: it says which file could not be judged.
  draft.setHash(await hashing.catch(() => null));
  return { record: draft.finish(), timings: clock.timings() };
}

async function loadDetector(
  engine: Engine,
  options: AnalysisOptions,
  report: (event: AnalysisEvent) => void,
): Promise<Detector> {
  engine.onload = () => report({ type: 'progress', stage: 'load', ...engine.loaded });
  try {
    engine.onload();
    const [detector] = await Promise.all([engine.detector(options.backend), engine.faces()]);
    reportRuntime(detector, 0, report);
    // A build of the kernels that does not run leaves bytes that nobody needed.
    const { total } = engine.loaded;
    report({ type: 'progress', stage: 'load', done: total, total });
    return detector;
  } finally {
    engine.onload = () => undefined;
  }
}

/** @param told how many of the rejected backends have been told of before */
function reportRuntime({ runtime }: Detector, told: number, report: (event: AnalysisEvent) => void): void {
  const { backend, threads, kernels, rejected } = runtime;
  for (const { backend: name, reason } of rejected.slice(told))
    report({ type: 'fallback', message: `${name}: ${reason}` });
  report({ type: 'runtime', backend, threads, ...(kernels !== undefined && { kernels }) });
}

/** What is left when all crops are cut: the last of them, and the LSTM over every track. */
async function scoreTracks(
  { tracks, stride }: Extraction,
  scorer: CropScorer,
  { manifest }: Detector,
): Promise<ScoredTracks> {
  const scored: ScoredTracks = [];
  for (const track of tracks) {
    const logits = await scorer.logits(track, manifest.config.sequenceLength, stride);
    scored.push({ ...track, logits, features: await scorer.features(track.frames) });
  }
  return scored;
}

function conclude(
  draft: DraftRecord,
  tracks: ScoredTracks,
  extraction: Extraction,
  detector: Detector,
): void {
  const { calibration } = detector.manifest;
  const context = {
    calibration,
    operatingPoints: operatingPointsOf(detector.manifest),
    bitsPerPixel: bitsPerPixel(extraction.info),
    framesPerSecond: extraction.sampling.framesPerSecond,
  };
  const { frameScale, regionLeft } = extraction;
  const records = tracks.map((track) => {
    const frames = track.frames.map(({ time, box: { x, y, width, height } }, i) => ({
      time,
      box: [x + regionLeft, y, width, height].map((value) => value * frameScale) as Box,
      logit: track.logits[i]!,
    }));
    const judged = judgeTrack(
      { id: track.id, frames, faceSize: track.faceSize, sharpness: track.sharpness },
      context,
    );
    return {
      ...judged,
      person: track.person,
      start: frames[0]!.time,
      end: frames[frames.length - 1]!.time,
      sharpness: track.sharpness,
      frames: frames.map(({ time, box, logit }) => ({
        time,
        box,
        score: calibrate(logit, calibration, {
          faceSize: track.faceSize,
          bitsPerPixel: context.bitsPerPixel,
        }),
      })),
    };
  });
  draft.setVerdict(decide(records), records);
}

type TimedStage = keyof Omit<Timings, 'verdict' | 'total'>;

/** Adds up the seconds that each stage took. */
class StageClock {
  readonly #started = performance.now();
  readonly #seconds: Omit<Timings, 'total'> = { load: 0, hash: 0, decode: 0, faces: 0, score: 0, verdict: 0 };

  add(stage: TimedStage, seconds: number): void {
    this.#seconds[stage] += seconds;
  }

  async time<T>(stage: TimedStage, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.add(stage, (performance.now() - started) / 1000);
    }
  }

  verdictIsKnown(): void {
    this.#seconds.verdict = this.#passed();
  }

  timings(): Timings {
    return { ...this.#seconds, total: this.#passed() };
  }

  #passed(): number {
    return (performance.now() - this.#started) / 1000;
  }
}
