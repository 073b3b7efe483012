/** Reads as much of a TFLite model as BlazeFace has: operators, and constant tensors as dense floats (TFLite schema v3). */
import { ByteBuffer } from 'flatbuffers';

/** Numbers of the operators in the schema's `BuiltinOperator`. */
const OPERATORS: Record<number, Operator['type']> = {
  0: 'add',
  3: 'conv',
  4: 'depthwise',
  5: 'depth-to-space',
  6: 'dequantize',
  22: 'reshape',
  23: 'resize',
  34: 'pad',
  124: 'densify',
};
/** Of the schema's `TensorType`. */
const [FLOAT32, FLOAT16, INT32] = [0, 1, 2];
/** Of `DimensionType`: of a sparse dimension only the entries that are not zero are stored. */
const SPARSE_CSR = 1;
/** Bytes per entry by `SparseIndexVector`: none, Int32Vector, Uint16Vector, Uint8Vector. */
const INDEX_BYTES = [0, 4, 2, 1];

export interface Operator {
  type:
    'add' | 'conv' | 'depthwise' | 'depth-to-space' | 'dequantize' | 'reshape' | 'resize' | 'pad' | 'densify';
  /** Indices of tensors. */
  inputs: number[];
  outputs: number[];
  /** Of convolutions; otherwise 1 and false. */
  stride: number;
  samePadding: boolean;
  relu: boolean;
}

export interface TfliteTensor {
  shape: number[];
  /** Constants only, row-major. */
  values: Float32Array | Int32Array | undefined;
}

export interface TfliteModel {
  inputs: number[];
  outputs: number[];
  tensors: TfliteTensor[];
  operators: Operator[];
}

/** One table of a FlatBuffer: its fields by number. */
class Table {
  constructor(
    readonly bytes: ByteBuffer,
    readonly at: number,
  ) {}

  offset(field: number): number {
    return this.bytes.__offset(this.at, 4 + 2 * field);
  }

  byte(field: number): number {
    return this.offset(field) === 0 ? 0 : this.bytes.readInt8(this.at + this.offset(field));
  }

  int(field: number): number {
    return this.offset(field) === 0 ? 0 : this.bytes.readInt32(this.at + this.offset(field));
  }

  table(field: number): Table | undefined {
    if (this.offset(field) === 0) return undefined;
    return new Table(this.bytes, this.bytes.__indirect(this.at + this.offset(field)));
  }

  /** Where a vector's entries begin, and how many there are. */
  vector(field: number): { start: number; length: number } {
    if (this.offset(field) === 0) return { start: 0, length: 0 };
    const at = this.bytes.__indirect(this.at + this.offset(field));
    return { start: at + 4, length: this.bytes.readInt32(at) };
  }

  ints(field: number): number[] {
    const { start, length } = this.vector(field);
    return Array.from({ length }, (_, i) => this.bytes.readInt32(start + 4 * i));
  }

  tables(field: number): Table[] {
    const { start, length } = this.vector(field);
    return Array.from({ length }, (_, i) => new Table(this.bytes, this.bytes.__indirect(start + 4 * i)));
  }
}

/** @throws Error when the model has an operator or a type of tensor that BlazeFace does not have */
export function readTflite(file: Uint8Array): TfliteModel {
  const bytes = new ByteBuffer(file);
  const model = new Table(bytes, bytes.readInt32(0));
  const codes = model.tables(1).map((code) => Math.max(code.byte(0), code.int(3)));
  const [graph] = model.tables(2);
  const buffers = model.tables(4).map((buffer) => {
    const { start, length } = buffer.vector(0);
    return file.subarray(start, start + length);
  });
  const tensors = graph!.tables(0).map((tensor): TfliteTensor => {
    const shape = tensor.ints(0);
    const data = buffers[tensor.int(2)]!;
    const type = tensor.byte(1);
    if (data.length === 0) return { shape, values: undefined };
    if (type === INT32) return { shape, values: new Int32Array(new Uint8Array(data).buffer) };
    const sparsity = tensor.table(6);
    const stored = floats(data, type);
    return { shape, values: sparsity === undefined ? stored : dense(sparsity, stored, shape) };
  });
  const operators = graph!.tables(3).map((operator): Operator => {
    const code = codes[operator.int(0)]!;
    const type = OPERATORS[code];
    if (type === undefined) throw new Error(`operator ${code} is not known`);
    const options = operator.table(4);
    const convolves = type === 'conv' || type === 'depthwise';
    const activation = { conv: 3, depthwise: 4, add: 0 }[type as string];
    return {
      type,
      inputs: operator.ints(1),
      outputs: operator.ints(2),
      stride: convolves ? options!.int(1) : 1,
      samePadding: convolves && options!.byte(0) === 0,
      relu: activation !== undefined && options!.byte(activation) === 1,
    };
  });
  // What only makes constants dense and long is done here.
  for (const { type, inputs, outputs } of operators)
    if (type === 'dequantize' || type === 'densify')
      tensors[outputs[0]!]!.values = tensors[inputs[0]!]!.values;
  return {
    inputs: graph!.ints(1),
    outputs: graph!.ints(2),
    tensors,
    operators: operators.filter(({ type }) => type !== 'dequantize' && type !== 'densify'),
  };
}

function floats(data: Uint8Array, type: number): Float32Array {
  const copy = new Uint8Array(data).buffer;
  if (type === FLOAT32) return new Float32Array(copy);
  if (type !== FLOAT16) throw new Error(`tensors of type ${type} are not known`);
  return Float32Array.from(new Uint16Array(copy), fromFloat16);
}

/** IEEE 754 half precision. */
function fromFloat16(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Compressed rows: only the last dimension is sparse, as BlazeFace has it. */
function dense(sparsity: Table, stored: Float32Array, shape: readonly number[]): Float32Array {
  const dimensions = sparsity.tables(2);
  const row = dimensions.at(-1)!;
  if (row.byte(0) !== SPARSE_CSR || dimensions.slice(0, -1).some((one) => one.byte(0) === SPARSE_CSR))
    throw new Error('only the last dimension of a tensor may be sparse');
  const [segments, indices] = [indexVector(row, 2), indexVector(row, 4)];
  const length = shape.at(-1)!;
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  for (let start = 0; start + 1 < segments.length; start++)
    for (let i = segments[start]!; i < segments[start + 1]!; i++)
      values[start * length + indices[i]!] = stored[i]!;
  return values;
}

/** @param field where the type of the indices stands; they follow */
function indexVector(row: Table, field: number): number[] {
  const size = INDEX_BYTES[row.byte(field)]!;
  const { start, length } = row.table(field + 1)!.vector(0);
  const { bytes } = row;
  const read = { 1: (at: number) => bytes.readUint8(at), 2: (at: number) => bytes.readUint16(at) }[size];
  return Array.from({ length }, (_, i) => (read ?? ((at) => bytes.readInt32(at)))(start + size * i));
}
