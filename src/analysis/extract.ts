import {
  FaceFinder,
  FaceTracker,
  leftOf,
  numberPeople,
  turnBack,
  type CropSettings,
  type FaceDetector,
  type Track,
  type TrackFrame,
  type Turn,
} from '../faces/index.ts';
import { MediaError, type DecoderName, type Video, type VideoInfo } from '../media/index.ts';
import { MAX_TIME } from '../verdict/index.ts';
import type { Engine } from './engine.ts';
import { everyFrame, partOf, planSegments, startAtKeyFrames } from './sampling.ts';
import type { AnalysisEvent, AnalysisOptions, Region, Sampling } from './types.ts';
import { UprightPictures } from './upright-pictures.ts';

/** Frames whose crops are kept, at most, when there are more than the network's own rate asks for: some 66 MB per face. */
const MOST_KEPT = 600;

export interface ExtractOptions extends Pick<AnalysisOptions, 'region' | 'part' | 'everyFrame' | 'decoder'> {
  /** What the network was trained at. */
  sampling: Sampling;
  crop: CropSettings;
  /**
   * Gets the faces of every picture as they are cut; the next picture waits for it. Crops that are not to be kept may be let
   * go of after use: there can be tens of thousands.
   */
  onCut?: (frames: readonly TrackFrame[], keep: boolean) => Promise<void>;
}

/** The first half of the walk: what was seen in a file, before any network has judged it. */
export interface Extraction {
  info: VideoInfo;
  decoder: DecoderName;
  region: Region;
  /** What was done. */
  sampling: Sampling;
  /** First and last moment of each run of frames that there are, seconds as the file has them. */
  runs: { start: number; end: number }[];
  /** Frames that were looked at for each that the network's own rate asks for: 1, unless every frame was. */
  stride: number;
  /** Source pixels per pixel of the decoded frames, which have at most 1920 a side. */
  frameScale: number;
  /** Degrees, clockwise, that the pictures were turned by to be upright. The tracks' boxes are as the video shows them. */
  turn: Turn;
  /** Where the region begins, from the left edge of the decoded frames and in their pixels: the tracks' boxes count from there. */
  regionLeft: number;
  framesDecoded: number;
  framesWithFace: number;
  /** See `Video.damaged`. */
  framesDamaged: number | undefined;
  /** Every track lies in one segment; `segment` counts from 0. Tracks with the same `person` show the same one. */
  tracks: (Track & { segment: number; person: number })[];
  /** Seconds spent in the face stage alone. */
  facesSeconds: number;
}

/**
 * Decodes a file at the sampled times, finds and follows the faces and cuts their crops.
 * Memory holds one frame and the crops; it does not grow with the length of the video.
 * @throws Error with the code of a MediaError when the file cannot be opened or decoded
 */
export async function extractTracks(
  file: Blob,
  options: ExtractOptions,
  engine: Pick<Engine, 'videos' | 'faces'>,
  emit: (event: AnalysisEvent) => void,
): Promise<Extraction> {
  const video = await engine.videos.open(file, {
    ...(options.decoder !== undefined && { decoder: options.decoder }),
    onDecoderChange: (from, to, reason) => emit({ type: 'fallback', message: `${from} → ${to}: ${reason}` }),
  });
  try {
    emit({ type: 'media', info: video.info, decoder: video.decoder });
    refuseImpossibleTimes(video.info);
    return await followFaces(video, await engine.faces(), options, emit);
  } finally {
    video.close();
  }
}

/** Of such times no record tells. @throws MediaError `file_damaged` */
function refuseImpossibleTimes({ start, duration }: VideoInfo): void {
  if (Math.max(Math.abs(start), Math.abs(start + duration)) > MAX_TIME)
    throw new MediaError('file_damaged', `times from ${start} s on, for ${duration} s`);
}

/** The runs of a video that is cut off at a time. */
function runsBefore(end: number, segments: readonly number[][]): Extraction['runs'] {
  return segments.flatMap((times) => {
    const start = times[0]!;
    return start > end ? [] : [{ start, end: Math.min(end, times.at(-1)!) }];
  });
}

/** The moments to look at, where they cost least. */
async function planRuns(
  video: Video,
  { part, everyFrame: every }: Pick<ExtractOptions, 'part' | 'everyFrame'>,
  sampling: Sampling,
): Promise<number[][]> {
  const wanted = partOf(video.info, part);
  const segments = planSegments(wanted, sampling, every ? 0.5 : 0);
  if (segments.length === 1) return segments;
  return startAtKeyFrames(segments, await video.keyTimes(segments.map(([first]) => first!)), wanted.start);
}

async function followFaces(
  video: Video,
  faces: FaceDetector,
  options: ExtractOptions,
  emit: (event: AnalysisEvent) => void,
): Promise<Extraction> {
  const region = options.region ?? 'full';
  const { signal: never } = new AbortController();
  const sampling = options.everyFrame ? everyFrame(video.info.frameRate, options.sampling) : options.sampling;
  const stride = Math.round(sampling.framesPerSecond / options.sampling.framesPerSecond);
  const segments = await planRuns(video, options, sampling);
  // In the middle of each frame, rather than at its edges, where rounding decides which frame is meant.
  const shift = options.everyFrame ? 0.5 / sampling.framesPerSecond : 0;
  const planned = segments.reduce((sum, times) => sum + times.length, 0);
  /** Seconds of which one frame's crops are kept. */
  const keepEvery = Math.max(
    1 / options.sampling.framesPerSecond,
    planned / sampling.framesPerSecond / MOST_KEPT,
  );
  const tracks: (Track & { segment: number })[] = [];
  const keptFrames = new Set<TrackFrame>();
  let framesDecoded = 0;
  let framesWithFace = 0;
  let facesSeconds = 0;
  let frameScale = 1;
  let regionLeft = 0;
  const upright = new UprightPictures(faces, region);
  for (const [segment, times] of segments.entries()) {
    const tracker = new FaceTracker(options.crop, stride);
    const finder = new FaceFinder(faces, stride);
    let kept = -Infinity;
    const frames = video.frames(
      times.map((time) => time + shift),
      never,
    );
    for await (const { frame, picture } of upright.of(frames, segment === segments.length - 1)) {
      const started = performance.now();
      frameScale = video.info.width / frame.width;
      regionLeft = leftOf(frame.width, region);
      const detections = finder.find(picture);
      const cut = tracker.push(frame.time, picture, detections);
      for (const seen of cut) seen.box = turnBack(seen.box, upright.turn, picture);
      facesSeconds += (performance.now() - started) / 1000;
      framesDecoded++;
      if (detections.length > 0) framesWithFace++;
      emit({ type: 'progress', stage: 'decode', done: framesDecoded, total: planned });
      emit({
        type: 'faces',
        framesSearched: framesDecoded,
        framesWithFace,
        tracks: tracks.length + tracker.size,
      });
      const place = Math.floor(frame.time / keepEvery);
      const keep = stride === 1 || place !== kept;
      kept = place;
      if (keep) for (const seen of cut) keptFrames.add(seen);
      await options.onCut?.(cut, keep);
    }
    for (const track of tracker.finish()) tracks.push({ ...track, id: tracks.length, segment });
  }
  if (framesDecoded === 0 && video.damaged !== undefined)
    throw new MediaError('file_damaged', `no frame is whole, ${video.damaged} are damaged`);
  emit({ type: 'progress', stage: 'decode', done: framesDecoded, total: framesDecoded });
  // What was known when it was opened may not have been true.
  emit({ type: 'media', info: video.info, decoder: video.decoder });
  const people = numberPeople(tracks, (frame) => keptFrames.has(frame));
  return {
    info: video.info,
    decoder: video.decoder,
    region,
    sampling,
    runs: runsBefore(video.info.endsAt ?? Infinity, segments),
    stride,
    frameScale,
    turn: upright.turn,
    regionLeft,
    framesDecoded,
    framesWithFace,
    framesDamaged: video.damaged,
    tracks: tracks.map((track, i) => ({ ...track, person: people[i]! })),
    facesSeconds: facesSeconds + upright.seconds,
  };
}
