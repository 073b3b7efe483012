import {
  EncodedPacketSink,
  type Input,
  VideoSample,
  VideoSampleSink,
  type InputVideoTrack,
} from 'mediabunny';
import { keepsSize, OWN_SIZE, pixelAspect, RUN_GAP, TIME_TOLERANCE } from './decoder.ts';
import type { Decoder, DecoderContext, DecoderEntry, ServedFrame, Size } from './decoder.ts';
import { isMatroskaCutOff, withoutAlpha } from './ebml.ts';
import { checkSampleTables, ISO_MEDIA, tellsPixelAspect } from './iso-tables.ts';
import { firstVideoTrack, KeyFrames, keyTimesOfTrack, openInput } from './key-frames.ts';
import { PixelReader } from './pixel-reader.ts';
import { MATROSKA } from './sniff.ts';
import { factsOfTrack } from './track-facts.ts';
import { MediaError, type Frame, type VideoInfo } from './types.ts';

/**
 * H.264 High 4:4:4 Predictive (profile 244): decoded from a key frame in the middle, files by x264 before version 151 show
 * a green picture with remnants, and a browser cannot be told the version as ffmpeg can. FaceForensics++ clips are such.
 */
const BROKEN_PROFILE = /^avc[13]\.f4/i;

/** Pixels by which the coded size may differ from the shown one: a macroblock. */
const SIZE_SLACK = 16;

/** The browser's own decoders, with mediabunny as demuxer. */
export const webcodecs: DecoderEntry = {
  name: 'webcodecs',

  async open(file: Blob, context: DecoderContext): Promise<Decoder> {
    if (typeof VideoDecoder === 'undefined')
      throw new MediaError('decoder_failed', 'this browser has no WebCodecs');
    const { container, alive } = context;
    const tables = ISO_MEDIA.has(container) ? await checkSampleTables(file) : [];
    const input = openInput(MATROSKA.has(container) ? await withoutAlpha(file) : file, alive);
    try {
      if (!(await input.canRead()))
        throw new MediaError('not_a_video', `mediabunny cannot read ${container}`);
      const track = await firstVideoTrack(input, container);
      if (track === undefined) throw new MediaError('no_video_track', 'no video track');
      const codec = await track.getCodec();
      if (codec === null || !(await track.canDecode()))
        throw new MediaError('codec_unsupported', `the browser cannot decode ${codec ?? 'this codec'}`);
      // Of AV1 ffmpeg has no decoder: without its last cluster is better than not at all.
      if (MATROSKA.has(container) && codec !== 'av1' && (await isMatroskaCutOff(file)))
        throw new MediaError('file_damaged', 'cut off: the last cluster would be left out');
      const parameters = (await track.getCodecParameterString()) ?? '';
      if (BROKEN_PROFILE.test(parameters))
        throw new MediaError(
          'codec_unsupported',
          `${parameters}: browsers may decode this profile wrongly after a seek`,
        );
      const facts = await factsOfTrack(track, { container, file, alive, tables });
      if (facts.duration === 0 && !(await hasPackets(track)))
        throw new MediaError('file_damaged', 'no packet of the video is found');
      const info = { container, codec, ...(await displaySize(track)), ...facts };
      return new WebCodecsDecoder(input, track, info, await readShape(track), file);
    } catch (error) {
      input.dispose();
      throw error instanceof MediaError
        ? error
        : new MediaError('file_damaged', String(error), { cause: error });
    }
  },
};

async function hasPackets(track: InputVideoTrack): Promise<boolean> {
  return (await new EncodedPacketSink(track).getFirstPacket({ metadataOnly: true })) !== null;
}

/** With square pixels and turned upright, as the container says; its claim about the pixels' shape may be absurd. */
async function displaySize(track: InputVideoTrack): Promise<Size> {
  const { num, den } = await track.getPixelAspectRatio();
  if (pixelAspect(num / den) === num / den)
    return { width: await track.getDisplayWidth(), height: await track.getDisplayHeight() };
  const [width, height] = [await track.getCodedWidth(), await track.getCodedHeight()];
  return (await track.getRotation()) % 180 === 0 ? { width, height } : { width: height, height: width };
}

/** What a container says of the pictures before they are turned, which may not be true. */
interface Shape extends Size {
  /** Width of a pixel over its height. */
  aspect: number;
  turned: boolean;
}

async function readShape(track: InputVideoTrack): Promise<Shape> {
  const { num, den } = await track.getPixelAspectRatio();
  return {
    width: await track.getCodedWidth(),
    height: await track.getCodedHeight(),
    aspect: pixelAspect(num / den),
    turned: (await track.getRotation()) % 180 !== 0,
  };
}

/** Whether a picture is about as large as its container says. */
function isAsSaid(picture: Size, { width, height }: Shape): boolean {
  return Math.abs(picture.width - width) <= SIZE_SLACK && Math.abs(picture.height - height) <= SIZE_SLACK;
}

/** The size to show a picture in. */
function shownSize(picture: Size, { aspect, turned }: Shape): Size {
  const across = Math.round(picture.width * Math.max(1, aspect));
  const down = Math.round(picture.height * Math.max(1, 1 / aspect));
  return turned ? { width: down, height: across } : { width: across, height: down };
}

/** A picture and the place, in the list of asked times, of one that it is shown at. */
interface AskedSample {
  index: number;
  sample: VideoSample;
}

class WebCodecsDecoder implements Decoder {
  readonly name = 'webcodecs';
  /** A browser ends with an error where it finds damage. */
  readonly damaged = 0;
  readonly #keys: KeyFrames;
  #pixels: PixelReader;
  /** All pictures are as large as the first one. */
  readonly #constant: boolean;
  #shape: Shape;
  #sizeKnown = false;
  /** A picture was found: none before the first key frame is no wonder, later it is. */
  #started = false;

  constructor(
    readonly input: Input,
    readonly track: InputVideoTrack,
    public info: VideoInfo,
    shape: Shape,
    readonly file: Blob,
  ) {
    this.#shape = shape;
    this.#keys = new KeyFrames(track);
    this.#pixels = new PixelReader(info.width, info.height);
    this.#constant = keepsSize(info);
  }

  keyTimes(times: readonly number[]): Promise<(number | undefined)[]> {
    return keyTimesOfTrack(this.#keys, this.info.container, times);
  }

  async *frames(times: readonly number[], signal: AbortSignal): AsyncGenerator<ServedFrame, void> {
    // A time before the first frame is served with the first frame, as ffmpeg does.
    const asked = times.map((time) => Math.max(time, this.info.start) + TIME_TOLERANCE);
    let last = Number.NEGATIVE_INFINITY;
    // In Matroska looking up a picture reads half a group of pictures and more. Besides, mediabunny 1.61 takes the one before
    // where a cluster ends among reordered ones.
    const inRuns = MATROSKA.has(this.info.container);
    for await (const { index, sample } of inRuns ? this.#runs(asked) : this.#samples(asked)) {
      try {
        signal.throwIfAborted();
        if (sample.timestamp <= last) continue;
        last = sample.timestamp;
        await this.#correctSize(sample);
        const data = await this.#read(sample);
        const { width, height } = this.#pixels;
        yield { index, frame: { time: sample.timestamp, width, height, data } satisfies Frame };
      } finally {
        sample.close();
      }
    }
  }

  /** The pictures of the asked times, from the key frame of each run of them on; what comes is the caller's to close. */
  async *#runs(asked: readonly number[]): AsyncGenerator<AskedSample, void> {
    for (let from = 0; from < asked.length;) {
      let to = from + 1;
      while (to < asked.length && asked[to]! - asked[to - 1]! <= RUN_GAP) to++;
      const first = asked[from]!;
      yield* this.#samplesFrom((await this.#keys.timeBefore(first)) ?? first, asked.slice(0, to), from);
      from = to;
    }
  }

  /** The same where each is looked up by itself. */
  async *#samples(asked: readonly number[]): AsyncGenerator<AskedSample, void> {
    let index = 0;
    let last: number | undefined;
    const samples = new VideoSampleSink(this.track).samplesAtTimestamps(asked);
    try {
      for await (const sample of samples) {
        if (sample !== null) {
          this.#started = true;
          last = sample.timestamp;
          yield { index, sample };
        } else if (this.#started) break;
        index++;
      }
    } finally {
      await samples.return();
    }
    if (index === asked.length) return;
    last ??= await this.#keys.timeBefore(asked[index]!);
    if (last === undefined) throw new MediaError('decoder_failed', 'no key frame before a later one');
    yield* this.#samplesFrom(last, asked, index);
  }

  /**
   * The pictures from one of the asked times on, by decoding all: where mediabunny does not find the key frame of every
   * time (see `KeyFrames`).
   * @param start time of a picture before them that it does find
   */
  async *#samplesFrom(
    start: number,
    asked: readonly number[],
    index: number,
  ): AsyncGenerator<AskedSample, void> {
    const samples = new VideoSampleSink(this.track).samples(start);
    let shown: VideoSample | undefined;
    try {
      for await (const sample of samples) {
        const before = shown;
        shown = sample;
        if (before !== undefined && sample.timestamp > asked[index]!) yield { index, sample: before };
        else before?.close();
        while (index < asked.length && asked[index]! < sample.timestamp) index++;
        if (index === asked.length) return;
      }
      const end = shown;
      shown = undefined;
      if (end !== undefined) yield { index, sample: end };
    } finally {
      shown?.close();
      await samples.return();
    }
  }

  /** The first picture's own size is right where the container's is not, and its pixels' shape where the container tells none. */
  async #correctSize({ visibleRect, squarePixelWidth, squarePixelHeight }: VideoSample): Promise<void> {
    if (this.#sizeKnown || !OWN_SIZE.has(this.info.codec)) return;
    this.#sizeKnown = true;
    const aspect = pixelAspect(
      (squarePixelWidth * visibleRect.height) / (squarePixelHeight * visibleRect.width),
    );
    const own =
      aspect !== this.#shape.aspect &&
      ISO_MEDIA.has(this.info.container) &&
      !(await tellsPixelAspect(this.file));
    if (own) this.#shape = { ...this.#shape, aspect };
    else if (isAsSaid(visibleRect, this.#shape)) return;
    const size = shownSize(visibleRect, this.#shape);
    this.info = { ...this.info, ...size };
    this.#pixels.close();
    this.#pixels = new PixelReader(size.width, size.height);
  }

  /** The sample's rotation is drawn; its aspect ratio is that of the reader. */
  async #read(sample: VideoSample): Promise<Uint8ClampedArray> {
    const { rotation, flip, visibleRect } = sample;
    const frame = sample.toVideoFrame();
    try {
      return await this.#pixels.readFrame(
        frame,
        flip ? 'other' : rotation,
        (context, { x, y, width, height }) => sample.draw(context, x, y, width, height),
        this.#constant ? undefined : shownSize(visibleRect, this.#shape),
      );
    } finally {
      frame.close();
    }
  }

  close(): void {
    this.input.dispose();
    this.#pixels.close();
  }
}
