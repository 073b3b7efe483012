import type { Reason } from '../verdict/index.ts';
import { AnalysisClient } from './client.ts';
import { reasonOf } from './failure.ts';
import { FramePump, Pacer } from './frame-pump.ts';
import { readPictures, type LivePicture } from './live-source.ts';
import type { LiveFacts, LiveUpdate } from './live-types.ts';

/** Seconds between reports when no picture comes, so that the verdict's age is seen to grow. */
const REPORT_SECONDS = 0.5;

/** Why a live check is over: somebody ended it, its source did, or what went wrong. */
export type LiveEnd = 'stopped' | 'source-ended' | Reason;

export interface LiveStatus {
  facts: LiveFacts;
  /** Null before the first picture was judged. */
  update: LiveUpdate | null;
  /** Pictures judged per second, lately. */
  framesPerSecond: number;
  /** Pictures that were due, but could not be judged in time. */
  dropped: number;
  /** Seconds since the newest judged picture came from its source; null before the first. */
  age: number | null;
}

/**
 * A live check from its start to its end: pictures of the stream go to a worker of its own, one at a time, the newest
 * first. Whatever way it ends, the stream is stopped, its pictures are closed and the worker is ended when it returns.
 * @param stream one video track; taken over
 * @param video plays the stream
 * @param onstatus comes once when everything is loaded, then after every picture and twice a second
 */
export async function runLive(
  stream: MediaStream,
  video: HTMLVideoElement,
  onstatus: (status: LiveStatus) => void,
  signal: AbortSignal,
): Promise<LiveEnd> {
  const client = new AnalysisClient();
  const cleanUp: (() => void)[] = [
    () => client.dispose(),
    () => stream.getTracks().forEach((track) => track.stop()),
  ];
  const [track] = stream.getVideoTracks();
  try {
    if (track === undefined) return 'source-ended';
    const { promise: over, resolve: end } = withResolver<LiveEnd>();
    const listen = (target: EventTarget, type: string, why: LiveEnd): void => {
      const listener = (): void => end(why);
      target.addEventListener(type, listener);
      cleanUp.push(() => target.removeEventListener(type, listener));
    };
    listen(signal, 'abort', 'stopped');
    listen(track, 'ended', 'source-ended');
    if (signal.aborted) return 'stopped';
    if (track.readyState === 'ended') return 'source-ended';

    const facts = await Promise.race([client.openLive(), over]);
    if (typeof facts === 'string') return facts;
    cleanUp.push(feed({ track, video, client, facts, onstatus, end }));
    return await over;
  } catch (error) {
    console.error(error);
    return reasonOf(error);
  } finally {
    for (const step of cleanUp.reverse()) step();
  }
}

interface Feed {
  track: MediaStreamTrack;
  video: HTMLVideoElement;
  client: AnalysisClient;
  facts: LiveFacts;
  onstatus: (status: LiveStatus) => void;
  end: (why: LiveEnd) => void;
}

/** Sends pictures to the worker and says what comes of it. @returns a function that ends it */
function feed({ track, video, client, facts, onstatus, end }: Feed): () => void {
  const started = performance.now();
  const now = (): number => (performance.now() - started) / 1000;
  let update: LiveUpdate | null = null;
  const onfailure = (error: unknown): void => {
    console.error(error);
    end(reasonOf(error));
  };
  const pump = new FramePump<LivePicture>(
    async (picture, time) => {
      update = await client.lookLive(picture, time);
      report();
    },
    onfailure,
    now,
  );
  const report = (): void =>
    onstatus({
      facts,
      update,
      framesPerSecond: pump.rate(),
      dropped: pump.dropped,
      age: update === null ? null : now() - update.time,
    });
  report();
  const timer = setInterval(report, REPORT_SECONDS * 1000);
  const stopReading = readPictures({
    track,
    video,
    pacer: new Pacer(facts.framesPerSecond),
    now,
    onpicture: (picture, time) => pump.offer(picture, time),
    onfailure,
  });
  return () => {
    clearInterval(timer);
    stopReading();
    pump.stop();
  };
}

function withResolver<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((ok) => (resolve = ok));
  return { promise, resolve };
}
