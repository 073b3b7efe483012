/** Makes training batches: pairs of a real and its fake, both through the same framing and the same recording chain. */
import { viewOf } from '../src/detector/members.ts';
import type { Autoencoder } from './autoencoder/autoencoder.ts';
import { placeSide } from './auxiliary-heads.ts';
import type { CropStore } from './crop-store.ts';
import { FootageDrawer, meshOf, readFace } from './footage.ts';
import type { Footage } from './footage.ts';
import { changedPlaces } from './pseudo-fake/changes.ts';
import { faceFrame } from './pseudo-fake/face-geometry.ts';
import { frameFace, frameImage, randomCapture, record } from './pseudo-fake/capture.ts';
import { resize } from './pseudo-fake/filter.ts';
import { H264 } from './pseudo-fake/h264.ts';
import type { Encoding } from './pseudo-fake/h264.ts';
import { blend } from './pseudo-fake/image.ts';
import { randomDetail } from './pseudo-fake/inset.ts';
import type { Image } from './pseudo-fake/image.ts';
import { drawMask, randomMaskShape } from './pseudo-fake/mask.ts';
import { Random } from './pseudo-fake/random.ts';
import { pseudoFakeSequence } from './pseudo-fake/sequence.ts';
import { pseudoFake, speakAs } from './pseudo-fake/still.ts';
import type { Face } from './pseudo-fake/still.ts';
import { cropSide, memberOf } from './recipe.ts';
import type { Recipe } from './recipe.ts';
import { draw, fromRealToFake, hashShare, openTrainingSet } from './training-set.ts';
import type { TrainingSet } from './training-set.ts';

export interface Batch {
  /** [sequences * length, size, size, 3], 0..255, frames of a sequence together. */
  images: Float32Array;
  /** One per sequence: 0 real, 1 fake; reals and fakes alternate. */
  labels: Float32Array;
  /** [sequences * length, side * side], 0..1: how much each place of a frame was changed; zeros for reals. */
  places: Float32Array;
}

/** Two runs of frames of equal length, and how much each place of the fake's frames was changed. */
interface Pair {
  real: Image[];
  fake: Image[];
  changes: Float32Array[];
}

/** A whole batch goes through one real encoder: it takes pictures of one size, and starting it costs most of its time. */
interface BatchEncoding extends Encoding {
  /** Side of the pictures while they are encoded, in pixels; even. */
  side: number;
}

export class BatchMaker {
  private readonly faces: FootageDrawer;
  private readonly h264 = new H264();
  /** A run that goes on from another's weights sees other pictures than that did. */
  private readonly seed: number;

  /** @param length frames per sequence; 1 for single crops */
  constructor(
    private readonly set: TrainingSet,
    private readonly recipe: Recipe,
    private readonly length: number,
    private readonly pairs: number,
    storeRate: number,
    private readonly autoencoders: readonly Pick<Autoencoder, 'apply'>[] = [],
  ) {
    const stride = Math.max(1, Math.round(storeRate / recipe.framesPerSecond));
    this.faces = new FootageDrawer(set, length, stride);
    const { seed, startFrom = '' } = recipe;
    this.seed = startFrom === '' ? seed : seed + Math.floor(2 ** 20 * hashShare(startFrom));
  }

  /** Over what the stores hold for training, in steps of time as the first one has them. @param length, pairs as in the constructor */
  static open(
    stores: readonly CropStore[],
    recipe: Recipe,
    length: number,
    pairs: number,
    autoencoders?: readonly Pick<Autoencoder, 'apply'>[],
  ): BatchMaker {
    const rate = stores[0]?.settings.framesPerSecond ?? recipe.framesPerSecond;
    return new BatchMaker(openTrainingSet(stores, recipe, length), recipe, length, pairs, rate, autoencoders);
  }

  /** Batch number `index` of a run: the same number gives the same batch. */
  async make(index: number): Promise<Batch> {
    const random = new Random(this.seed, index);
    const encoding = random.chance(this.recipe.h264Share) ? this.randomEncoding(random) : undefined;
    const pairs = this.origins(random).map((origin) => this.makePair(origin, random, encoding));
    let sequences = pairs.flatMap(({ real, fake }) => [real, fake]);
    if (encoding !== undefined) sequences = await this.encode(sequences, encoding);

    const values = this.recipe.detector.inputSize ** 2 * 3;
    const images = new Float32Array(sequences.length * this.length * values);
    for (const [frame, image] of sequences.flat().entries()) {
      images.set(viewOf(eightBits(image), image.width, memberOf(this.recipe)), frame * values);
    }
    const labels = Float32Array.from(sequences, (_, sequence) => sequence % 2);
    const side = placeSide(this.recipe.detector);
    const places = new Float32Array(sequences.length * this.length * side * side);
    for (const [pair, { changes }] of pairs.entries()) {
      for (const [time, change] of changes.entries())
        places.set(change, ((2 * pair + 1) * this.length + time) * side * side);
    }
    return { images, labels, places };
  }

  private randomEncoding(random: Random): BatchEncoding {
    const side = 2 * Math.round((cropSide(this.recipe) * random.uniform(0.6, 1)) / 2);
    return {
      side,
      crf: 16 + random.below(20),
      moveX: Math.round(random.normal(0, 1.5)),
      moveY: Math.round(random.normal(0, 1.5)),
    };
  }

  private async encode(sequences: Image[][], encoding: BatchEncoding): Promise<Image[][]> {
    const size = cropSide(this.recipe);
    const scaled = sequences.map((images) =>
      images.map((image) => resize(image, encoding.side, encoding.side)),
    );
    const decoded = await this.h264.recode(scaled, encoding);
    return decoded.map((images) => images.map((image) => resize(image, size, size)));
  }

  /** The origin of every pair: shares are kept as well as whole numbers allow, the rest by chance. */
  private origins(random: Random): ('still' | 'clip' | 'paired')[] {
    const available = (['still', 'clip', 'paired'] as const).filter((origin) => {
      const pool = origin === 'still' ? this.set.stills : origin === 'clip' ? this.set.clips : this.set.pairs;
      return pool.size > 0 && this.recipe.mix[origin] > 0;
    });
    const total = available.reduce((sum, origin) => sum + this.recipe.mix[origin], 0);
    if (total === 0) throw new Error('the crop store has no training data of the origins in recipe.mix');
    const origins: ('still' | 'clip' | 'paired')[] = [];
    let owed = random.uniform();
    for (const origin of available) {
      owed += (this.recipe.mix[origin] / total) * this.pairs;
      while (origins.length < Math.floor(owed) && origins.length < this.pairs) origins.push(origin);
    }
    while (origins.length < this.pairs) origins.push(available[available.length - 1]!);
    return origins;
  }

  private makePair(
    origin: 'still' | 'clip' | 'paired',
    random: Random,
    encoding: BatchEncoding | undefined,
  ): Pair {
    const size = cropSide(this.recipe);
    const { regions, steadyShare, partialShare, captureStrength } = this.recipe;
    const settings = randomCapture(random, size, captureStrength);
    if (encoding !== undefined) Object.assign(settings, { codecs: [], workingSize: size });
    const frame = (face: Face): Face => frameFace(face, settings.motion, size);
    let real: Face[];
    let fake: Image[];
    if (origin === 'paired') {
      const pair = draw(this.set.pairs, random);
      const moments = this.faces.window(pair.frames.length, random).map((at) => pair.frames[at]!);
      real = moments.map(([, at]) => frame(readFace(pair.real, at)));
      fake = moments.map((moment) =>
        frameImage(readFace(pair.fake, moment[0]).image, settings.motion, size, fromRealToFake(pair, moment)),
      );
      if (random.chance(partialShare)) fake = partlyFake(real, fake, random);
    } else {
      const footage = this.faces.draw(origin, random);
      const known = random.chance(this.recipe.landmarkShare);
      const found = this.faces.read(footage, random);
      const target = known ? found : found.map(withoutLandmarks);
      const donor = this.inserted(target, footage, random)?.map(frame);
      real = target.map(frame);
      fake =
        this.length === 1
          ? [pseudoFake(real[0]!, random, regions, donor?.[0])]
          : pseudoFakeSequence(real, random, regions, steadyShare, donor);
    }
    // Before light and codec, which differ from frame to frame by themselves.
    const side = placeSide(this.recipe.detector);
    const changes = fake.map((image, index) => changedPlaces(real[index]!.image, image, side));
    const noise = random.bits();
    const finish = (image: Image, index: number): Image => record(image, settings, noise + index);
    return { real: real.map((face, index) => finish(face.image, index)), fake: fake.map(finish), changes };
  }

  /** The faces that a pseudo-fake inserts, when they are not views of its own pixels. */
  private inserted(target: readonly Face[], footage: Footage, random: Random): Face[] | undefined {
    const { donorShare, reenactShare, autoencoderShare } = this.recipe;
    let faces: Face[] | undefined;
    if (random.chance(donorShare)) faces = this.faces.another(target[0]!, footage.origin, random);
    else if (random.chance(reenactShare)) faces = this.reenacted(target, footage, random);
    if (this.autoencoders.length === 0 || !random.chance(autoencoderShare)) return faces;
    const autoencoder = random.pick(this.autoencoders);
    const detail = randomDetail(random);
    return (faces ?? target).map((face) => ({ ...face, image: autoencoder.apply(face.image, detail) }));
  }

  /** The same person, saying something else: as at another moment of the clip, or as another person says it. */
  private reenacted(target: readonly Face[], footage: Footage, random: Random): Face[] | undefined {
    if (target.some(({ landmarks }) => landmarks === undefined)) return undefined;
    if (footage.origin === 'clip' && random.chance(0.5)) {
      return this.faces.read(this.faces.otherMoment(footage, random), random);
    }
    const { stored, moments } = this.faces.lookingAlike(target[0]!, footage.origin, random);
    const share = random.uniform(0.4, 1);
    const spoken = target.map((face, index) =>
      speakAs(face, meshOf(stored, moments[index % moments.length]!), share),
    );
    return spoken.every((face) => face !== undefined) ? spoken : undefined;
  }
}

/** Levels as the crops in use have them. */
function eightBits({ data }: Image): Uint8Array {
  const bytes = new Uint8Array(data.length);
  for (let at = 0; at < data.length; at++) {
    const level = data[at]!;
    bytes[at] = level < 0 ? 0 : level > 255 ? 255 : level + 0.5;
  }
  return bytes;
}

/** Parts large enough that a manipulation shows in them. */
const PARTS = ['face', 'inner', 'mouth', 'eyes'] as const;

/** A real manipulation in one part of the face only: what tells it cannot be the person or the whole picture. */
function partlyFake(real: readonly Face[], fake: readonly Image[], random: Random): Image[] {
  const shape = { ...randomMaskShape(random, random.pick(PARTS)), opacity: 1 };
  return real.map(({ image, keypoints, landmarks }, index) =>
    blend(fake[index]!, image, drawMask(shape, faceFrame(keypoints, landmarks), image.width, image.height)),
  );
}

const withoutLandmarks = (face: Face): Face => ({ ...face, landmarks: undefined });
