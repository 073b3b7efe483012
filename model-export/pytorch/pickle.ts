/**
 * Reads the part of Python's pickle format that `torch.save` uses for a state_dict. Nothing is executed: a global that
 * is not on the list below ends the reading, so a hostile file can name what it likes.
 */

/** What stands for a storage; its bytes lie beside the pickle, in a zip, or behind it. */
export interface StorageReference {
  /** e.g. `FloatStorage`. */
  type: string;
  key: string;
}

/** `torch._utils._rebuild_tensor_v2`: offset, shape and strides count elements. */
export interface TensorReference {
  storage: StorageReference;
  offset: number;
  shape: number[];
  strides: number[];
}

export class PickleError extends Error {
  override name = 'PickleError';
}

/** Deep enough for any state_dict; bounds what a made-up file may ask for. */
const MAX_VALUES = 1_000_000;

class Global {
  constructor(readonly name: string) {}
}

const MARK = Symbol('mark');

/**
 * @returns the pickled value: Maps for dicts, arrays for lists and tuples, `TensorReference` for tensors
 * @throws PickleError for opcodes or globals that a state_dict does not need
 */
export function readPickle(bytes: Uint8Array): unknown {
  return readPickles(bytes, 1).values[0];
}

/**
 * Pickles that lie one behind the other.
 * @returns their values, as `readPickle` says, and where the last one ends
 * @throws PickleError as `readPickle`
 */
export function readPickles(bytes: Uint8Array, count: number): { values: unknown[]; end: number } {
  const values: unknown[] = [];
  let end = 0;
  for (let index = 0; index < count; index++) {
    const reader = new Reader(bytes.subarray(end));
    values.push(reader.read());
    end += reader.position;
  }
  return { values, end };
}

class Reader {
  private at = 0;
  private readonly stack: unknown[] = [];
  private readonly memo: unknown[] = [];
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes read. */
  get position(): number {
    return this.at;
  }

  read(): unknown {
    for (let count = 0; count < MAX_VALUES; count++) {
      const opcode = this.byte();
      if (opcode === 0x2e) return this.pop(); // STOP
      this.step(opcode);
    }
    throw new PickleError(`more than ${MAX_VALUES} operations`);
  }

  private step(opcode: number): void {
    const { stack } = this;
    switch (opcode) {
      case 0x80: // PROTO
        this.at += 1;
        return;
      case 0x95: // FRAME
        this.at += 8;
        return;
      case 0x28: // MARK
        stack.push(MARK);
        return;
      case 0x30: // POP
        this.pop();
        return;
      case 0x4e: // NONE
        stack.push(null);
        return;
      case 0x88: // NEWTRUE
      case 0x89: // NEWFALSE
        stack.push(opcode === 0x88);
        return;
      case 0x4b: // BININT1
        stack.push(this.byte());
        return;
      case 0x4d: // BININT2
        stack.push(this.number(2, (at) => this.view.getUint16(at, true)));
        return;
      case 0x4a: // BININT
        stack.push(this.number(4, (at) => this.view.getInt32(at, true)));
        return;
      case 0x47: // BINFLOAT
        stack.push(this.number(8, (at) => this.view.getFloat64(at, false)));
        return;
      case 0x8a: // LONG1
        stack.push(this.long(this.byte()));
        return;
      case 0x58: // BINUNICODE
        stack.push(this.text(this.number(4, (at) => this.view.getUint32(at, true))));
        return;
      case 0x8c: // SHORT_BINUNICODE
        stack.push(this.text(this.byte()));
        return;
      case 0x7d: // EMPTY_DICT
        stack.push(new Map());
        return;
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        stack.push([]);
        return;
      case 0x74: // TUPLE
        stack.push(this.untilMark());
        return;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        stack.push(this.take(opcode - 0x84));
        return;
      case 0x61: // APPEND
        this.extend([this.pop()]);
        return;
      case 0x65: // APPENDS
        this.extend(this.untilMark());
        return;
      case 0x73: // SETITEM
        this.setItems(this.take(2));
        return;
      case 0x75: // SETITEMS
        this.setItems(this.untilMark());
        return;
      case 0x71: // BINPUT
        this.memo[this.byte()] = stack.at(-1);
        return;
      case 0x72: // LONG_BINPUT
        this.memo[this.memoIndex()] = stack.at(-1);
        return;
      case 0x94: // MEMOIZE
        this.memo.push(stack.at(-1));
        return;
      case 0x68: // BINGET
        stack.push(this.memo[this.byte()]);
        return;
      case 0x6a: // LONG_BINGET
        stack.push(this.memo[this.memoIndex()]);
        return;
      case 0x63: // GLOBAL
        stack.push(new Global(`${this.line()}.${this.line()}`));
        return;
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.take(2);
        stack.push(new Global(`${String(module)}.${String(name)}`));
        return;
      }
      case 0x52: // REDUCE
      case 0x81: {
        // NEWOBJ
        const [callee, inputs] = this.take(2);
        stack.push(construct(callee, inputs));
        return;
      }
      case 0x62: // BUILD: attributes of an object, e.g. an OrderedDict's `_metadata`; not needed.
        this.pop();
        return;
      case 0x51: // BINPERSID
        stack.push(storageReference(this.pop()));
        return;
      default:
        throw new PickleError(`opcode 0x${opcode.toString(16)} at ${this.at - 1} is not one of a state_dict`);
    }
  }

  private byte(): number {
    const value = this.bytes[this.at++];
    if (value === undefined) throw new PickleError('the pickle is cut off');
    return value;
  }

  private number(size: number, read: (at: number) => number): number {
    if (this.at + size > this.bytes.length) throw new PickleError('the pickle is cut off');
    const value = read(this.at);
    this.at += size;
    return value;
  }

  private memoIndex(): number {
    const index = this.number(4, (at) => this.view.getUint32(at, true));
    if (index > MAX_VALUES) throw new PickleError(`memo index ${index}`);
    return index;
  }

  private long(size: number): number {
    let value = 0n;
    for (let index = 0; index < size; index++) value |= BigInt(this.byte()) << BigInt(8 * index);
    return Number(BigInt.asIntN(8 * size, value));
  }

  private text(size: number): string {
    if (this.at + size > this.bytes.length) throw new PickleError('the pickle is cut off');
    const text = new TextDecoder().decode(this.bytes.subarray(this.at, this.at + size));
    this.at += size;
    return text;
  }

  private line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw new PickleError('the pickle is cut off');
    const text = new TextDecoder().decode(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }

  private pop(): unknown {
    if (this.stack.length === 0) throw new PickleError('the stack is empty');
    return this.stack.pop();
  }

  private take(count: number): unknown[] {
    if (this.stack.length < count) throw new PickleError('the stack is empty');
    return this.stack.splice(this.stack.length - count);
  }

  private untilMark(): unknown[] {
    const mark = this.stack.lastIndexOf(MARK);
    if (mark < 0) throw new PickleError('there is no mark on the stack');
    return this.stack.splice(mark).slice(1);
  }

  private extend(values: unknown[]): void {
    const list = this.stack.at(-1);
    if (!Array.isArray(list)) throw new PickleError('values are appended to what is no list');
    list.push(...values);
  }

  private setItems(items: unknown[]): void {
    const dict = this.stack.at(-1);
    if (!(dict instanceof Map)) throw new PickleError('items are set on what is no dict');
    for (let at = 0; at + 1 < items.length; at += 2) dict.set(items[at], items[at + 1]);
  }
}

function construct(callee: unknown, inputs: unknown): unknown {
  const name = callee instanceof Global ? callee.name : typeof callee;
  if (!Array.isArray(inputs)) throw new PickleError(`${name} is called without a tuple`);
  switch (name) {
    case 'collections.OrderedDict':
      return new Map((inputs[0] ?? []) as [unknown, unknown][]);
    case 'torch._utils._rebuild_tensor_v2': {
      const [storage, offset, shape, strides] = inputs as unknown[];
      if (!isStorage(storage) || typeof offset !== 'number' || !isNumbers(shape) || !isNumbers(strides)) {
        throw new PickleError('a tensor is described in an unknown way');
      }
      return { storage, offset, shape, strides } satisfies TensorReference;
    }
    case 'torch._utils._rebuild_parameter':
      return inputs[0] as unknown;
    default:
      throw new PickleError(
        `the file calls ${name}, which a state_dict does not need: save model.state_dict() instead of the model`,
      );
  }
}

function storageReference(identifier: unknown): StorageReference {
  const [kind, type, key, , , viewOf] = Array.isArray(identifier) ? (identifier as unknown[]) : [];
  // Before 1.6 a storage could be a part of another one.
  const isPart = (viewOf ?? null) !== null;
  if (kind !== 'storage' || !(type instanceof Global) || typeof key !== 'string' || isPart) {
    throw new PickleError('a storage is described in an unknown way');
  }
  return { type: type.name.replace(/^.*\./, ''), key };
}

const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'number' && item >= 0);

const isStorage = (value: unknown): value is StorageReference =>
  typeof value === 'object' && value !== null && 'key' in value && 'type' in value;
