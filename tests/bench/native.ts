/**
 * Bar 3: the same walk by native programs: ffmpeg decodes in a process of its own, onnxruntime-node runs the same face
 * network and the same detector on as many threads as there are cores. Tracks, crops and their times come from our own code,
 * which Node compiles as the browser does.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type {
  InferenceSession,
  InferenceSessionFactory,
  Tensor,
  TensorConstructor,
} from 'onnxruntime-web/wasm';
import { toOnnx } from '../../model-export/onnx.ts';
import { root } from '../../scripts/root.ts';
import { sequenceBounds } from '../../src/analysis/crop-scorer.ts';
import { planSegments } from '../../src/analysis/sampling.ts';
import { loadModel } from '../../src/detector/model.ts';
import type { ModelManifest } from '../../src/detector/index.ts';
import { FaceTracker } from '../../src/faces/tracker.ts';
import type { Box, Detection, Picture, Track } from '../../src/faces/types.ts';
import { calibrate } from '../../src/verdict/index.ts';
import { fetchFrom } from '../unit/detector-model.ts';
import { blazeFaceOnnx, facesIn, lookAt, SIDE, type Look } from './blaze-face.ts';
import { modelFiles } from './model-files.ts';
import { readTflite } from './tflite.ts';

/** The bench's clip is well above what counts as poor. */
const CLIP_QUALITY = { faceSize: Infinity, bitsPerPixel: Infinity };

/** Not among the project's packages: 290 MB, for one figure. */
const PACKAGE = 'onnxruntime-node@1.30.0';
const FOLDER = join(root, '.cache/native');
const FACE_MODEL = 'node_modules/@mediapipe/face_detection/face_detection_full_range_sparse.tflite';
/** As in `src/faces`: the whole picture is searched every so many times, a close look at each face in between. */
const SEARCH_EVERY = 4;
const CLOSE_UP = 2.5;

interface Onnxruntime {
  InferenceSession: InferenceSessionFactory;
  Tensor: TensorConstructor;
}

export interface NativeRun {
  seconds: number;
  frames: number;
  crops: number;
  /** Mean score of the crops of the longest track, 0..1. */
  score: number;
  /** Seconds by stage; the decoder's is what was waited for it. */
  stages: { decode: number; faces: number; score: number };
}

export type NativeWalk = (file: string) => Promise<NativeRun>;

/** @returns the walk with both networks loaded; a sentence where onnxruntime-node cannot be had */
export async function openNative(): Promise<NativeWalk | string> {
  const ort = loadRuntime();
  if (typeof ort === 'string') return ort;
  await tf.setBackend('cpu');
  const { params, manifest } = await loadModel(
    'file:///model/',
    fetchFrom(modelFiles(join(root, 'public/model'))),
  );
  const session = (bytes: Uint8Array): Promise<InferenceSession> =>
    ort.InferenceSession.create(bytes, { intraOpNumThreads: cpus().length });
  const faces = await session(blazeFaceOnnx(readTflite(readFileSync(join(root, FACE_MODEL)))));
  const detector = await session(await toOnnx(params, manifest.config, manifest.preprocessing, {}));
  return (file) =>
    walk(file, manifest, new NativeFaces(ort, faces), new NativeDetector(ort, detector, manifest));
}

function loadRuntime(): Onnxruntime | string {
  try {
    if (!existsSync(join(FOLDER, 'node_modules/onnxruntime-node'))) {
      mkdirSync(FOLDER, { recursive: true });
      const how = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
      execFileSync('npm', ['install', ...how, '--prefix', FOLDER, PACKAGE], { stdio: 'pipe' });
    }
    return createRequire(join(FOLDER, 'index.js'))('onnxruntime-node') as Onnxruntime;
  } catch (error) {
    return `${PACKAGE} cannot be had: ${String(error).split('\n')[0]}`;
  }
}

async function walk(
  file: string,
  manifest: ModelManifest,
  faces: NativeFaces,
  detector: NativeDetector,
): Promise<NativeRun> {
  const started = performance.now();
  const stages = { decode: 0, faces: 0, score: 0 };
  const time = async <T>(stage: keyof typeof stages, work: () => Promise<T>): Promise<T> => {
    const from = performance.now();
    const result = await work();
    stages[stage] += (performance.now() - from) / 1000;
    return result;
  };
  const hashing = hash(file);
  const video = probe(file);
  const tracks: Track[] = [];
  let frames = 0;
  for (const times of planSegments(video, manifest.sampling)) {
    const tracker = new FaceTracker(manifest.preprocessing.crop);
    faces.begin();
    const pictures = decode(file, video, times, manifest.sampling.framesPerSecond);
    for (;;) {
      const { value: picture, done } = await time('decode', () => pictures.next());
      if (done) break;
      await time('faces', async () =>
        tracker.push(
          times[0]! + frames / manifest.sampling.framesPerSecond,
          picture,
          await faces.find(picture),
        ),
      );
      frames++;
    }
    tracks.push(...tracker.finish());
  }
  const scores: number[][] = [];
  for (const track of tracks) scores.push(await time('score', () => detector.scores(track)));
  await hashing;
  const longest = scores.sort((a, b) => b.length - a.length)[0] ?? [];
  return {
    seconds: (performance.now() - started) / 1000,
    frames,
    crops: scores.reduce((sum, { length }) => sum + length, 0),
    score: longest.reduce((sum, score) => sum + score, 0) / longest.length,
    stages,
  };
}

async function hash(file: string): Promise<string> {
  const sha256 = createHash('sha256');
  for await (const chunk of createReadStream(file)) sha256.update(chunk as Buffer);
  return sha256.digest('hex');
}

interface NativeVideo {
  width: number;
  height: number;
  start: number;
  duration: number;
}

function probe(file: string): NativeVideo {
  const fields = 'stream=width,height:format=duration';
  const args = ['-v', 'error', '-select_streams', 'v:0', '-show_entries', fields, '-of', 'json', file];
  const { streams, format } = JSON.parse(execFileSync('ffprobe', args).toString()) as {
    streams: { width: number; height: number }[];
    format: { duration: string };
  };
  return { ...streams[0]!, start: 0, duration: Number(format.duration) };
}

/** The pictures of a run of moments, RGBA. */
async function* decode(
  file: string,
  { width, height }: NativeVideo,
  times: readonly number[],
  framesPerSecond: number,
): AsyncGenerator<Picture, void> {
  const ffmpeg = spawn(
    'ffmpeg',
    [
      ...['-v', 'error', '-ss', String(times[0]), '-i', file, '-frames:v', String(times.length)],
      ...['-vf', `fps=${framesPerSecond}`, '-pix_fmt', 'rgba', '-f', 'rawvideo', '-'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const size = 4 * width * height;
  let data = new Uint8ClampedArray(size);
  let filled = 0;
  for await (const chunk of ffmpeg.stdout as AsyncIterable<Buffer>) {
    for (let from = 0; from < chunk.length;) {
      const part = chunk.subarray(from, from + size - filled);
      data.set(part, filled);
      filled += part.length;
      from += part.length;
      if (filled < size) continue;
      yield { width, height, data };
      data = new Uint8ClampedArray(size);
      filled = 0;
    }
  }
}

/** Searches and follows faces as `src/faces` does, on a sound clip: without its searches for faces that are hard to find. */
class NativeFaces {
  #before: Detection[] = [];
  #followed = 0;

  constructor(
    private readonly ort: Onnxruntime,
    private readonly session: InferenceSession,
  ) {}

  /** A new run of pictures. */
  begin(): void {
    this.#before = [];
    this.#followed = 0;
  }

  async find(picture: Picture): Promise<Detection[]> {
    const follows = this.#before.length > 0 && ++this.#followed < SEARCH_EVERY;
    if (!follows) this.#followed = 0;
    const side = Math.max(picture.width, picture.height);
    const whole = { left: (picture.width - side) / 2, top: (picture.height - side) / 2, side };
    const coarse = follows ? this.#before : await this.#look(picture, whole);
    const found: Detection[] = [];
    for (const { box } of coarse) {
      const [near] = await this.#look(picture, closeUp(box));
      if (near !== undefined) found.push(near);
    }
    return (this.#before = found);
  }

  async #look(picture: Picture, look: Look): Promise<Detection[]> {
    const input = new this.ort.Tensor('float32', lookAt(picture, look), [1, 3, SIDE, SIDE]);
    const { boxes, scores } = await this.session.run({ picture: input });
    return facesIn(boxes!.data as Float32Array, scores!.data as Float32Array, look);
  }
}

function closeUp({ x, y, width, height }: Box): Look {
  const side = CLOSE_UP * Math.max(width, height);
  return { left: x + width / 2 - side / 2, top: y + height / 2 - side / 2, side };
}

class NativeDetector {
  constructor(
    private readonly ort: Onnxruntime,
    private readonly session: InferenceSession,
    private readonly manifest: ModelManifest,
  ) {}

  /** One calibrated score per crop. */
  async scores({ frames, faceSize }: Track): Promise<number[]> {
    const { config, calibration } = this.manifest;
    const scores: number[] = [];
    for (const [start, end] of sequenceBounds(frames.length, config.sequenceLength)) {
      const crops = frames.slice(start, end).map(({ crop }) => crop);
      const { logits } = await this.session.run({
        crops: this.#tensor(crops),
        ...(config.companion && { face_size: new this.ort.Tensor('float32', [faceSize], [1]) }),
      });
      scores.push(
        ...Array.from(logits!.data as Float32Array, (logit) => calibrate(logit, calibration, CLIP_QUALITY)),
      );
    }
    return scores;
  }

  #tensor(crops: readonly Uint8Array[]): Tensor {
    const side = this.manifest.config.inputSize;
    const plane = side * side;
    const values = new Float32Array(3 * plane * crops.length);
    for (const [i, crop] of crops.entries())
      for (let pixel = 0; pixel < plane; pixel++)
        for (let channel = 0; channel < 3; channel++)
          values[(3 * i + channel) * plane + pixel] = crop[3 * pixel + channel]!;
    return new this.ort.Tensor('float32', values, [crops.length, 3, side, side]);
  }
}
