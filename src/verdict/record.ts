import * as v from 'valibot';
import { OUTCOMES, REASONS } from './types.ts';

const FORMAT = 'clearframe-verdict';
const VERSION = 1;

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be 64 lowercase hexadecimal digits'));
/** Seconds: live streams and cameras count from 1970 or before. Three thousand years, of which a number still tells milliseconds apart. */
export const MAX_TIME = 1e11;
const time = v.pipe(v.number(), v.minValue(-MAX_TIME), v.maxValue(MAX_TIME));
/** Pixels; no picture has a million a side. */
const pixels = v.pipe(v.number(), v.minValue(-1e6), v.maxValue(1e6));
const extent = v.pipe(v.number(), v.minValue(0), v.maxValue(1e6));
/** Beyond is no number that a file says of itself, nor one that can be written out. */
const MOST = 1e18;
const nonNegative = v.pipe(v.number(), v.minValue(0), v.maxValue(MOST));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const probability = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
/** Lists whose items the page tells apart by something that no two of them may share. */
const distinct = <Item>(by: (item: Item) => unknown) =>
  v.check<Item[], string>((items) => new Set(items.map(by)).size === items.length, 'must not repeat');
const reasons = v.pipe(
  v.array(v.picklist(REASONS)),
  distinct((reason) => reason),
);
/** Tracks, of which the app keeps two dozen, and runs: a page that had to draw thousands would stand still. */
const MAX_LISTED = 100;
/** Frames of a track: more than ten minutes have at 60 a second, and few enough to be handed to one function. */
const MAX_FRAMES = 40_000;
const marks = { strong: probability, some: probability };

const trackFrame = v.strictObject({
  /** Seconds, as the file has it: a video's start need not be 0. */
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
  /** Median side of the face in pixels of the decoded frame, which is scaled down to 1920 a side where it is larger: fewer than `box` has. */
  faceSize: nonNegative,
  sharpness: nonNegative,
  logit: v.pipe(v.number(), v.finite()),
  score: probability,
  outcome: v.picklist(OUTCOMES),
  reasons,
  frames: v.pipe(
    v.array(trackFrame),
    v.maxLength(MAX_FRAMES),
    distinct(({ time }) => time),
  ),
});

/** What was run on what, and what came out. All that is needed to repeat it; nothing about the person who ran it. */
export const verdictRecordSchema = v.strictObject({
  format: v.literal(FORMAT),
  version: v.literal(VERSION),
  createdAt: v.pipe(v.string(), v.isoTimestamp()),
  app: v.strictObject({
    version: v.string(),
    /** Of the sources that this copy was built from: two copies of one version may differ. Older records have none. */
    sha256: v.optional(sha256),
  }),
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
      /** Time of the first frame, as the file has it: the tracks' and runs' times count on from there. Older records have none. */
      start: v.optional(v.pipe(v.number(), v.minValue(-MOST), v.maxValue(MOST))),
      duration: nonNegative,
      /** Time of the last picture, as the file has it, where the file is cut off before the end that it tells. */
      endsAt: v.optional(time),
      frameRate: nonNegative,
      bitrate: nonNegative,
    }),
  ),
  model: v.nullable(
    v.strictObject({
      name: v.string(),
      version: v.string(),
      sha256,
      operatingPoints: v.strictObject({
        ...marks,
        /** For faces of a smaller `faceSize`, as `marksFor` has them. */
        smallFaces: v.optional(v.strictObject({ ...marks, below: nonNegative })),
      }),
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
    /** Degrees, clockwise, that the pictures were turned by to have their faces upright. Boxes are as the video shows them. */
    turned: v.optional(v.picklist([90, 180, 270])),
    /** Seconds since the video's start, whatever time that has in the file; where only a part was looked at. */
    part: v.optional(v.strictObject({ start: time, end: time })),
    /** Times of the runs that were looked at, as the frames have them, where what lies between was not. Older records have none. */
    runs: v.optional(
      v.pipe(
        v.array(v.strictObject({ start: time, end: time })),
        v.maxLength(MAX_LISTED),
        distinct(({ start }) => start),
      ),
    ),
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
  tracks: v.pipe(
    v.array(track),
    v.maxLength(MAX_LISTED),
    distinct(({ id }) => id),
  ),
  verdict: v.strictObject({
    outcome: v.picklist(OUTCOMES),
    score: v.nullable(probability),
    reasons,
    trackId: v.nullable(count),
  }),
});

export type VerdictRecord = v.InferOutput<typeof verdictRecordSchema>;
export type TrackRecord = VerdictRecord['tracks'][number];

/** Why something that should hold a record was refused; the page has a sentence for each in every language. */
export type RecordProblem =
  /** By a version of the app that this one cannot know. */
  | 'newer'
  | 'link_damaged'
  | 'link_too_long'
  | 'file_too_large'
  | 'not_json'
  /** JSON of something else. */
  | 'not_a_record'
  | 'field_invalid';

/** What is no record. The message is for those who develop; people are told by `problem` and `field`. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
  readonly code = 'record_invalid';

  /** @param field of the record that is wrong, where it is one */
  constructor(
    readonly problem: RecordProblem,
    message: string,
    readonly field: string | null = null,
  ) {
    super(message);
  }
}

/** Letters of a field's name that are told of: a name that the schema does not know may be of any length. */
const MAX_FIELD = 60;

/**
 * The one door through which records come in from outside.
 * @throws RecordError that says whether it is a newer record, none at all, or which field is wrong
 */
export function parseRecord(value: unknown): VerdictRecord {
  refuseNewer(value);
  const result = v.safeParse(verdictRecordSchema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const field = v.getDotPath(issue)?.slice(0, MAX_FIELD) ?? null;
  const problem = field === null || field === 'format' ? 'not_a_record' : 'field_invalid';
  throw new RecordError(problem, `${field ?? 'record'}: ${issue.message}`, field);
}

/**
 * A newer record may have any shape, so this comes before anything else is asked of it.
 * @throws RecordError `newer`
 */
export function refuseNewer(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const { format, version } = value as { format?: unknown; version?: unknown };
  if (format === FORMAT && typeof version === 'number' && version > VERSION)
    throw new RecordError('newer', `The record has version ${version}, this Clearframe knows ${VERSION}.`);
}
