import type { Decoder, DecoderContext, DecoderEntry } from './decoder.ts';
import { ffmpeg, withEvenClock } from './ffmpeg.ts';
import { checkEncryption } from './iso-encryption.ts';
import { isCutOff, ISO_MEDIA } from './iso-tables.ts';
import { sniffContainer, SNIFF_BYTES, type Sniffed } from './sniff.ts';
import { clockJumps, CLOCKED } from './stream-clock.ts';
import { SwitchingVideo } from './switching-video.ts';
import { MediaError, type DecoderName, type MediaErrorCode, type Video } from './types.ts';
import { Watchdog } from '../workers/watchdog.ts';
import { webcodecs } from './webcodecs.ts';

/** The decoders in the order in which they are tried, and why. */
export const DECODERS: readonly DecoderEntry[] = [
  webcodecs, // First: the browser's own, often in hardware; nothing to load.
  ffmpeg, // Then: knows nearly every format, but is 32 MB to load and several times slower.
];

/** Milliseconds without progress after which a decoder is given up: far beyond the slowest honest frame. */
export const STALL_MS = 10_000;

export interface OpenOptions {
  /** URLs of the ES module build of `@ffmpeg/core` and its wasm. */
  assets: DecoderContext['assets'];
  /** Use this decoder only. */
  decoder?: DecoderName;
  /** A decoder could not go on and the next one takes over; `reason` is for people who read logs. */
  onDecoderChange?: (from: DecoderName, to: DecoderName, reason: string) => void;
  signal?: AbortSignal;
  /** See `DecoderContext`. */
  demuxerHangs?: boolean;
  /** For tests. */
  stallMs?: number;
  decoders?: readonly DecoderEntry[];
}

/** Files that are not videos, by what they are instead. */
const NOT_VIDEO: Record<Exclude<Sniffed['kind'], 'video' | 'unknown'>, MediaErrorCode> = {
  empty: 'empty_file',
  image: 'image_file',
  audio: 'no_video_track',
  text: 'not_a_video',
  archive: 'not_a_video',
  document: 'not_a_video',
};

/**
 * Opens a video by its content. The caller closes it.
 * @throws MediaError with the reason in `code`; the signal's reason when aborted
 */
export async function openVideo(file: Blob, options: OpenOptions): Promise<Video> {
  const container = await reading(findContainer(file));
  // No decoder may see what it would take for damage, or for pictures.
  if (ISO_MEDIA.has(container)) await reading(checkEncryption(file));
  const signal = options.signal ?? new AbortController().signal;
  const table = options.decoders ?? DECODERS;
  const candidates = table.filter(({ name }) => options.decoder === undefined || name === options.decoder);
  const opener = new Opener(
    await withOneClock(file, container, options, signal),
    container,
    candidates,
    options,
  );
  const decoder = await opener.next(signal);
  return new SwitchingVideo(decoder, opener, ISO_MEDIA.has(container) && (await reading(isCutOff(file))));
}

/**
 * The file itself, unless it is a stream whose clock jumps: then a copy in which it does not, whose times are other ones. Where no
 * copy can be made, of the file as it is something can still be seen.
 */
async function withOneClock(
  file: Blob,
  container: string,
  { assets, stallMs, onDecoderChange, decoder = 'webcodecs' }: OpenOptions,
  signal: AbortSignal,
): Promise<Blob> {
  const watchdog = new Watchdog(stallMs ?? STALL_MS);
  const { alive } = watchdog;
  if (!CLOCKED.has(container) || !(await reading(watchdog.watch(clockJumps(file, alive), signal))))
    return file;
  const ended = new AbortController();
  try {
    const copy = await watchdog.watch(withEvenClock(file, { assets, alive, signal: ended.signal }), signal);
    onDecoderChange?.('ffmpeg', decoder, 'the clock of the stream jumps: copied with an even one');
    return copy;
  } catch (error) {
    ended.abort(error);
    if (signal.aborted) throw error;
    onDecoderChange?.(
      'ffmpeg',
      decoder,
      `the clock of the stream jumps, and no copy could be made: ${String(error)}`,
    );
    return file;
  }
}

/** A browser refuses to read a file that is no longer the one that was chosen. */
function reading<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (!(error instanceof DOMException)) throw error;
    throw new MediaError('file_unreadable', String(error), { cause: error });
  });
}

async function findContainer(file: Blob): Promise<string> {
  const sniffed = sniffContainer(new Uint8Array(await file.slice(0, SNIFF_BYTES).arrayBuffer()));
  if (sniffed.kind === 'video') return sniffed.container;
  // Bytes that nobody knows may still be a video of a rare kind: ffmpeg has a try.
  if (sniffed.kind === 'unknown') return 'unknown';
  throw new MediaError(NOT_VIDEO[sniffed.kind], `the file is not a video but: ${sniffed.kind}`);
}

/** Opens one decoder after the other, each under the eyes of the watchdog. */
export class Opener {
  readonly watchdog: Watchdog;
  #tried = 0;
  #failure: { name: DecoderName; error: unknown } | undefined;
  /** The error that tells most about the file, out of all decoders' errors. */
  #mostTelling: MediaError | undefined;

  constructor(
    readonly file: Blob,
    readonly container: string,
    readonly candidates: readonly DecoderEntry[],
    readonly options: Pick<OpenOptions, 'assets' | 'onDecoderChange' | 'demuxerHangs' | 'stallMs'>,
  ) {
    this.watchdog = new Watchdog(options.stallMs ?? STALL_MS);
  }

  /** Notes why a decoder was given up; `next` reports it. */
  fail(name: DecoderName, error: unknown): void {
    this.#failure = { name, error };
    const mediaError =
      error instanceof MediaError
        ? error
        : new MediaError('decoder_failed', `${name}: ${String(error)}`, { cause: error });
    // A later decoder knows the file better, unless it only says that it broke.
    if (
      this.#mostTelling === undefined ||
      mediaError.code !== 'decoder_failed' ||
      this.#isNoFact(this.#mostTelling)
    )
      this.#mostTelling = mediaError;
  }

  /** That one decoder cannot read a container, which is a known one, is no fact about the file. */
  #isNoFact({ code }: MediaError): boolean {
    return code === 'not_a_video' && this.container !== 'unknown';
  }

  /**
   * The next decoder that can open the file.
   * @throws MediaError when there is none left; the signal's reason when aborted
   */
  async next(signal: AbortSignal): Promise<Decoder> {
    for (;;) {
      signal.throwIfAborted();
      // It may lie in the file, which no other decoder could read either.
      if (this.#failure !== undefined) await reading(this.file.slice(0, 1).arrayBuffer());
      const entry = this.candidates[this.#tried++];
      if (entry === undefined)
        throw this.#mostTelling ?? new MediaError('decoder_failed', 'no decoder to try');
      if (this.#failure !== undefined) {
        const { name, error } = this.#failure;
        this.options.onDecoderChange?.(
          name,
          entry.name,
          error instanceof Error ? error.message : String(error),
        );
      }
      try {
        return await this.#open(entry, signal);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        this.fail(entry.name, error);
      }
    }
  }

  async #open(entry: DecoderEntry, signal: AbortSignal): Promise<Decoder> {
    const ended = new AbortController();
    const { assets, demuxerHangs = false } = this.options;
    const { container, watchdog } = this;
    const { alive } = watchdog;
    const opening = entry.open(this.file, { container, assets, alive, demuxerHangs, signal: ended.signal });
    try {
      return await watchdog.watch(opening, signal);
    } catch (error) {
      ended.abort(error);
      // A decoder that opens after all, too late, is closed at once.
      opening.then((late) => late.close()).catch(() => undefined);
      throw error;
    }
  }
}
