/** Reads a PyTorch state_dict: safetensors, and both formats of `torch.save` (.pt, .pth), the zip and the one before PyTorch 1.6. */
import { unzipSync } from 'fflate';
import { readPickle, readPickles } from './pickle.ts';
import type { TensorReference } from './pickle.ts';

export interface StoredTensor {
  /** PyTorch's layout, row-major. */
  shape: number[];
  values: Float32Array;
}

export type StateDict = Map<string, StoredTensor>;

export class StateDictError extends Error {
  override name = 'StateDictError';
}

type Decode = (bytes: Uint8Array) => Float32Array;

const copied = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

/** Upper half of a float32. */
const bfloat16: Decode = (bytes) => {
  const wide = Uint32Array.from(new Uint16Array(copied(bytes)), (half) => half << 16);
  return new Float32Array(wide.buffer);
};

/** IEEE 754 half precision. */
const float16: Decode = (bytes) =>
  Float32Array.from(new Uint16Array(copied(bytes)), (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >>> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });

interface NumberType {
  bytes: number;
  decode: Decode;
}

const FLOAT32: NumberType = { bytes: 4, decode: (bytes) => new Float32Array(copied(bytes)) };
const FLOAT64: NumberType = {
  bytes: 8,
  decode: (bytes) => Float32Array.from(new Float64Array(copied(bytes))),
};
const INT64: NumberType = {
  bytes: 8,
  decode: (bytes) => Float32Array.from(new BigInt64Array(copied(bytes)), Number),
};

/** By safetensors' names and torch's storage classes. */
const TYPES: Readonly<Record<string, NumberType>> = {
  F32: FLOAT32,
  F64: FLOAT64,
  F16: { bytes: 2, decode: float16 },
  BF16: { bytes: 2, decode: bfloat16 },
  I64: INT64,
  FloatStorage: FLOAT32,
  DoubleStorage: FLOAT64,
  HalfStorage: { bytes: 2, decode: float16 },
  BFloat16Storage: { bytes: 2, decode: bfloat16 },
  LongStorage: INT64,
};

function typeOf(name: string): NumberType {
  const type = TYPES[name];
  if (type === undefined) {
    throw new StateDictError(
      `numbers of type ${name} are not read; known are ${Object.keys(TYPES).join(', ')}`,
    );
  }
  return type;
}

const NEITHER = 'neither a file of torch.save nor safetensors';
const BIG_ENDIAN = 'the numbers are big-endian: save the file on another machine';

/**
 * @param bytes a .safetensors, .pt or .pth file
 * @throws StateDictError, PickleError when the file is neither, is cut off, or holds more than tensors
 */
export function readStateDict(bytes: Uint8Array): StateDict {
  // Asked first: safetensors begin with a length, whose first bytes may be anything.
  if (bytes[8] === 0x7b) return readSafetensors(bytes);
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  if (isZip) return readTorchZip(bytes);
  if (bytes[0] === 0x80) return readOldTorch(bytes);
  throw new StateDictError(NEITHER);
}

function readSafetensors(bytes: Uint8Array): StateDict {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (8 + length > bytes.length) throw new StateDictError(NEITHER);
  type Entry = { dtype: string; shape: number[]; data_offsets: [number, number] };
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<string, Entry>;
  const tensors: StateDict = new Map();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const [start, end] = data_offsets;
    const type = typeOf(dtype);
    if (end - start !== sizeOf(shape) * type.bytes || 8 + length + end > bytes.length) {
      throw new StateDictError(`${name}: its place in the file does not fit its shape [${shape.join()}]`);
    }
    tensors.set(name, { shape, values: type.decode(bytes.subarray(8 + length + start, 8 + length + end)) });
  }
  return tensors;
}

function readTorchZip(bytes: Uint8Array): StateDict {
  const files = unzipSync(bytes);
  const pickleName = Object.keys(files).find((name) => name.endsWith('/data.pkl'));
  if (pickleName === undefined) throw new StateDictError('the zip holds no data.pkl: not of torch.save');
  const folder = pickleName.slice(0, -'data.pkl'.length);
  const order = files[`${folder}byteorder`];
  if (order !== undefined && new TextDecoder().decode(order) !== 'little') {
    throw new StateDictError(BIG_ENDIAN);
  }
  return tensorsOf(readPickle(files[pickleName]!), (key) => files[`${folder}data/${key}`]);
}

/** What a file of PyTorch before 1.6 begins with, as a float64 sees it (`MAGIC_NUMBER` of torch/serialization.py). */
const OLD_TORCH = Number(0x1950a86a20f9469cfc6cn);

/** Five pickles (magic number, protocol, machine, state_dict, keys of the storages), then each storage's length and numbers. */
function readOldTorch(bytes: Uint8Array): StateDict {
  if (readPickle(bytes) !== OLD_TORCH) throw new StateDictError('a pickle, but not of torch.save');
  const { values, end } = readPickles(bytes, 5);
  const [, , machine, saved, keys] = values;
  if (!Array.isArray(keys)) throw new StateDictError('the file does not say what storages it has');
  if (machine instanceof Map && machine.get('little_endian') === false) throw new StateDictError(BIG_ENDIAN);
  const types = new Map<unknown, NumberType>();
  collect(saved, (_, { storage }) => types.set(storage.key, typeOf(storage.type)));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const storages = new Map<unknown, Uint8Array>();
  let at = end;
  for (const key of keys) {
    const type = types.get(key);
    if (type === undefined)
      throw new StateDictError(`storage ${String(key)}: no tensor says what numbers it holds`);
    const length = at + 8 <= bytes.length ? type.bytes * Number(view.getBigInt64(at, true)) : NaN;
    if (!(length >= 0 && at + 8 + length <= bytes.length)) throw new StateDictError('the file is cut off');
    storages.set(key, bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return tensorsOf(saved, (key) => storages.get(key));
}

/** @param bytesOf the bytes of a storage, by its key */
function tensorsOf(saved: unknown, bytesOf: (key: string) => Uint8Array | undefined): StateDict {
  const tensors: StateDict = new Map();
  collect(saved, (name, reference) => {
    const data = bytesOf(reference.storage.key);
    if (data === undefined) throw new StateDictError(`${name}: its storage is not in the file`);
    if (tensors.has(name))
      throw new StateDictError(
        `${name} is there twice, in dicts of one file: save the network that is meant alone`,
      );
    tensors.set(name, gather(name, reference, data));
  });
  return tensors;
}

/** Names of nested dicts (`{ state_dict: ... }`, `{ model: ... }`) are left out: only the innermost names count. */
function collect(value: unknown, found: (name: string, reference: TensorReference) => void): void {
  if (!(value instanceof Map)) return;
  for (const [name, item] of value) {
    if (item instanceof Map) collect(item, found);
    else if (typeof item === 'object' && item !== null && 'storage' in item)
      found(String(name), item as TensorReference);
  }
}

/** Elements of a storage in row-major order, whatever the strides. */
function gather(
  name: string,
  { storage, offset, shape, strides }: TensorReference,
  data: Uint8Array,
): StoredTensor {
  const type = typeOf(storage.type);
  const all = type.decode(data.subarray(0, data.length - (data.length % type.bytes)));
  const size = sizeOf(shape);
  const last = shape.reduce((sum, side, axis) => sum + (side - 1) * (strides[axis] ?? 0), offset);
  if (strides.length !== shape.length || (size > 0 && last >= all.length)) {
    throw new StateDictError(`${name}: its shape [${shape.join()}] reaches beyond its storage`);
  }
  const values = new Float32Array(size);
  const place = shape.map(() => 0);
  let from = offset;
  for (let to = 0; to < size; to++) {
    values[to] = all[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++place[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      place[axis] = 0;
    }
  }
  return { shape, values };
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);
