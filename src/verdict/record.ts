import * as v from 'valibot';
import { OUTCOMES, REASONS } from './types.ts';

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be 64 lowercase hexadecimal digits'));
/** Seconds, of some years at most: what is beyond cannot be passed on without loss. */
const time = v.pipe(v.number(), v.minValue(-1e8), v.maxValue(1e8));
/** Pixels; no picture has a million a side. */
const pixels = v.pipe(v.number(), v.minValue(-1e6), v.maxValue(1e6));
const extent = v.pipe(v.number(), v.minValue(0), v.maxValue(1e6));
const nonNegative = v.pipe(v.number(), v.finite(), v.minValue(0));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const probability = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const reasons = v.array(v.picklist(REASONS));

const trackFrame = v.strictObject({
  /** Seconds. */
  time,
  /** x, y, width, height in source pixels. */
  box: v.strictTuple([pixels, pixels, extent, extent]),
  /** Calibrated score of this frame, 0..1. */
  score: probability,
});

const track = v.strictObject({
  id: count,
  /** Tracks with the same number show the same person, as far as their looks tell. Older records have none. */
  person: v.optional(count),
  start: time,
  end: time,
  /** Median side of the face in pixels of the decoded frame. */
  faceSize: nonNegative,
  sharpness: nonNegative,
  logit: v.pipe(v.number(), v.finite()),
  score: probability,
  outcome: v.picklist(OUTCOMES),
  reasons,
  frames: v.array(trackFrame),
});

/** What was run on what, and what came out. All that is needed to repeat it; nothing about the person who ran it. */
export const verdictRecordSchema = v.strictObject({
  format: v.literal('clearframe-verdict'),
  version: v.literal(1),
  createdAt: v.pipe(v.string(), v.isoTimestamp()),
  app: v.strictObject({ version: v.string() }),
  file: v.strictObject({
    sha256: v.nullable(sha256),
    bytes: count,
    /** Only where the person who made the record asked for it. */
    name: v.optional(v.pipe(v.string(), v.maxLength(255))),
  }),
  media: v.nullable(
    v.strictObject({
      container: v.string(),
      codec: v.string(),
      width: count,
      height: count,
      duration: nonNegative,
      frameRate: nonNegative,
      bitrate: nonNegative,
    }),
  ),
  model: v.nullable(
    v.strictObject({
      name: v.string(),
      version: v.string(),
      sha256,
      operatingPoints: v.strictObject({ strong: probability, some: probability }),
    }),
  ),
  runtime: v.strictObject({
    backend: v.nullable(v.string()),
    threads: v.nullable(count),
    /** Build of our own kernels that ran the trunk; null where tfjs did. */
    kernels: v.optional(v.nullable(v.string()), null),
    decoder: v.nullable(v.picklist(['webcodecs', 'ffmpeg'])),
    /** Everything that was tried and given up, e.g. `webcodecs: codec not supported`. */
    fallbacks: v.array(v.string()),
  }),
  sampling: v.strictObject({
    framesPerSecond: nonNegative,
    framesPerSegment: count,
    maxSegments: count,
    region: v.picklist(['full', 'left-half', 'right-half']),
    /** Seconds; where only a part was looked at. */
    part: v.optional(v.strictObject({ start: time, end: time })),
    /** Where every frame was looked at, and not only as many as the network's own rate asks for. */
    everyFrame: v.optional(v.literal(true)),
    framesDecoded: count,
    framesWithFace: count,
    /**
     * Left out, because the file is damaged there and the decoder would have made up what is missing. 0: a decoder found
     * damage, but not where. Not said where none did.
     */
    framesDamaged: v.optional(count),
  }),
  tracks: v.array(track),
  verdict: v.strictObject({
    outcome: v.picklist(OUTCOMES),
    score: v.nullable(probability),
    reasons,
    trackId: v.nullable(count),
  }),
});

export type VerdictRecord = v.InferOutput<typeof verdictRecordSchema>;
export type TrackRecord = VerdictRecord['tracks'][number];

/** A record that does not follow the schema; the message names the field and what is wrong with it. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
  readonly code = 'record_invalid';
}

/** The one door through which records come in from outside. @throws RecordError */
export function parseRecord(value: unknown): VerdictRecord {
  const result = v.safeParse(verdictRecordSchema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new RecordError(`${v.getDotPath(issue) ?? 'record'}: ${issue.message}`);
}
