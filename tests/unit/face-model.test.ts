import { readFileSync } from 'node:fs';
import { ByteBuffer } from 'flatbuffers';
import { describe, expect, it } from 'vitest';
import { withNormalization } from '../../scripts/face-model.ts';
import { root } from '../../scripts/root.ts';

const source = readFileSync(
  `${root}node_modules/@mediapipe/face_detection/face_detection_full_range_sparse.tflite`,
);

/** Absolute position of what field `field` of the root table refers to. */
function fieldOf(bytes: ByteBuffer, table: number, field: number): number {
  const offset = bytes.__offset(table, 4 + 2 * field);
  return offset === 0 ? 0 : bytes.__indirect(table + offset);
}

describe('withNormalization', () => {
  const model = withNormalization(source);
  const bytes = new ByteBuffer(model);
  const table = bytes.readInt32(0);

  it('is a TFLite model that keeps the old bytes, 16-byte aligned', () => {
    expect(bytes.__has_identifier('TFL3')).toBe(true);
    const shift = model.length - source.length;
    expect(shift % 16).toBe(0);
    expect(Buffer.from(model.subarray(shift)).equals(source)).toBe(true);
  });

  it('refers to the same subgraphs and operator codes as before', () => {
    const old = new ByteBuffer(source);
    const shift = model.length - source.length;
    for (const field of [1, 2])
      expect(fieldOf(bytes, table, field)).toBe(fieldOf(old, old.readInt32(0), field) + shift);
  });

  it('holds the metadata in the buffer that its metadata entry names', () => {
    const entries = fieldOf(bytes, table, 6);
    const entry = bytes.__indirect(entries + 4 + 4 * (bytes.readInt32(entries) - 1));
    const name = bytes.__string(entry + bytes.__offset(entry, 4));
    const index = bytes.readInt32(entry + bytes.__offset(entry, 6));
    const buffers = fieldOf(bytes, table, 4);
    const data = fieldOf(bytes, bytes.__indirect(buffers + 4 + 4 * index), 0);
    expect(name).toBe('TFLITE_METADATA');
    expect((data + 4) % 16).toBe(0);
    expect(new ByteBuffer(model.subarray(data + 4)).__has_identifier('M001')).toBe(true);
  });

  it('refuses what it cannot work on, and says why', () => {
    expect(() => withNormalization(new Uint8Array(100))).toThrow(/TFL3/);
    expect(() => withNormalization(model)).toThrow(/already/);
  });
});
