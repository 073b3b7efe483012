/**
 * Makes the BlazeFace model that npm ships usable with tasks-vision.
 *
 * `@mediapipe/face_detection` holds the model without metadata; tasks-vision's FaceDetector refuses it, because it is not
 * told how to normalise its input. A TFLite file is a FlatBuffer whose references only point forward. So a new root
 * is written in front of the old bytes: it refers to everything the old root did, and to one more buffer that holds the
 * metadata (TFLite schema v3: `Model`, `Metadata`, `Buffer`; metadata schema M001: `ModelMetadata`).
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Builder, ByteBuffer, type Offset } from 'flatbuffers';
import { root } from './root.ts';

/** BlazeFace takes pixels as (value - 127.5) / 127.5, that is -1..1. */
const PIXEL_MEAN = 127.5;
const PIXEL_STD = 127.5;

const SOURCE = 'node_modules/@mediapipe/face_detection/face_detection_full_range_sparse.tflite';

/** @param outDir gets `blaze_face_full_range.tflite` */
export async function buildFaceModel(outDir: string): Promise<void> {
  await mkdir(outDir, { recursive: true });
  const tflite = await readFile(join(root, SOURCE));
  await writeFile(join(outDir, 'blaze_face_full_range.tflite'), withNormalization(tflite));
}

/** The entry under which tasks-vision looks for metadata. */
const METADATA_NAME = 'TFLITE_METADATA';

/** Numbers of the fields in the table `Model`. */
const MODEL = {
  version: 0,
  operatorCodes: 1,
  subgraphs: 2,
  description: 3,
  buffers: 4,
  metadataBuffer: 5,
  metadata: 6,
  signatures: 7,
};

/**
 * The same model with input normalisation metadata in front; the old bytes follow unchanged.
 * @throws Error when the bytes are no TFLite model, are truncated or carry metadata already
 */
export function withNormalization(tflite: Uint8Array): Uint8Array {
  const old = readModel(tflite);
  if (old.metadataNames.includes(METADATA_NAME))
    throw new Error('The TFLite model carries metadata already.');
  const builder = new Builder(4096);
  // The builder counts positions from the end of what it builds, backwards; a place in the old bytes lies behind the end.
  const inOld = (position: number): Offset => -position;

  const content = new Uint8Array(buildMetadata());
  builder.startVector(1, content.length, 16); // buffers are aligned to 16 bytes, and with them the whole prefix
  for (let i = content.length - 1; i >= 0; i--) builder.addInt8(content[i]!);
  const data = builder.endVector();
  builder.startObject(1);
  builder.addFieldOffset(0, data, 0);
  const buffer = builder.endObject();
  const buffers = offsetVector(builder, [...old.vector(MODEL.buffers).map(inOld), buffer]);

  const name = builder.createString(METADATA_NAME);
  builder.startObject(2);
  builder.addFieldOffset(0, name, 0);
  builder.addFieldInt32(1, old.vector(MODEL.buffers).length, 0);
  const metadata = offsetVector(builder, [...old.vector(MODEL.metadata).map(inOld), builder.endObject()]);

  builder.startObject(8);
  builder.addFieldInt32(MODEL.version, old.version, 0);
  for (const field of [
    MODEL.operatorCodes,
    MODEL.subgraphs,
    MODEL.description,
    MODEL.metadataBuffer,
    MODEL.signatures,
  ]) {
    const position = old.position(field);
    if (position !== null) builder.addFieldOffset(field, inOld(position), 0);
  }
  builder.addFieldOffset(MODEL.buffers, buffers, 0);
  builder.addFieldOffset(MODEL.metadata, metadata, 0);
  builder.finish(builder.endObject(), 'TFL3');
  const prefix = builder.asUint8Array();
  return new Uint8Array([...prefix, ...tflite]);
}

/** The root table of a TFLite file: absolute positions of what its fields refer to. */
function readModel(tflite: Uint8Array) {
  const bytes = new ByteBuffer(tflite);
  if (tflite.length < 16 || !bytes.__has_identifier('TFL3'))
    throw new Error('These bytes are no TFLite model: the identifier TFL3 is missing.');
  const table = bytes.readInt32(0);
  if (table < 8 || table + 4 > tflite.length)
    throw new Error('The TFLite model is damaged: its root lies outside the file.');
  const position = (field: number): number | null => {
    const offset = bytes.__offset(table, 4 + 2 * field);
    return offset === 0 ? null : bytes.__indirect(table + offset);
  };
  /** Positions of the tables that a vector refers to; empty when the field is missing. */
  const vector = (field: number): number[] => {
    const start = position(field);
    if (start === null) return [];
    const count = start + 4 <= tflite.length ? bytes.readInt32(start) : -1;
    if (count < 0 || start + 4 + 4 * count > tflite.length)
      throw new Error('The TFLite model is damaged: a list in it reaches beyond the end of the file.');
    return Array.from({ length: count }, (_, i) => bytes.__indirect(start + 4 + 4 * i));
  };
  const metadataNames = vector(MODEL.metadata).map((entry) => {
    const name = bytes.__offset(entry, 4);
    return name === 0 ? '' : bytes.__string(entry + name);
  });
  for (const field of [MODEL.operatorCodes, MODEL.subgraphs, MODEL.buffers]) {
    const entries = vector(field);
    if (entries.length === 0 || entries.some((entry) => entry + 4 > tflite.length))
      throw new Error('The TFLite model is damaged: a part that its root refers to is missing.');
  }
  for (const buffer of vector(MODEL.buffers)) {
    const data = bytes.__offset(buffer, 4);
    if (data === 0) continue;
    const start = bytes.__indirect(buffer + data);
    if (start + 4 > tflite.length || start + 4 + bytes.readInt32(start) > tflite.length)
      throw new Error('The TFLite model is damaged: weights are missing, it may be truncated.');
  }
  const versionOffset = bytes.__offset(table, 4 + 2 * MODEL.version);
  return {
    version: versionOffset === 0 ? 0 : bytes.readInt32(table + versionOffset),
    position,
    vector,
    metadataNames,
  };
}

/** ModelMetadata > SubGraphMetadata > TensorMetadata > ProcessUnit > NormalizationOptions. */
function buildMetadata(): Uint8Array {
  const builder = new Builder(512);
  const floats = (value: number): Offset => {
    builder.startVector(4, 1, 4);
    builder.addFloat32(value);
    return builder.endVector();
  };
  const table = (fields: number, fill: () => void): Offset => {
    builder.startObject(fields);
    fill();
    return builder.endObject();
  };
  const mean = floats(PIXEL_MEAN);
  const std = floats(PIXEL_STD);
  const normalization = table(2, () => {
    builder.addFieldOffset(0, mean, 0);
    builder.addFieldOffset(1, std, 0);
  });
  const NORMALIZATION_OPTIONS = 1; // in the union ProcessUnitOptions
  const processUnit = table(2, () => {
    builder.addFieldInt8(0, NORMALIZATION_OPTIONS, 0);
    builder.addFieldOffset(1, normalization, 0);
  });
  const processUnits = offsetVector(builder, [processUnit]);
  const RGB = 1; // ColorSpaceType
  const image = table(2, () => builder.addFieldInt8(0, RGB, 0));
  const IMAGE_PROPERTIES = 2; // in the union ContentProperties
  const content = table(3, () => {
    builder.addFieldInt8(0, IMAGE_PROPERTIES, 0);
    builder.addFieldOffset(1, image, 0);
  });
  const tensor = (label: string, fill: () => void): Offset => {
    const name = builder.createString(label);
    return table(7, () => {
      builder.addFieldOffset(0, name, 0);
      fill();
    });
  };
  const input = tensor('image', () => {
    builder.addFieldOffset(3, content, 0);
    builder.addFieldOffset(4, processUnits, 0);
  });
  const outputs = ['regressors', 'classificators'].map((label) => tensor(label, () => undefined));
  const inputVector = offsetVector(builder, [input]);
  const outputVector = offsetVector(builder, outputs);
  const subgraph = table(10, () => {
    builder.addFieldOffset(2, inputVector, 0);
    builder.addFieldOffset(3, outputVector, 0);
  });
  const subgraphs = offsetVector(builder, [subgraph]);
  const name = builder.createString('BlazeFace');
  const minParserVersion = builder.createString('1.0.0');
  const model = table(8, () => {
    builder.addFieldOffset(0, name, 0);
    builder.addFieldOffset(3, subgraphs, 0);
    builder.addFieldOffset(7, minParserVersion, 0);
  });
  builder.finish(model, 'M001');
  return builder.asUint8Array();
}

function offsetVector(builder: Builder, offsets: Offset[]): Offset {
  builder.startVector(4, offsets.length, 4);
  for (const offset of [...offsets].reverse()) builder.addOffset(offset);
  return builder.endVector();
}
