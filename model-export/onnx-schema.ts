/** The messages of ONNX that the export writes, with the field numbers of `onnx.proto` (IR version 9). */
import protobuf from 'protobufjs';

type Field = [type: string, id: number, repeated?: 'repeated'];

function message(fields: Record<string, Field>): protobuf.IType {
  const entries = Object.entries(fields).map(([name, [type, id, rule]]): [string, protobuf.IField] => [
    name,
    { type, id, ...(rule !== undefined && { rule }) },
  ]);
  return { fields: Object.fromEntries(entries) };
}

const root = protobuf.Root.fromJSON({
  nested: {
    Model: message({
      irVersion: ['int64', 1],
      producerName: ['string', 2],
      graph: ['Graph', 7],
      opsetImport: ['OperatorSet', 8, 'repeated'],
      metadata: ['Entry', 14, 'repeated'],
    }),
    OperatorSet: message({ domain: ['string', 1], version: ['int64', 2] }),
    Entry: message({ key: ['string', 1], value: ['string', 2] }),
    Graph: message({
      node: ['Node', 1, 'repeated'],
      name: ['string', 2],
      initializer: ['Tensor', 5, 'repeated'],
      input: ['ValueInfo', 11, 'repeated'],
      output: ['ValueInfo', 12, 'repeated'],
    }),
    Node: message({
      input: ['string', 1, 'repeated'],
      output: ['string', 2, 'repeated'],
      name: ['string', 3],
      opType: ['string', 4],
      attribute: ['Attribute', 5, 'repeated'],
    }),
    Attribute: message({
      name: ['string', 1],
      i: ['int64', 3],
      s: ['bytes', 4],
      ints: ['int64', 8, 'repeated'],
      type: ['int32', 20],
    }),
    Tensor: message({
      dims: ['int64', 1, 'repeated'],
      dataType: ['int32', 2],
      name: ['string', 8],
      rawData: ['bytes', 9],
    }),
    ValueInfo: message({ name: ['string', 1], type: ['Type', 2] }),
    Type: message({ tensorType: ['TensorType', 1] }),
    TensorType: message({ elemType: ['int32', 1], shape: ['Shape', 2] }),
    Shape: message({ dim: ['Dimension', 1, 'repeated'] }),
    Dimension: message({ dimValue: ['int64', 1], dimParam: ['string', 2] }),
  },
});

export interface OnnxTensor {
  name: string;
  dims: number[];
  dataType: number;
  rawData: Uint8Array;
}

export interface OnnxAttribute {
  name: string;
  type: number;
  i?: number;
  s?: Uint8Array;
  ints?: number[];
}

export interface OnnxNode {
  opType: string;
  name: string;
  input: string[];
  output: string[];
  attribute: OnnxAttribute[];
}

export interface OnnxValue {
  name: string;
  type: {
    tensorType: { elemType: number; shape: { dim: ({ dimValue: number } | { dimParam: string })[] } };
  };
}

export interface OnnxModel {
  irVersion: number;
  producerName: string;
  opsetImport: { domain: string; version: number }[];
  metadata: { key: string; value: string }[];
  graph: {
    name: string;
    node: OnnxNode[];
    initializer: OnnxTensor[];
    input: OnnxValue[];
    output: OnnxValue[];
  };
}

export function encodeOnnx(model: OnnxModel): Uint8Array {
  return root.lookupType('Model').encode(model).finish();
}
